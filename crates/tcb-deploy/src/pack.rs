//! Packing the folder of a function.

mod archive;
mod error;
mod files;

use std::fmt;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use archive::Archive;
pub use error::{PackError, PackErrorKind};
use files::File;

/// The most bytes that an archive may have. Batch mode documents 20 MB; the service under both
/// modes is the same.
const LARGEST: usize = 20 * 1024 * 1024;

/// The most bytes that the files may have before they are packed: a bound of our own, so that a
/// folder that was named by mistake does not fill the memory.
const LARGEST_UNPACKED: u64 = 512 * 1024 * 1024;

const ARCHIVE: &str = "makes an archive of more than 20 MiB";

/// How many files are named when there is too much.
const NAMED: usize = 3;

/// The packed code of a function: the same bytes wherever and whenever the same files are packed.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(folder.path().join("index.js"), "exports.main = async () => 'hi'")?;
/// let package = tcb_deploy::Package::of_folder(&folder)?;
/// println!("{} bytes, SHA-256 {}", package.bytes().len(), package.digest());
/// assert_eq!(package.files(), 1);
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Package {
    bytes: Vec<u8>,
    digest: String,
    files: usize,
}

impl Package {
    /// Packs a folder.
    ///
    /// `.git` and what `.tcbignore` at the top of the folder names, in the syntax of `.gitignore`,
    /// is left out. Symbolic links are followed inside the folder. Of the modes, only whether a
    /// file may be run is kept.
    ///
    /// It reads files, and so blocks the thread.
    ///
    /// # Errors
    ///
    /// A [`PackError`], which names the file. [`PackErrorKind::TooLarge`] for more than 20 MiB of
    /// archive, or 512 MiB of files.
    pub fn of_folder(folder: impl AsRef<Path>) -> Result<Self, PackError> {
        Self::within(folder.as_ref(), LARGEST)
    }

    /// Packs a folder into an archive of at most `largest` bytes.
    fn within(folder: &Path, largest: usize) -> Result<Self, PackError> {
        let files = files::list(folder)?;
        if !files.iter().any(|file| file.name.starts_with("index.")) {
            return Err(PackError::new(PackErrorKind::NoEntry, folder));
        }
        if files.iter().map(|file| file.size).sum::<u64>() > LARGEST_UNPACKED {
            return Err(too_large(folder, &files, "has more than 512 MiB"));
        }
        let mut archive = Archive::default();
        for file in &files {
            let content = fs::read(&file.path).map_err(|error| PackError::read(&file.path, error))?;
            if u16::try_from(file.name.len()).is_err() {
                return Err(PackError::new(PackErrorKind::Name, &file.path).saying("is too long"));
            }
            let added = archive.add(&file.name, &content, file.is_program);
            if added.is_none() || archive.len() > largest {
                return Err(too_large(folder, &files, ARCHIVE));
            }
        }
        let bytes = archive.finish().filter(|bytes| bytes.len() <= largest);
        let bytes = bytes.ok_or_else(|| too_large(folder, &files, ARCHIVE))?;
        Ok(Self { digest: hex::encode(Sha256::digest(&bytes)), bytes, files: files.len() })
    }

    /// Takes an archive that [`of_folder`](Self::of_folder) made, and that was kept. `None` when it
    /// does not end as these do, so is not whole.
    pub fn of_archive(bytes: Vec<u8>) -> Option<Self> {
        // The last record of an archive: its number of files stands ten bytes behind its signature.
        let end = bytes.last_chunk::<22>().filter(|end| end.starts_with(b"PK\x05\x06"))?;
        let files = usize::from(u16::from_le_bytes([end[10], end[11]]));
        Some(Self { digest: hex::encode(Sha256::digest(&bytes)), bytes, files })
    }

    /// The archive.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the archive in lower-case hex, as WeChat shows it for the code of a function.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How many files are in it.
    pub fn files(&self) -> usize {
        self.files
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Package")
            .field("bytes", &self.bytes.len())
            .field("digest", &self.digest)
            .field("files", &self.files)
            .finish()
    }
}

