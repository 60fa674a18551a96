//! Rules that stand in the manifests as text.

use std::fs;

use super::packages::Package;
use crate::{Result, workspace};

/// The root manifest and those of the members.
pub(super) struct Manifests {
    root: String,
    /// Name and manifest of each member.
    members: Vec<(String, String)>,
}

impl Manifests {
    pub(super) fn read(packages: &[Package]) -> Result<Self> {
        let read = |package: &Package| Ok((package.name.clone(), fs::read_to_string(&package.manifest)?));
        Ok(Self {
            root: fs::read_to_string(workspace::root().join("Cargo.toml"))?,
            members: packages.iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// Internal dependencies whose defaults a member could not switch off.
    pub(super) fn internal_with_defaults(&self) -> Vec<String> {
        let internal = dependencies(&self.root).filter(|(name, _)| self.is_ours(name));
        named(internal.filter(|(_, line)| !line.contains("default-features = false")))
    }

    /// Dependencies of others without a comment on their line.
    pub(super) fn without_reason(&self) -> Vec<String> {
        let foreign = dependencies(&self.root).filter(|(name, _)| !self.is_ours(name));
        named(foreign.filter(|(_, line)| !line.contains(" # ")))
    }

    /// Members that do not take the workspace's lints.
    pub(super) fn without_lints(&self) -> Vec<String> {
        let without = self
            .members
            .iter()
            .filter(|(_, text)| !section(text, "[lints]").any(|line| line == "workspace = true"));
        without.map(|(name, _)| name.clone()).collect()
    }

    fn is_ours(&self, name: &str) -> bool {
        self.members.iter().any(|(member, _)| member == name)
    }
}

/// Name and line of every dependency of the workspace.
fn dependencies(root: &str) -> impl Iterator<Item = (&str, &str)> {
    section(root, "[workspace.dependencies]").filter_map(|line| {
        let (name, _) = line.split_once('=')?;
        (!line.starts_with('#')).then_some((name.trim(), line))
    })
}

fn named<'a>(dependencies: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    dependencies.map(|(name, _)| name.to_owned()).collect()
}

/// The lines below a section's title.
fn section<'a>(manifest: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let lines = manifest.lines().map(str::trim).skip_while(move |line| *line != title);
    lines.skip(1).take_while(|line| !line.starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::Manifests;

    #[test]
    fn each_rule_finds_what_breaks_it() {
        let manifests = Manifests {
            root: "[workspace]\nresolver = \"3\"\n\n[workspace.dependencies]\n# Ours = all.\n\
                   ours = { path = \"ours\", default-features = false }\n\
                   theirs = { version = \"1\" } # a reason\n\
                   loose = { path = \"loose\" }\nunexplained = \"1\"\n\n[profile.dev]\ndebug = false\n"
                .to_owned(),
            members: vec![
                ("ours".to_owned(), "[package]\nname = \"ours\"\n\n[lints]\nworkspace = true\n".to_owned()),
                ("loose".to_owned(), "[package]\nworkspace = true\n\n[lints]\n\n[features]\n".to_owned()),
            ],
        };
        assert_eq!(manifests.internal_with_defaults(), ["loose"]);
        assert_eq!(manifests.without_reason(), ["unexplained"]);
        assert_eq!(manifests.without_lints(), ["loose"]);
    }
}
