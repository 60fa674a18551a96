//! What a deployment writes down of itself.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tcb_api::async_trait;
use tcb_api::types::{CollectionName, EnvId, FunctionName};

use crate::desired::Mode;

/// What the next run has to know and cannot ask WeChat for. It holds no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Noted {
    /// Creates of a run that did not reach its end: nobody knows yet how they ended, or whether
    /// lists show them already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub begun: Vec<Begun>,
    /// Hashes of what was written where WeChat shows nothing of it: indexes, and in batch mode code
    /// and configuration of functions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub written: BTreeMap<String, String>,
    /// Ids of the environments that were created, by their modes and aliases. They are found by
    /// these first, whatever lists make of their aliases, and none is created a second time.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub envs: BTreeMap<Mode, BTreeMap<String, EnvId>>,
}

impl Noted {
    /// The id under which an environment was created.
    pub fn env(&self, mode: Mode, alias: &str) -> Option<&EnvId> {
        self.envs.get(&mode)?.get(alias)
    }

    /// Takes an environment out that was destroyed, so that another is created. Returns whether it
    /// was noted.
    pub fn forget(&mut self, env: &EnvId) -> bool {
        let has = |envs: &BTreeMap<String, EnvId>| envs.values().any(|id| id == env);
        let was_noted = self.envs.values().any(has);
        self.envs.values_mut().for_each(|envs| envs.retain(|_, id| id != env));
        self.envs.retain(|_, envs| !envs.is_empty());
        was_noted
    }
}

/// A create that may be on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Begun {
    /// What it creates.
    pub create: Create,
    /// When it was sent at the earliest, in Unix seconds.
    pub at: u64,
}

/// What a create makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Create {
    /// An environment.
    #[non_exhaustive]
    Env {
        /// Its alias.
        alias: String,
        /// Whose it is.
        mode: Mode,
    },
    /// A function.
    #[non_exhaustive]
    Function {
        /// Its environment.
        env: EnvId,
        /// Whose that is.
        mode: Mode,
        /// Its name.
        name: FunctionName,
    },
    /// A collection.
    #[non_exhaustive]
    Collection {
        /// Its environment.
        env: EnvId,
        /// Whose that is.
        mode: Mode,
        /// Its name.
        name: CollectionName,
    },
    /// An open-platform account.
    OpenAccount,
}

impl Create {
    /// The environment that it is made in, which is there already.
    pub(crate) fn place(&self) -> Option<(Mode, &EnvId)> {
        match self {
            Self::Function { mode, env, .. } | Self::Collection { mode, env, .. } => Some((*mode, env)),
            Self::Env { .. } | Self::OpenAccount => None,
        }
    }
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env { alias, .. } => write!(f, "the environment {alias}"),
            Self::Function { env, name, .. } => write!(f, "the function {name} in {env}"),
            Self::Collection { env, name, .. } => write!(f, "the collection {name} in {env}"),
            Self::OpenAccount => f.write_str("the open-platform account"),
        }
    }
}

/// Where notes are kept. One merchant has one, and one deployment at a time uses it.
///
/// A create is noted before it is sent, and the note taken away when the run has reached its end.
/// After a crash between the two the next run finds out first what became of it, also when it was
/// answered: a list may lag behind. So what [`write`](Self::write) has taken has to outlast the
/// process.
#[async_trait]
pub trait Notes: fmt::Debug + Send + Sync {
    /// Reads the notes; empty ones when there are none.
    async fn read(&self) -> Result<Noted, NotesError>;

    /// Replaces the notes, durably.
    async fn write(&self, noted: &Noted) -> Result<(), NotesError>;
}

#[async_trait]
impl<N: Notes + ?Sized> Notes for Arc<N> {
    async fn read(&self) -> Result<Noted, NotesError> {
        (**self).read().await
    }

    async fn write(&self, noted: &Noted) -> Result<(), NotesError> {
        (**self).write(noted).await
    }
}

/// Notes that could not be read or written.
#[derive(Debug)]
pub struct NotesError(Box<dyn StdError + Send + Sync>);

impl NotesError {
    /// An error of whatever keeps the notes.
    pub fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for NotesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the notes cannot be read or written: {}", self.0)
    }
}

impl StdError for NotesError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// Notes in memory: enough for a program that outlives its deployments, and for tests.
#[derive(Debug, Default)]
pub struct MemoryNotes(Mutex<Noted>);

#[async_trait]
impl Notes for MemoryNotes {
    async fn read(&self) -> Result<Noted, NotesError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn write(&self, noted: &Noted) -> Result<(), NotesError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = noted.clone();
        Ok(())
    }
}

/// Notes in a JSON file, which is replaced as a whole.
#[derive(Clone, Debug)]
pub struct FileNotes(PathBuf);

impl FileNotes {
    /// Notes in this file, which need not be there yet; its folder has to be.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

#[async_trait]
impl Notes for FileNotes {
    async fn read(&self) -> Result<Noted, NotesError> {
        match fs::read(&self.0) {
            Ok(text) => serde_json::from_slice(&text).map_err(NotesError::new),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Noted::default()),
            Err(error) => Err(NotesError::new(error)),
        }
    }

    async fn write(&self, noted: &Noted) -> Result<(), NotesError> {
        let text = serde_json::to_vec_pretty(noted).map_err(NotesError::new)?;
        replace(&self.0, &text).map_err(NotesError::new)
    }
}

/// Writes a file beside the old one, and puts it in its place once it is on the disk.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = fs::File::create(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    // The name is durable when the folder is; not every system can sync one.
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_keeps_what_was_noted() {
        let folder = tempfile::tempdir().unwrap();
        let file = FileNotes::new(folder.path().join("shop.notes.json"));
        assert_eq!(file.read().await.unwrap(), Noted::default());
        let create = Create::Env { alias: "shop".into(), mode: Mode::Batch };
        let function = Create::Function { env: "e".into(), mode: Mode::Ordinary, name: "f".into() };
        let noted = Noted {
            begun: [create, function, Create::OpenAccount].map(|create| Begun { create, at: 7 }).into(),
            written: [("code shop/hello".to_owned(), "00".to_owned())].into(),
            envs: [(Mode::Batch, [("shop".to_owned(), "shop-1".into())].into())].into(),
        };
        file.write(&Noted::default()).await.unwrap();
        file.write(&noted).await.unwrap();
        assert_eq!(file.read().await.unwrap(), noted);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(folder.path().join("shop.notes.json"), "{").unwrap();
        assert!(file.read().await.unwrap_err().to_string().contains("the notes cannot be read"));
    }
}