fn too_large(folder: &Path, files: &[File], what: &str) -> PackError {
    let mut by_size: Vec<&File> = files.iter().collect();
    by_size.sort_by_key(|file| std::cmp::Reverse(file.size));
    let largest = by_size.iter().take(NAMED).map(|file| (file.name.clone(), file.size));
    let largest: Vec<(String, u64)> = largest.collect();
    let named: Vec<String> =
        largest.iter().map(|(name, size)| format!("{name} ({} KiB)", size / 1024)).collect();
    let detail = format!("{what}, in {} files; the largest are {}", files.len(), named.join(", "));
    PackError::new(PackErrorKind::TooLarge, folder).saying(detail).with_largest(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn an_archive_that_was_kept_is_the_same_package() {
        let package = Package::of_folder(folder(&[HELLO, ("lib/a.js", b"1")]).path()).unwrap();
        assert_eq!(Package::of_archive(package.bytes().to_vec()), Some(package.clone()));
        let (last, _) = package.bytes().split_at(package.bytes().len() - 1);
        assert_eq!(Package::of_archive(last.to_vec()), None);
        assert_eq!(Package::of_archive(Vec::new()), None);
    }

    const HELLO: (&str, &[u8]) = ("index.js", b"exports.main = async () => 'hello'\n");

    fn names(package: &Package) -> Vec<String> {
        let mut names = Vec::new();
        let mut rest = package.bytes();
        while rest.starts_with(b"PK\x03\x04") {
            let size = u32::from_le_bytes(rest[18..22].try_into().unwrap()) as usize;
            let name = usize::from(u16::from_le_bytes(rest[26..28].try_into().unwrap()));
            names.push(String::from_utf8(rest[30..30 + name].to_vec()).unwrap());
            rest = &rest[30 + name + size..];
        }
        names
    }

    fn refused(folder: &tempfile::TempDir) -> PackError {
        Package::of_folder(folder.path()).unwrap_err()
    }

    /// Another digest means that all functions of all merchants are uploaded once more: it may
    /// change with the compression, and then has a line in the changelog.
    #[test]
    fn the_same_files_are_the_same_bytes() {
        let lib = b"module.exports = 1;".repeat(40);
        let files: [(&str, &[u8]); 3] = [("lib/a.js", &lib), HELLO, ("lib-a.txt", b"")];
        let one = Package::of_folder(folder(&files).path()).unwrap();
        let other: Vec<_> = files.into_iter().rev().collect();
        let other = Package::of_folder(folder(&other).path()).unwrap();
        assert_eq!(one, other);
        assert_eq!(names(&one), ["index.js", "lib-a.txt", "lib/a.js"]);
        assert_eq!(one.digest(), "8ae05f7352f281c6e9a2b306771515197c0aea082bfaf5e7f6c4db4180009302");
    }

    #[test]
    fn what_is_ignored_stays_out() {
        let ignore = b"*.log\n!keep.log\n/docs/\nnode_modules/*\n!node_modules/used\n# a comment\n";
        let folder = folder(&[
            HELLO,
            (".tcbignore", ignore),
            (".git/config", b"x"),
            ("a.log", b"x"),
            ("lib/b.log", b"x"),
            ("keep.log", b"x"),
            ("docs/a.md", b"x"),
            ("lib/docs/a.md", b"x"),
            ("node_modules/used/index.js", b"x"),
            ("node_modules/other/index.js", b"x"),
        ]);
        let package = Package::of_folder(folder.path()).unwrap();
        assert_eq!(names(&package), ["index.js", "keep.log", "lib/docs/a.md", "node_modules/used/index.js"]);
        assert_eq!(package.files(), 4);
    }

    #[test]
    fn a_folder_that_is_none_and_one_without_an_entry_are_refused() {
        let error = Package::of_folder("no/such/folder").unwrap_err();
        assert_eq!((error.kind(), error.path()), (PackErrorKind::NoFolder, Path::new("no/such/folder")));
        let error = refused(&folder(&[("lib/index.js", b"x"), ("main.js", b"x")]));
        assert_eq!(error.kind(), PackErrorKind::NoEntry);
        assert!(error.to_string().contains("`index.js`"), "{error}");
        let error = refused(&folder(&[HELLO, (".tcbignore", b"*.log\n[z-a]\n")]));
        assert_eq!(error.kind(), PackErrorKind::Ignore);
        assert!(error.path().ends_with(".tcbignore"));
        assert_eq!(error.line(), Some(2), "{}", error.detail());
        assert!(error.to_string().ends_with(".tcbignore:2 is no pattern; correct it"), "{error}");
    }

    #[test]
    fn too_much_is_refused_and_the_largest_files_are_named() {
        // Nothing that compression could shrink.
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_le_bytes()[7]
        });
        let noise: Vec<u8> = noise.take(8192).collect();
        let folder = folder(&[HELLO, ("data/model.bin", &noise)]);
        assert!(Package::within(folder.path(), 9000).is_ok());
        let error = Package::within(folder.path(), 8192).unwrap_err();
        assert_eq!(error.kind(), PackErrorKind::TooLarge);
        let told = error.to_string();
        assert!(told.contains("more than 20 MiB") && told.contains("data/model.bin (8 KiB)"), "{told}");
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_of_the_folder() {
        use std::os::unix::fs::symlink;
        let outside = folder(&[("secret.txt", b"x")]);
        for (target, what) in [
            (outside.path().join("secret.txt"), "out of the folder"),
            (outside.path().to_owned(), "out of the folder"),
            ("../..".into(), "out of the folder"),
            ("nowhere".into(), "to nothing"),
            (".".into(), "into a folder that it is in"),
        ] {
            let folder = folder(&[HELLO, (".tcbignore", b"left-out\n")]);
            symlink(&target, folder.path().join("link")).unwrap();
            symlink(&target, folder.path().join("left-out")).unwrap();
            let error = refused(&folder);
            assert_eq!(error.kind(), PackErrorKind::Link);
            assert!(error.path().ends_with("link") && error.to_string().contains(what), "{error}");
            fs::remove_file(folder.path().join("link")).unwrap();
            assert_eq!(names(&Package::of_folder(folder.path()).unwrap()), ["index.js"]);
        }
        let folder = folder(&[HELLO, ("lib/a.js", b"x")]);
        symlink("lib", folder.path().join("also")).unwrap();
        symlink("lib/a.js", folder.path().join("b.js")).unwrap();
        let package = Package::of_folder(folder.path()).unwrap();
        assert_eq!(names(&package), ["also/a.js", "b.js", "index.js", "lib/a.js"]);
    }

    #[cfg(unix)]
    #[test]
    fn of_a_mode_only_whether_a_file_may_be_run_is_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let pack = |mode| {
            let folder = folder(&[HELLO]);
            fs::set_permissions(folder.path().join("index.js"), fs::Permissions::from_mode(mode)).unwrap();
            Package::of_folder(folder.path()).unwrap()
        };
        assert_eq!(pack(0o600), pack(0o664));
        assert_eq!(pack(0o700), pack(0o755));
        assert_ne!(pack(0o644), pack(0o755));
    }
}
