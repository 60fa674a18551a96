//! `tcbctl deploy init` and `tcbctl fleet init`

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::report::Report;
use crate::words::of_system;

/// What `init` calls a blueprint.
pub(super) const BLUEPRINT: &str = "blueprint.yaml";

/// Writes a blueprint and a sample function, and nothing over what is there.
pub(super) fn init(
    command: &'static str,
    dir: &Path,
    blueprint: &str,
    hint: String,
    is_dry: bool,
) -> Result<Report, Box<Failure>> {
    let files = [
        (dir.join(BLUEPRINT), blueprint),
        (dir.join("functions/hello/index.js"), include_str!("deploy/sample/index.js")),
    ];
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        let there = there.display();
        let message = say!("{there} is there already", "{there} 已存在");
        return Err(
            Failure::new(Exit::Usage, "file", message).hint(say!("name another folder", "请给出另一个目录"))
        );
    }
    let names: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    let report = Report::new(command);
    if is_dry {
        return Ok(report.field("dry_run", true).field("files", names));
    }
    for (path, text) in &files {
        write_new(path, text).map_err(|error| {
            let path = path.display();
            let message = say!(
                "{path} cannot be written: {error}",
                "无法写入 {path}：{error}",
                error = of_system(&error)
            );
            Failure::new(Exit::Failed, "file", message)
        })?;
    }
    let mut report = report.field("outcome", "written").field("files", names);
    report.hint = Some(hint);
    Ok(report)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}
