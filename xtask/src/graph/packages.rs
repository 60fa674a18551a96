//! The workspace's own packages, as `cargo metadata` tells them.

use std::path::PathBuf;

use serde_json::Value;

use crate::{Result, workspace};

/// A package of the workspace.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) manifest: PathBuf,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) has_build_script: bool,
}

/// One line of a package's dependencies.
#[derive(Debug)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The versions that it takes; `*` when the line names none.
    pub(super) versions: String,
}

/// Which code needs a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Dev,
    Build,
}

impl Package {
    /// All packages of the workspace.
    pub(super) fn read_all() -> Result<Vec<Self>> {
        let text = workspace::output(workspace::cargo(&["metadata", "--format-version", "1", "--no-deps"]))?;
        Self::parse_all(&serde_json::from_str(&text)?)
            .ok_or_else(|| "`cargo metadata` answers something unexpected".into())
    }

    fn parse_all(metadata: &Value) -> Option<Vec<Self>> {
        metadata["packages"].as_array()?.iter().map(Self::parse).collect()
    }

    fn parse(package: &Value) -> Option<Self> {
        let is_build_script = |target: &Value| {
            target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "custom-build"))
        };
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            manifest: package["manifest_path"].as_str()?.into(),
            dependencies: package["dependencies"]
                .as_array()?
                .iter()
                .map(Dependency::parse)
                .collect::<Option<_>>()?,
            has_build_script: package["targets"].as_array()?.iter().any(is_build_script),
        })
    }
}

impl Dependency {
    fn parse(dependency: &Value) -> Option<Self> {
        let kind = match dependency["kind"].as_str() {
            None => Kind::Normal,
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            Some(_) => return None,
        };
        let name = dependency["name"].as_str()?.to_owned();
        Some(Self { name, kind, versions: dependency["req"].as_str()?.to_owned() })
    }
}

/// Packages that run code while they are built.
pub(super) fn with_build_script(packages: &[Package]) -> Vec<String> {
    packages.iter().filter(|package| package.has_build_script).map(|package| package.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Kind, Package, with_build_script};

    #[test]
    fn metadata_is_read() {
        let metadata = json!({"packages": [{
            "name": "a",
            "manifest_path": "a/Cargo.toml",
            "dependencies": [
                {"name": "b", "kind": null, "req": "^0.1.0"},
                {"name": "c", "kind": "dev", "req": "*"}
            ],
            "targets": [{"kind": ["lib"]}, {"kind": ["custom-build"]}]
        }]});
        let packages = Package::parse_all(&metadata).unwrap();
        let kinds: Vec<_> =
            packages[0].dependencies.iter().map(|one| (one.name.as_str(), one.kind)).collect();
        assert_eq!(kinds, [("b", Kind::Normal), ("c", Kind::Dev)]);
        assert_eq!(with_build_script(&packages), ["a"]);
    }
}
