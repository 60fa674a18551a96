//! `tcbctl fleet init`

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::place::BLUEPRINT;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::{current, say};
use crate::report::Report;

/// Writes the samples, and nothing over what is there.
pub(super) fn init(dir: &Path) -> Result<Report, Box<Failure>> {
    let (en, zh) = (include_str!("sample/blueprint.en.yaml"), include_str!("sample/blueprint.zh.yaml"));
    let files = [
        (dir.join(BLUEPRINT), current().pick(en, zh)),
        (dir.join("functions/hello/index.js"), include_str!("../deploy/sample/index.js")),
    ];
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        let there = there.display();
        let message = say!("{there} is there already", "{there} 已存在");
        return Err(
            Failure::new(Exit::Usage, "file", message).hint(say!("name another folder", "请给出另一个目录"))
        );
    }
    for (path, text) in &files {
        write_new(path, text).map_err(|error| {
            let path = path.display();
            let message = say!("{path} cannot be written: {error}", "无法写入 {path}：{error}");
            Failure::new(Exit::Failed, "file", message)
        })?;
    }
    let names: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    let mut report = Report::new("fleet init").field("outcome", "written").field("files", names);
    report.hint = Some("tcbctl fleet plan && tcbctl fleet apply".to_owned());
    Ok(report)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}
