//! The way from nothing to an invoked function, as the READMEs print it.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::tcbctl;

const INSTALL: &str = "cargo install --debug --path crates/tcbctl";
const START: &str = "tcbctl emu start &";

/// The commands of the block that starts an emulator.
fn commands(readme: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(readme);
    let text = fs::read_to_string(&path).unwrap();
    let mut blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let block = blocks.find(|block| block.contains(START)).unwrap();
    block.lines().map(|line| line.split(" # ").next().unwrap().trim().to_owned()).collect()
}

/// A machine on which tcbctl is installed, and where nobody else listens at the emulator's address.
struct Machine {
    folder: TempDir,
    address: String,
    language: &'static str,
}

impl Machine {
    fn new(language: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        // The default address may be in use, by another run of this test as well.
        let program = env!("CARGO_BIN_EXE_tcbctl");
        let script = format!(
            "#!/bin/sh\nif [ \"$*\" = \"emu start\" ]; then echo $$ > emulator.pid; set -- \"$@\" --listen {address}; fi\n\
             exec {program} \"$@\"\n"
        );
        let installed = folder.path().join("tcbctl");
        fs::write(&installed, script).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(installed, mode).unwrap();
        Self { folder, address, language }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a line of a shell. Returns how it ended, and what it printed.
    fn run(&self, line: &str) -> (Option<i32>, String) {
        let output = self.path("output");
        let mut command = Command::new("sh");
        for (name, value) in tcbctl(&[]).get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let path = std::env::var("PATH").unwrap();
        command
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.folder.path().display()))
            .env("LC_ALL", self.language)
            .env("XDG_STATE_HOME", self.path("state"))
            .env("TCBCTL_BASE_URL", format!("http://{}", self.address));
        let file = fs::File::create(&output).unwrap();
        let ended = command.stdout(file.try_clone().unwrap()).stderr(file).status().unwrap();
        (ended.code(), fs::read_to_string(output).unwrap())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Ok(id) = fs::read_to_string(self.path("emulator.pid")) {
            let _ = Command::new("kill").arg(id.trim()).status();
        }
    }
}

#[test]
fn at_most_six_commands_lead_from_nothing_to_an_invoked_function() {
    let english = commands("../../README.md");
    assert!(english.len() <= 6, "{english:?}");
    assert_eq!(commands("README.md"), english);
    assert_eq!(commands("../../README.zh-CN.md"), english);
    for (language, word) in [("C.UTF-8", "deployed"), ("zh_CN.UTF-8", "已部署")] {
        let machine = Machine::new(language);
        let [install, start, ahead @ .., last] = &english[..] else { panic!("{english:?}") };
        // What is tested is what it would install.
        assert_eq!((install.as_str(), start.as_str()), (INSTALL, START));
        assert_eq!(machine.run(start).0, Some(0));
        while TcpStream::connect(&machine.address).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        for command in ahead {
            let (exit, said) = machine.run(command);
            assert!(matches!(exit, Some(0 | 8)), "{command}: {said}");
        }
        let (exit, said) = machine.run(last);
        assert_eq!(exit, Some(0), "{last}: {said}");
        assert!(said.contains(word) && said.contains(r#""emulated":"hello""#), "{said}");
    }
}
