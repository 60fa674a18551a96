//! What a crate pulls in when it is built alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Result, workspace};

/// Every crate below one of ours, with the features that are on, on all targets.
pub(super) struct Tree {
    crates: BTreeMap<String, BTreeSet<String>>,
}

impl Tree {
    /// The tree of `package`, built with these flags. What only its tests need is not in it.
    pub(super) fn of(package: &str, flags: &[&str]) -> Result<Self> {
        let args = ["tree", "-p", package, "-e", "normal,build", "--target", "all"];
        let format = ["--prefix", "none", "--format", "{p}|{f}"];
        Ok(Self::parse(&workspace::output(workspace::cargo(&[&args[..], &format, flags].concat()))?))
    }

    /// Reads lines such as `serde v1.0.0|default,derive (*)`; the mark says that the line came
    /// before.
    fn parse(text: &str) -> Self {
        let mut crates: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in text.lines() {
            let Some((package, features)) = line.split_once('|') else { continue };
            let Some(name) = package.split_whitespace().next() else { continue };
            let features = features.trim_end_matches("(*)").trim().split(',').filter(|text| !text.is_empty());
            crates.entry(name.to_owned()).or_default().extend(features.map(ToOwned::to_owned));
        }
        Self { crates }
    }

    /// Those of `banned` that are in the tree.
    pub(super) fn has(&self, banned: &[&str]) -> Vec<String> {
        banned
            .iter()
            .filter(|name| self.crates.contains_key(**name))
            .map(|name| format!("{name} is in the tree"))
            .collect()
    }

    /// Where the features of a crate are not exactly these. A crate that is not in the tree has
    /// none to compare.
    pub(super) fn features_differ(&self, name: &str, expected: &[&str]) -> Vec<String> {
        let Some(features) = self.crates.get(name) else { return Vec::new() };
        let expected: BTreeSet<_> = expected.iter().map(|feature| (*feature).to_owned()).collect();
        let more = features.difference(&expected).map(|feature| format!("{name} has feature {feature}"));
        let fewer = expected.difference(features).map(|feature| format!("{name} lacks feature {feature}"));
        more.chain(fewer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    const TREE: &str = "tcb-emulator v0.1.0 (/somewhere)|\n\
                        tcb-types v0.1.0 (/somewhere)|schema,token-chain\n\
                        serde v1.0.0|default,derive\n\
                        serde_derive v1.0.0 (proc-macro)|\n\
                        tcb-types v0.1.0 (/somewhere)|schema,token-chain (*)\n";

    #[test]
    fn a_banned_crate_is_found_by_its_whole_name() {
        assert_eq!(Tree::parse(TREE).has(&["tokio", "serde", "tcb"]), ["serde is in the tree"]);
    }

    #[test]
    fn features_are_compared_exactly() {
        let tree = Tree::parse(TREE);
        assert!(tree.features_differ("tcb-types", &["schema", "token-chain"]).is_empty());
        assert_eq!(
            tree.features_differ("tcb-types", &["token-chain", "operations"]),
            ["tcb-types has feature schema", "tcb-types lacks feature operations"]
        );
        assert!(tree.features_differ("tcb-api", &[]).is_empty());
    }
}
