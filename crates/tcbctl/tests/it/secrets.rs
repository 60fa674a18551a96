//! Canaries: each secret is planted, the server repeats it, and nothing that is printed may hold
//! it.

use std::fs;

use crate::echo::{Manner, TOKEN, start};
use crate::support::{BACKENDS, owner_only, run};

const COMMANDS: [&[&str]; 4] = [
    &["cloud", "open"],
    &["env", "create", "shop", "--another"],
    &["function", "create", "f", "--env", "e"],
    &["env", "policy", "get", "--env", "e"],
];

/// Where all commands fail alike, on the way to a token.
const ONE: &[&[&str]] = &[COMMANDS[0]];

const PLATFORM: [(&str, &str); 5] = [
    ("TCBCTL_COMPONENT_APPID", "wxplatform"),
    ("TCBCTL_COMPONENT_APPSECRET", "canary-secret"),
    ("TCBCTL_TICKET", "canary-ticket"),
    ("TCBCTL_AUTHORIZER_APPID", "wxmerchant"),
    ("TCBCTL_REFRESH_TOKEN", "canary-refresh"),
];

/// Runs these commands in every way and looks for canaries. Answers what was printed.
fn search(manner: Manner, credentials: &[(&str, &str)], commands: &[&[&str]]) -> String {
    let url = start(manner);
    let env = [credentials, &[("TCBCTL_BASE_URL", url.as_str())]].concat();
    let mut printed = String::new();
    for command in commands {
        for backend in BACKENDS {
            for format in ["table", "json"] {
                let run = run(&env, &[*command, &["--backend", backend, "-o", format]].concat());
                assert_ne!(run.exit, 0, "{run:?}");
                let all = run.stdout + &run.stderr;
                assert!(!all.contains("canary"), "{manner:?} {command:?}: {all}");
                printed.push_str(&all);
            }
        }
    }
    printed
}

#[test]
fn a_token_that_the_server_repeats_is_not_printed() {
    let printed = search(Manner::Refuse, &[("TCBCTL_ACCESS_TOKEN", "canary-token")], &COMMANDS);
    assert!(printed.contains("said: you sent POST /tcb/createenvandresource?access_token=[redacted]"));
}

#[test]
fn a_token_in_a_broken_answer_is_not_printed() {
    let printed = search(Manner::Break, &[("TCBCTL_ACCESS_TOKEN", "canary-token")], &COMMANDS);
    assert!(printed.contains("HTTP status 500"), "{printed}");
}

#[test]
fn the_platform_s_secrets_are_not_printed() {
    search(Manner::Refuse, &PLATFORM, ONE);
    search(Manner::Break, &PLATFORM, ONE);
}

#[test]
fn the_merchant_s_secrets_are_not_printed() {
    assert!(TOKEN.contains("canary"));
    search(Manner::GiveTokens, &PLATFORM, ONE);
    search(Manner::GiveTokens, &PLATFORM[..4], ONE);
}

#[test]
fn a_secret_in_a_file_is_used_and_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "canary-token\n").unwrap();
    owner_only(&path);
    let printed = search(Manner::Refuse, &[("TCBCTL_ACCESS_TOKEN_FILE", path.to_str().unwrap())], ONE);
    assert!(printed.contains("access_token=[redacted]"), "the token was sent: {printed}");
}

#[cfg(unix)]
#[test]
fn a_secret_in_a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "canary-token\n").unwrap();
    let env = [("TCBCTL_ACCESS_TOKEN_FILE", path.to_str().unwrap())];
    for mode in [0o644, 0o640, 0o604] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let refused = run(&env, &["cloud", "open", "-o", "json"]);
        assert_eq!(refused.exit, 2, "{mode:o}: {refused:?}");
        let hint = format!("chmod 600 {}", path.display());
        assert_eq!(refused.json()["error"]["hint"], hint.as_str(), "{mode:o}");
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(!run(&env, &["cloud", "open"]).stderr.contains("chmod"), "{mode:o}");
    }
}
