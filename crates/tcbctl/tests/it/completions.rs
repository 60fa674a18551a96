use std::process::Command;

use crate::support::run;

fn script(shell: &str) -> String {
    let printed = run(&[], &["completions", shell]);
    assert_eq!((printed.exit, printed.stderr.as_str()), (0, ""), "{shell}");
    printed.stdout
}

/// What bash offers for the last of these words.
fn offered_by_bash(words: &[&str]) -> Vec<String> {
    let last = words.len() - 1;
    let (word, before) = (words[last], words[last - 1]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tcbctl.bash");
    std::fs::write(&file, script("bash")).unwrap();
    let run = format!(
        "source '{}'\nCOMP_WORDS=({}); COMP_CWORD={last}; _tcbctl tcbctl '{word}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        file.display(),
        words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
    );
    let output = Command::new("bash").args(["--norc", "-c", &run]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_the_names_of_operations() {
    assert_eq!(offered_by_bash(&["tcbctl", "call", "createFun"]), ["createFunction"]);
    assert_eq!(
        offered_by_bash(&["tcbctl", "explain", "getFunt"]),
        ["getFuntionConfig", "getFuntionLink", "getFuntionList"]
    );
    assert_eq!(offered_by_bash(&["tcbctl", "comp"]), ["completions"]);
}

#[test]
fn zsh_and_fish_know_the_names_of_operations() {
    let zsh = script("zsh");
    for command in ["call", "explain"] {
        let (_, arguments) = zsh.split_once(&format!("({command})\n_arguments")).unwrap();
        let (arguments, _) = arguments.split_once("&& ret=0").unwrap();
        assert!(arguments.contains(" createFunction "), "{arguments}");
    }
    let fish = script("fish");
    for command in ["call", "explain"] {
        let start = format!("complete -c tcbctl -n \"__fish_tcbctl_using_subcommand {command}\" -f -a \"");
        let line = fish.lines().find(|line| line.starts_with(&start)).unwrap();
        assert!(line.contains(" createFunction "), "{line}");
    }
}

#[test]
fn every_shell_gets_a_script_and_no_other() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(script(shell).contains("tcbctl"), "{shell}");
    }
    assert_eq!(run(&[], &["completions", "cmd"]).exit, 2);
}

#[test]
fn a_script_is_compared_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("_tcbctl");
    let check = || run(&[], &["completions", "zsh", "--check", file.to_str().unwrap()]).exit;
    assert_eq!(check(), 1, "there is none yet");
    std::fs::write(&file, script("zsh")).unwrap();
    assert_eq!(check(), 0);
}
