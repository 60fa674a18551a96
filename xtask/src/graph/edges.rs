//! Who may depend on whom.

use super::packages::{Kind, Package};

/// What a crate may see of ours.
enum Sees {
    Everything,
    Only(&'static [&'static str]),
}

/// The crate graph: from the ground up, each crate and what it may depend on.
const ALLOWED: &[(&str, Sees)] = &[
    ("tcb-types", Sees::Only(&[])),
    ("tcb-catalogue", Sees::Only(&[])),
    ("tcb-transport", Sees::Only(&["tcb-types"])),
    ("tcb-auth", Sees::Only(&["tcb-types", "tcb-transport"])),
    ("tcb-store-redis", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("tcb-store-sqlite", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("tcb-callback", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("tcb-api", Sees::Only(&["tcb-types", "tcb-transport", "tcb-auth"])),
    ("tcb-emulator", Sees::Only(&["tcb-types", "tcb-catalogue", "tcb-callback"])),
    ("tcbctl", Sees::Everything),
    ("tcb-bench-counts", Sees::Everything),
    ("tcb-bench-load", Sees::Everything),
    ("tcb-storm", Sees::Everything),
    ("tcb-fuzz-targets", Sees::Everything),
    ("tcb-e2e", Sees::Everything),
    ("tcb-interleavings", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("xtask", Sees::Everything),
];

/// The libraries above tcb-transport in the client tree.
pub(super) const ABOVE_TRANSPORT: &[&str] = &["tcb-auth", "tcb-store-sqlite", "tcb-callback", "tcb-api"];

/// Dependencies on our own crates that the graph does not have. Dev-dependencies may point anywhere.
pub(super) fn upward(packages: &[Package]) -> Vec<String> {
    let mut against = Vec::new();
    for package in packages {
        let Some((_, sees)) = ALLOWED.iter().find(|(name, _)| *name == package.name) else {
            against.push(format!("{} has no place in the graph", package.name));
            continue;
        };
        let Sees::Only(allowed) = sees else { continue };
        let ours = package
            .dependencies
            .iter()
            .filter(|one| one.kind != Kind::Dev && packages.iter().any(|package| package.name == one.name));
        for dependency in ours.filter(|one| !allowed.contains(&one.name.as_str())) {
            against.push(format!("{} depends on {}", package.name, dependency.name));
        }
    }
    against
}

/// Dev-dependencies on our own crates that name a version. Cargo would want that version published before the crate that is
/// tested with it, and circles could never be published.
pub(super) fn dev_with_version(packages: &[Package]) -> Vec<String> {
    let mut against = Vec::new();
    for package in packages {
        let ours = package
            .dependencies
            .iter()
            .filter(|one| one.kind == Kind::Dev && packages.iter().any(|package| package.name == one.name));
        for dependency in ours.filter(|one| one.versions != "*") {
            against.push(format!("{} names a version of {}", package.name, dependency.name));
        }
    }
    against
}

/// Direct dependencies of `crates` that are in `banned`.
pub(super) fn direct(packages: &[Package], crates: &[&str], banned: &[&str]) -> Vec<String> {
    let mut against = Vec::new();
    for package in packages.iter().filter(|package| crates.contains(&package.name.as_str())) {
        let banned = package
            .dependencies
            .iter()
            .filter(|one| one.kind != Kind::Dev && banned.contains(&one.name.as_str()));
        against.extend(banned.map(|dependency| format!("{} depends on {}", package.name, dependency.name)));
    }
    against
}

#[cfg(test)]
mod tests {
    use super::super::packages::{Dependency, Kind, Package};
    use super::{dev_with_version, direct, upward};

    fn package(name: &str, dependencies: &[(&str, Kind, &str)]) -> Package {
        let dependencies = dependencies.iter().map(|(name, kind, versions)| Dependency {
            name: (*name).to_owned(),
            kind: *kind,
            versions: (*versions).to_owned(),
        });
        Package { name: name.to_owned(), dependencies: dependencies.collect(), ..Package::default() }
    }

    #[test]
    fn an_edge_that_points_upward_is_found() {
        let packages = [
            package("tcb-types", &[("tcb-transport", Kind::Normal, "^0.1.0"), ("serde", Kind::Normal, "^1")]),
            package("tcb-transport", &[("tcb-types", Kind::Normal, "^0.1.0")]),
            package("tcbctl", &[("tcb-types", Kind::Normal, "^0.1.0")]),
        ];
        assert_eq!(upward(&packages), ["tcb-types depends on tcb-transport"]);
    }

    #[test]
    fn tests_may_look_upward_by_path() {
        let by_path = [package("tcb-types", &[("tcbctl", Kind::Dev, "*")]), package("tcbctl", &[])];
        assert!(upward(&by_path).is_empty());
        assert!(dev_with_version(&by_path).is_empty());
        let by_version = [package("tcb-types", &[("tcbctl", Kind::Dev, "^0.1.0")]), package("tcbctl", &[])];
        assert_eq!(dev_with_version(&by_version), ["tcb-types names a version of tcbctl"]);
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        assert_eq!(upward(&[package("tcb-new", &[])]), ["tcb-new has no place in the graph"]);
    }

    #[test]
    fn a_banned_direct_dependency_is_found() {
        let packages = [
            package("tcb-api", &[("hyper", Kind::Normal, "^1"), ("rustls", Kind::Dev, "^0.23")]),
            package("tcb-transport", &[("hyper", Kind::Normal, "^1")]),
        ];
        assert_eq!(direct(&packages, &["tcb-api"], &["hyper", "rustls"]), ["tcb-api depends on hyper"]);
    }
}
