//! Where the notes of deployments are.

use std::env;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tcb_transport::BaseUrl;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::words::of_system;

/// The file of the notes, and what keeps others away from it. It is the one that is given, or that
/// of the merchant at the target.
pub(super) fn open(
    given: Option<&Path>,
    target: &BaseUrl,
    merchant: Option<&str>,
) -> Result<(PathBuf, File), Box<Failure>> {
    let file = match (given, merchant) {
        (Some(file), _) => file.to_owned(),
        (None, Some(merchant)) => of_merchant(target, merchant)?,
        (None, None) => {
            let message = say!(
                "a token does not say whose notes of deployments to use",
                "仅凭令牌无法确定使用哪个授权方的便笺"
            );
            return Err(Failure::config(message).hint("export TCBCTL_AUTHORIZER_APPID=APPID"));
        }
    };
    let lock = lock(&file).map_err(|error| {
        let shown = file.display();
        Failure::new(
            Exit::Failed,
            "notes",
            say!(
                "the notes {shown} cannot be used: {error}",
                "无法使用便笺 {shown}：{error}",
                error = of_system(&error)
            ),
        )
        .hint(say!("name another file with --notes", "用 --notes 指定另一个文件"))
    })?;
    let lock = lock.ok_or_else(|| {
        let shown = file.display();
        Failure::new(
            Exit::Failed,
            "busy",
            say!("another deployment for this merchant is running", "此授权方的另一个部署正在进行"),
        )
        .why(say!("it uses the notes {shown}", "它正在使用便笺 {shown}"))
        .hint(say!("run the same command again when it has ended", "待其结束后再运行同一命令"))
    })?;
    Ok((file, lock))
}

/// Whether they tell of a create of which nobody knows yet how it ended.
pub(super) fn are_open(notes: &Path) -> bool {
    fs::read_to_string(notes).is_ok_and(|text| text.contains("\"begun\""))
}

/// One record for each merchant of each target, where programs keep what outlasts them.
fn of_merchant(target: &BaseUrl, merchant: &str) -> Result<PathBuf, Box<Failure>> {
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let state = state.ok_or_else(|| {
        Failure::config(say!("there is no folder to keep notes in", "没有保存便笺的目录")).hint(say!(
            "name a file with --notes, or set XDG_STATE_HOME",
            "用 --notes 指定文件，或设置 XDG_STATE_HOME"
        ))
    })?;
    let folder = state.join("tcbctl/deploy").join(plain(target.authority().as_str()));
    make(&folder).map_err(|error| {
        let shown = folder.display();
        Failure::new(
            Exit::Failed,
            "file",
            say!("{shown} cannot be made: {error}", "无法创建 {shown}：{error}", error = of_system(&error)),
        )
    })?;
    Ok(folder.join(format!("{}.json", plain(merchant))))
}

/// A name that leads to no other folder.
fn plain(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-', "_")
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Keeps others away; `None` when somebody is there. A process that ends lets go.
fn lock(notes: &Path) -> io::Result<Option<File>> {
    let mut name = notes.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let file = File::create(notes.with_file_name(name))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_deployment_at_a_time_uses_the_notes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.json");
        let target = "http://127.0.0.1:1".parse().unwrap();
        let (notes, held) = open(Some(&file), &target, None).unwrap();
        assert_eq!(notes, file);
        assert_eq!(open(Some(&file), &target, None).unwrap_err().kind, "busy");
        drop(held);
        assert!(open(Some(&file), &target, None).is_ok());
        assert_eq!(open(None, &target, None).unwrap_err().exit, Exit::Usage);
        let nowhere = folder.path().join("none/shop.json");
        assert_eq!(open(Some(&nowhere), &target, None).unwrap_err().kind, "notes");
    }

    #[test]
    fn a_merchant_s_name_leads_to_no_other_folder() {
        assert_eq!(plain("../wx1/2"), ".._wx1_2");
        assert_eq!(plain("127.0.0.1:8099"), "127.0.0.1_8099");
    }
}
