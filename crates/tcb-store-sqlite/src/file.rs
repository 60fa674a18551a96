//! The file: made so that only its owner can read it, and refused when others can.

use std::fs::{self, Metadata, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tcb_auth::StoreError;

use crate::error::{misconfigured, of_file, unavailable};

/// Files that `SQLite` keeps beside the database. They hold the same secrets.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Tells a file from one that was put in its place.
pub(crate) type Identity = (u64, u64);

/// Where the database is.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
}

impl DatabaseFile {
    /// The file at `path`, which is created if there is none.
    pub(crate) fn open_or_create(path: &Path) -> Result<Self, StoreError> {
        // A later change of the working folder must not lead elsewhere, and SQLite takes no path
        // that begins with "file:" for a URI.
        let path = std::path::absolute(path).map_err(of_file)?;
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(misconfigured(format!("{} does not name a file", path.display())));
        };
        // Links in the folder's path are the operator's way to arrange things; one in place of the
        // file is refused below.
        let folder = fs::canonicalize(folder).map_err(of_file)?;
        let file = Self { path: folder.join(name) };
        file.create(&folder)?;
        Ok(file)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn create(&self, folder: &Path) -> Result<(), StoreError> {
        // When a process closes a file, POSIX drops all locks that it holds on it, those of its
        // SQLite connections too. So nobody else in this process goes on to open a connection while
        // this one is open. A file that exists is looked at by name only, for the same reason.
        static CREATING: Mutex<()> = Mutex::new(());
        let _one = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        only_for_us(&mut options);
        match options.open(&self.path) {
            Ok(_) => sync(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(of_file(error)),
        }
    }

    /// Which file is there now.
    pub(crate) fn identity(&self) -> Result<Identity, StoreError> {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) => Ok(identity(&metadata)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(unavailable(format!("{} is gone", self.path.display())))
            }
            Err(error) => Err(of_file(error)),
        }
    }

    /// Refuses the file if anybody but its owner and us could read or write it.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        check(&self.path, &fs::symlink_metadata(&self.path).map_err(of_file)?)?;
        for companion in COMPANIONS {
            let mut path = self.path.clone().into_os_string();
            path.push(companion);
            match fs::symlink_metadata(&path) {
                Ok(metadata) => check(Path::new(&path), &metadata)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(of_file(error)),
            }
        }
        Ok(())
    }
}

fn check(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    let path = path.display();
    if metadata.is_symlink() {
        return Err(misconfigured(format!("{path} is a symbolic link; name the file itself")));
    }
    if !metadata.is_file() {
        return Err(misconfigured(format!("{path} is not a file")));
    }
    check_owner(&path, metadata)
}

#[cfg(unix)]
fn check_owner(path: &std::path::Display<'_>, metadata: &Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;

    let (mode, owner, us) = (metadata.mode() & 0o777, metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != us {
        return Err(misconfigured(format!("{path} belongs to user {owner}, and this process is user {us}")));
    }
    if mode & 0o077 != 0 {
        return Err(misconfigured(format!(
            "{path} is open to other users (mode {mode:o}); it has to be 600"
        )));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_path: &std::path::Display<'_>, _metadata: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(unix)]
fn only_for_us(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
fn only_for_us(_options: &mut OpenOptions) {}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;

    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Identity {
    (0, 0)
}

/// Makes the name of a new file durable.
#[cfg(unix)]
fn sync(folder: &Path) -> Result<(), StoreError> {
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(of_file)
}

#[cfg(not(unix))]
fn sync(_folder: &Path) -> Result<(), StoreError> {
    Ok(())
}
