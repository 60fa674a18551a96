//! Other libraries for the same API, installed under `target/tools` as they are published. Their drivers are in `bench/peers`.

use std::fs;
use std::process::Command;

use serde_json::json;

use crate::{Result, python, workspace};

/// The peers that could be installed, each as a JSON list of its name and the words of its command. Says of the others why not.
pub(super) fn provide() -> Vec<String> {
    let mut peers = Vec::new();
    let mut add = |name: &str, words: Result<Vec<String>>| match words {
        Ok(mut words) => {
            words.insert(0, name.to_owned());
            peers.push(json!(words).to_string());
        }
        Err(error) => println!("{name}: LEFT OUT: {error}"),
    };
    for name in ["wx-rust-open", "wechat-minapp"] {
        add(name, rust(name));
    }
    add("wechatpy", wechatpy());
    add("node-easywechat", easywechat());
    peers
}

fn rust(name: &str) -> Result<Vec<String>> {
    let folder = workspace::tools().join("bench-peers");
    let mut cargo = workspace::cargo(&["build", "--quiet", "--locked", "--profile", "bench"]);
    // They run beside ours and are built like ours.
    cargo.args(["--manifest-path", "bench/peers/Cargo.toml", "--target-dir"]).arg(&folder);
    workspace::run(cargo)?;
    let program = folder.join("release/tcb-bench-peers");
    Ok(vec![program.to_string_lossy().into_owned(), name.to_owned()])
}

fn wechatpy() -> Result<Vec<String>> {
    // Its package does not ask for `cryptography`, which it does not run without.
    let environment = python::environment("bench-wechatpy", &["wechatpy==2.0.0a26", "cryptography"])?;
    let python = environment.join("bin/python").to_string_lossy().into_owned();
    Ok(vec![python, "-B".to_owned(), driver("wechatpy_client.py")])
}

fn easywechat() -> Result<Vec<String>> {
    let folder = workspace::tools().join("bench-easywechat");
    fs::create_dir_all(&folder)?;
    fs::copy(driver("package.json"), folder.join("package.json"))?;
    let mut npm = Command::new("npm");
    npm.current_dir(&folder).args(["install", "--silent", "--no-audit", "--no-fund"]);
    workspace::run(npm)?;
    Ok(vec!["node".to_owned(), driver("easywechat_client.js"), folder.to_string_lossy().into_owned()])
}

fn driver(name: &str) -> String {
    workspace::root().join("bench/peers").join(name).to_string_lossy().into_owned()
}
