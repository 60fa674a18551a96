use crate::support::run;

#[test]
fn the_help_lists_environment_and_exit_codes() {
    let help = run(&[], &["--help"]);
    assert_eq!((help.exit, help.stderr.as_str()), (0, ""));
    for text in [
        "TCBCTL_BASE_URL             the target; http://127.0.0.1:8099 if not set",
        "TCBCTL_ACCESS_TOKEN_FILE",
        "   8  waiting for a human; run the same command again when it is done",
        "  10  a change was perhaps made, reading back does not tell; look before you repeat it",
    ] {
        assert!(help.stdout.contains(text), "{text} is not in {}", help.stdout);
    }
}

#[test]
fn each_command_has_help() {
    for command in [
        &["demo"][..],
        &["emu", "start"],
        &["cloud", "open"],
        &["env", "create"],
        &["function", "create"],
        &["env", "policy", "get"],
        &["env", "policy", "set"],
        &["account", "create"],
        &["call"],
        &["completions"],
        &["explain"],
        &["fleet", "apply"],
    ] {
        let help = run(&[], &[command, &["--help"]].concat());
        assert_eq!(help.exit, 0, "{command:?}");
        assert!(help.stdout.contains("Usage: tcbctl "), "{}", help.stdout);
    }
}

#[test]
fn the_help_of_a_call_tells_of_its_operation() {
    for (language, title) in
        [("en", "title: Create a cloud environment (创建云环境)"), ("zh", "名称：创建云环境")]
    {
        let explained = run(&[], &["explain", "createEnv", "--lang", language]).stdout;
        let help = run(&[], &["call", "createEnv", "--help", "--lang", language]).stdout;
        assert!(explained.contains(title) && help.ends_with(&explained), "{help}");
        let short = run(&[], &["call", "createEnv", "-h", "--lang", language]).stdout;
        assert!(!short.contains(title), "{short}");
    }
}

#[test]
fn an_argument_that_is_called_version_has_its_own_help() {
    let help = run(&[], &["env", "policy", "set", "--help"]).stdout;
    let (_, options) = help.split_once("\nOptions:\n").unwrap();
    let (own, global) = options.split_once("\nGlobal options:\n").unwrap();
    assert!(own.contains("--version <N>") && own.contains("Version to send"), "{help}");
    assert!(!global.contains("--version"), "{help}");
}

#[test]
fn nonsense_is_wrong_usage() {
    for args in [&[][..], &["frobnicate"], &["env", "create"], &["env", "policy", "set", "--env", "e"]] {
        let refused = run(&[], args);
        assert_eq!((refused.exit, refused.stdout.as_str()), (2, ""), "{args:?}");
    }
}

#[test]
fn programs_read_of_wrong_usage_too() {
    for args in [
        &["env", "create", "-o", "json"][..],
        &["-ojson", "frobnicate"],
        &["--output=json", "explain", "creatFunction"],
        &["env", "create", "a", "--bogus", "--output", "json"],
        &["-o", "json"],
    ] {
        let refused = run(&[], args);
        assert_eq!(refused.exit, 2, "{args:?}");
        let object = refused.json();
        let error = &object["error"];
        assert_eq!((&object["ok"], &error["kind"]), (&false.into(), &"usage".into()), "{object}");
        assert_eq!((&error["exit_code"], &object["schema"]), (&2.into(), &1.into()), "{object}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains(['\n', '\u{1b}']), "{message}");
        assert!(!refused.stderr.is_empty(), "people read it on standard error: {refused:?}");
    }
    assert_eq!(run(&[], &["env", "create", "--help", "-o", "json"]).exit, 0, "help is no failure");
}
