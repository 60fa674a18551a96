//! Who may depend on whom.

use cargo_metadata::{Dependency, DependencyKind, Package};

/// What a crate may see of ours.
enum Sees {
    Everything,
    Only(&'static [&'static str]),
}

/// The crate graph: from the ground up, each crate and what it may depend on.
const ALLOWED: &[(&str, Sees)] = &[
    ("tcb-types", Sees::Only(&[])),
    ("tcb-catalogue", Sees::Only(&[])),
    ("tcb-lang", Sees::Only(&[])),
    ("tcb-transport", Sees::Only(&["tcb-types"])),
    ("tcb-auth", Sees::Only(&["tcb-types", "tcb-transport"])),
    ("tcb-store-postgres", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("tcb-store-redis", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("tcb-store-sqlite", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("tcb-callback", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("tcb-api", Sees::Only(&["tcb-types", "tcb-transport", "tcb-auth"])),
    ("tcb-deploy", Sees::Only(&["tcb-api"])),
    ("tcb-fleet", Sees::Only(&["tcb-api", "tcb-deploy"])),
    ("tcb-emulator", Sees::Only(&["tcb-types", "tcb-catalogue", "tcb-callback", "tcb-lang"])),
    ("tcb-emulator-transport", Sees::Only(&["tcb-emulator", "tcb-transport"])),
    ("tcbctl", Sees::Everything),
    ("tcb-bench-counts", Sees::Everything),
    ("tcb-bench-load", Sees::Everything),
    ("tcb-storm", Sees::Everything),
    ("tcb-fleet-storm", Sees::Everything),
    ("tcb-fuzz-targets", Sees::Everything),
    ("tcb-clients", Sees::Everything),
    ("tcb-book", Sees::Everything),
    ("tcb-e2e", Sees::Everything),
    ("tcb-browser", Sees::Everything),
    ("tcb-test-kit", Sees::Only(&["tcb-types", "tcb-transport", "tcb-auth"])),
    ("tcb-interleavings", Sees::Only(&["tcb-types", "tcb-auth"])),
    ("xtask", Sees::Everything),
];

/// Dependencies on our own crates that the graph does not have. Dev-dependencies may point
/// anywhere.
pub(super) fn upward(packages: &[Package]) -> Vec<String> {
    let mut against = Vec::new();
    for package in packages {
        let Some((_, sees)) = ALLOWED.iter().find(|(name, _)| package.name == name) else {
            against.push(format!("{} has no place in the graph", package.name));
            continue;
        };
        let Sees::Only(allowed) = sees else { continue };
        against.extend(edges(package, |one| {
            one.kind != DependencyKind::Development && one.path.is_some() && !allowed.contains(&&*one.name)
        }));
    }
    against
}

/// Dev-dependencies on our own crates that name a version. Cargo would want that version published
/// before the crate that is tested with it, and circles could never be published.
pub(super) fn dev_with_version(packages: &[Package]) -> Vec<String> {
    let versioned = |one: &Dependency| {
        one.kind == DependencyKind::Development && one.path.is_some() && !one.req.comparators.is_empty()
    };
    packages.iter().flat_map(|package| edges(package, versioned)).collect()
}

/// Direct dependencies of our `crates`, named without `tcb-`, that are in `banned`.
pub(super) fn direct(packages: &[Package], crates: &[&str], banned: &[&str]) -> Vec<String> {
    let is_banned =
        |one: &Dependency| one.kind != DependencyKind::Development && banned.contains(&&*one.name);
    let above = packages.iter().filter(|it| crates.iter().any(|one| it.name == format!("tcb-{one}")));
    above.flat_map(|package| edges(package, is_banned)).collect()
}

fn edges(package: &Package, which: impl Fn(&Dependency) -> bool) -> Vec<String> {
    let which = package.dependencies.iter().filter(|one| which(one));
    which.map(|one| format!("{} depends on {}", package.name, one.name)).collect()
}

#[cfg(test)]
mod tests {
    use cargo_metadata::Package;
    use serde_json::json;

    use super::{dev_with_version, direct, upward};

    /// A package with these dependencies: name, kind and version; `*` is a path alone.
    fn package(name: &str, dependencies: &[(&str, &str, &str)]) -> Package {
        let dependencies = dependencies.iter().map(|(name, kind, version)| {
            let path = name.starts_with("tcb").then_some("/somewhere");
            json!({"name": name, "kind": kind, "req": version, "path": path, "optional": false,
                "uses_default_features": true, "features": []})
        });
        serde_json::from_value(
            json!({"name": name, "version": "0.1.0", "id": name, "targets": [], "features": {},
            "manifest_path": "Cargo.toml", "dependencies": dependencies.collect::<Vec<_>>()}),
        )
        .unwrap()
    }

    #[test]
    fn an_edge_that_points_upward_is_found() {
        let packages = [
            package("tcb-types", &[("tcb-transport", "normal", "^0.1.0"), ("serde", "normal", "^1")]),
            package("tcb-transport", &[("tcb-types", "normal", "^0.1.0")]),
            package("tcbctl", &[("tcb-types", "normal", "^0.1.0")]),
        ];
        assert_eq!(upward(&packages), ["tcb-types depends on tcb-transport"]);
    }

    #[test]
    fn tests_may_look_upward_by_path() {
        let by_path = [package("tcb-types", &[("tcbctl", "dev", "*")])];
        assert!(upward(&by_path).is_empty());
        assert!(dev_with_version(&by_path).is_empty());
        let by_version = [package("tcb-types", &[("tcbctl", "dev", "^0.1.0")])];
        assert_eq!(dev_with_version(&by_version), ["tcb-types depends on tcbctl"]);
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        assert_eq!(upward(&[package("tcb-new", &[])]), ["tcb-new has no place in the graph"]);
    }

    #[test]
    fn a_banned_direct_dependency_is_found() {
        let packages = [
            package("tcb-api", &[("hyper", "normal", "^1"), ("rustls", "dev", "^0.23")]),
            package("tcb-transport", &[("hyper", "normal", "^1")]),
        ];
        assert_eq!(direct(&packages, &["api"], &["hyper", "rustls"]), ["tcb-api depends on hyper"]);
    }
}
