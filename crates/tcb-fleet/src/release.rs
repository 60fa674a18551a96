//! A blueprint with its packages, as the journal keeps it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tcb_deploy::{Blueprint, Desired, Package, Variables};

use crate::error::FleetError;
use crate::journal::{Body, Journal, Swap, Table};
use crate::record::{decode, encode};

/// A blueprint that is rolled out, or may be.
#[derive(Clone, Debug)]
pub struct Release {
    kept: Kept,
    blueprint: Blueprint,
}

/// How the journal has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    file: PathBuf,
    text: String,
    /// Digests by folders.
    packages: BTreeMap<PathBuf, String>,
}

impl Release {
    /// Reads a blueprint and packs its folders. It blocks the thread.
    ///
    /// # Errors
    ///
    /// [`FleetError::Blueprint`].
    pub fn load(file: impl AsRef<Path>) -> Result<Self, FleetError> {
        let file = file.as_ref();
        // A file that cannot be read is told as every fault of a blueprint.
        let text = fs::read_to_string(file).or_else(|_| Blueprint::load(file).map(|_| String::new()))?;
        let blueprint = Blueprint::parse(file, &text)?;
        let digests = blueprint.packages().iter();
        let packages = digests.map(|(folder, it)| (folder.clone(), it.digest().to_owned())).collect();
        Ok(Self { kept: Kept { file: file.to_owned(), text, packages }, blueprint })
    }

    /// Its digest: the same blueprint with the same packages has the same one.
    pub fn digest(&self) -> String {
        let Kept { text, packages, .. } = &self.kept;
        let mut hasher = Sha256::new_with_prefix(text);
        for (folder, digest) in packages {
            hasher.update(format!("\n{}={digest}", folder.display()));
        }
        hex::encode(hasher.finalize())
    }

    /// The desired state of a merchant, and its generation.
    ///
    /// # Errors
    ///
    /// [`FleetError::Blueprint`] for variables without a value.
    pub fn desired(&self, variables: &Variables) -> Result<(Desired, String), FleetError> {
        let desired = self.blueprint.desired(variables)?;
        let generation = generation(&desired);
        Ok((desired, generation))
    }

    /// The generation of a merchant.
    pub(crate) fn target(&self, variables: &Variables) -> Result<String, FleetError> {
        self.desired(variables).map(|(_, generation)| generation)
    }

    /// Keeps it, and its packages first.
    pub(crate) async fn keep(&self, journal: &dyn Journal) -> Result<(), FleetError> {
        for package in self.blueprint.packages().values() {
            put(journal, Table::Package, package.digest(), package.bytes().into()).await?;
        }
        put(journal, Table::Release, &self.digest(), encode(&self.kept)).await
    }

    /// Takes one out of the journal.
    pub(crate) async fn take(journal: &dyn Journal, digest: &str) -> Result<Self, FleetError> {
        let (_, body) = journal.load(Table::Release, digest).await?.ok_or(FleetError::NoRelease)?;
        let kept: Kept = decode(digest, &body)?;
        let mut packages = BTreeMap::new();
        for (folder, digest) in &kept.packages {
            let archive = journal.load(Table::Package, digest).await?;
            let package = archive.and_then(|(_, body)| Package::of_archive(body.to_vec()));
            let package = package.filter(|package| package.digest() == digest);
            let package = package.ok_or_else(|| FleetError::Corrupt(format!("no package {digest}")))?;
            packages.insert(folder.clone(), Arc::new(package));
        }
        let blueprint = Blueprint::parse_packed(&kept.file, &kept.text, packages)?;
        Ok(Self { kept, blueprint })
    }
}

/// Puts a record that never changes.
async fn put(journal: &dyn Journal, table: Table, key: &str, body: Body) -> Result<(), FleetError> {
    if journal.load(table, key).await?.is_none() {
        let swap = Swap { table, key: key.to_owned(), expected: None, body, entries: Vec::new() };
        // Whoever was faster has put the same.
        journal.swap(swap).await?;
    }
    Ok(())
}

/// The hash of a desired state. Whatever is added to that is in its `Debug` form; the values of
/// variables, which are not, come on top.
fn generation(desired: &Desired) -> String {
    let mut hasher = Sha256::new_with_prefix(format!("{desired:?}"));
    for function in desired.envs.iter().flat_map(|env| &env.functions) {
        for (name, value) in function.variables.iter().flatten() {
            hasher.update(format!("\n{name:?}={:?}", value.expose()));
        }
    }
    let mut hash = hex::encode(hasher.finalize());
    hash.truncate(16);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::MemoryJournal;

    const TEXT: &str = "environments:\n  - alias: shop-${STAGE}\n    functions:\n      - { name: hello, folder: hello, variables: { KEY: '${KEY}' } }\n";

    fn release(folder: &Path, answer: &str) -> Release {
        fs::create_dir_all(folder.join("hello")).unwrap();
        fs::write(folder.join("hello/index.js"), answer).unwrap();
        fs::write(folder.join("shop.yaml"), TEXT).unwrap();
        Release::load(folder.join("shop.yaml")).unwrap()
    }

    fn variables(stage: &str, key: &str) -> Variables {
        [("STAGE", stage), ("KEY", key)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn a_generation_is_of_what_a_merchant_should_have() {
        let folder = tempfile::tempdir().unwrap();
        let one = release(folder.path(), "1");
        let of = |release: &Release, stage, key| release.desired(&variables(stage, key)).unwrap().1;
        let first = of(&one, "a", "k");
        assert_eq!(first, of(&one, "a", "k"));
        assert_ne!(first, of(&one, "b", "k"));
        assert_ne!(first, of(&one, "a", "other"), "values of variables count");
        let two = release(folder.path(), "2");
        assert_ne!(first, of(&two, "a", "k"), "code counts");
        assert_ne!(one.digest(), two.digest());
    }

    #[tokio::test]
    async fn a_release_outlives_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let journal = MemoryJournal::default();
        let release = release(folder.path(), "1");
        release.keep(&journal).await.unwrap();
        release.keep(&journal).await.unwrap();
        drop(folder);
        let again = Release::take(&journal, &release.digest()).await.unwrap();
        assert_eq!(again.digest(), release.digest());
        let variables = variables("a", "k");
        assert_eq!(again.desired(&variables).unwrap(), release.desired(&variables).unwrap());
        assert!(matches!(Release::take(&journal, "none").await, Err(FleetError::NoRelease)));
    }
}
