//! Profiles, and who may say what.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tcb_emulator::Emulator;

use crate::support::{Run, owner_only, tcbctl};

/// A home with a user file, and a project with a file of its own.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(user: &str, project: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        for (folder, name, text) in
            [("home/tcbctl", "config.toml", user), ("project", "tcbctl.toml", project)]
        {
            let folder = place.folder.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            if !text.is_empty() {
                fs::write(folder.join(name), text).unwrap();
            }
        }
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, env: &[(&str, &str)], args: &[&str]) -> Run {
        let mut command = tcbctl(args);
        command.env("XDG_CONFIG_HOME", self.path("home")).current_dir(self.path("project"));
        let Output { status, stdout, stderr } = command.envs(env.iter().copied()).output().unwrap();
        Run {
            exit: status.code().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    fn json(&self, env: &[(&str, &str)], args: &[&str]) -> Value {
        let run = self.run(env, &[args, &["-o", "json"]].concat());
        assert_eq!(run.exit, 0, "{run:?}");
        run.json()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_comes_from_the_nearest_place() {
    let user = "profile = \"a\"\n[profiles.a]\nenv = \"of-user\"\nauthorizer_appid = \"wxuser\"\n[profiles.b]\nenv = \"of-b\"\n";
    let place = Place::new(user, "[profiles.a]\nenv = \"of-project\"\n");
    let of = |env: &[(&str, &str)], key: &str, more: &[&str]| {
        let explained = place.json(env, &[&["config", "explain", key][..], more].concat());
        (explained["value"].clone(), explained["source"].as_str().unwrap_or_default().to_owned())
    };
    let (value, source) = of(&[], "env", &[]);
    assert!(value == "of-project" && source.starts_with("project file "), "{value} {source}");
    let (value, source) = of(&[], "authorizer_appid", &[]);
    assert!(value == "wxuser" && source.starts_with("user file "), "{value} {source}");
    assert_eq!(
        of(&[("TCBCTL_ENV", "of-env")], "env", &[]),
        (json!("of-env"), "environment TCBCTL_ENV".to_owned())
    );
    assert_eq!(of(&[], "authorizer_appid", &["--authorizer-appid", "wxf"]).0, json!("wxf"));
    assert_eq!(of(&[], "env", &["--profile", "b"]).0, json!("of-b"));
    assert_eq!(of(&[("TCBCTL_PROFILE", "emulator")], "env", &[]).0, Value::Null);
    assert_eq!(of(&[], "base_url", &[]), (json!("http://127.0.0.1:8099"), "default".to_owned()));
}

#[test]
fn a_project_s_file_is_somebody_else_s() {
    let project = "profile = \"p\"\n[profiles.p]\nlive = true\nbase_url = \"https://evil.example\"\n\
                   component_appsecret = \"env:HOME\"\nticket = \"exec:touch ran\"\naccess_token = \"file:/etc/hostname\"\n";
    let place = Place::new("", project);
    for key in ["live", "base_url", "component_appsecret", "ticket", "access_token"] {
        let explained = place.json(&[], &["config", "explain", key]);
        assert_eq!(explained["ignored"].as_array().unwrap().len(), 1, "{explained}");
        assert!(explained["source"].as_str().unwrap_or("default") == "default", "{explained}");
    }
    assert_eq!(place.run(&[("TCBCTL_BASE_URL", "http://127.0.0.1:9")], &["env", "list"]).exit, 2);
    assert!(!place.path("project/ran").exists(), "its command has run");
}

#[test]
fn a_project_cannot_lead_to_the_live_service() {
    let user = "[profiles.prod]\nlive = true\nbase_url = \"https://api.weixin.qq.com\"\n";
    let place = Place::new(user, "profile = \"prod\"\n");
    let refused = place.run(&[], &["env", "list"]);
    assert_eq!(refused.exit, 2, "{refused:?}");
    assert!(refused.stderr.contains("--profile prod"), "{refused:?}");
    assert_eq!(place.json(&[], &["config", "explain", "live", "--profile", "prod"])["value"], "true");
}

#[test]
fn another_target_is_not_sent_the_credentials_of_the_profile() {
    let user = "profile = \"prod\"\n[profiles.prod]\nlive = true\nbase_url = \"https://api.weixin.qq.com\"\n\
                access_token = \"exec:echo canary\"\n";
    let place = Place::new(user, "");
    let explained =
        place.json(&[("TCBCTL_BASE_URL", "http://127.0.0.1:9")], &["config", "explain", "access_token"]);
    assert_eq!(
        (&explained["value"], explained["ignored"].as_array().unwrap().len()),
        (&Value::Null, 1),
        "{explained}"
    );
    let live = place.run(&[("TCBCTL_BASE_URL", "https://other.example")], &["env", "list"]);
    assert_eq!(live.exit, 2, "the mark is the profile's, not the address's: {live:?}");
}

#[test]
fn what_is_not_this_machine_has_to_be_marked_as_live() {
    let place = Place::new("", "");
    let env = [("TCBCTL_BASE_URL", "https://127.0.0.2.example"), ("TCBCTL_ACCESS_TOKEN", "t")];
    let refused = place.run(&env, &["env", "list"]);
    assert_eq!(refused.exit, 2, "{refused:?}");
    assert!(refused.stderr.contains("hint: export TCBCTL_LIVE=1"), "{refused:?}");
    let marked = place.run(&[&env[..], &[("TCBCTL_LIVE", "1")]].concat(), &["env", "list"]);
    assert!(marked.stderr.starts_with("LIVE: https://127.0.0.2.example\n"), "it is shown: {marked:?}");
}

#[test]
fn what_cannot_be_undone_is_not_done_unasked_on_the_live_service() {
    let place = Place::new("", "");
    let env = [
        ("TCBCTL_BASE_URL", "https://nowhere.invalid"),
        ("TCBCTL_ACCESS_TOKEN", "t"),
        ("TCBCTL_LIVE", "1"),
        ("TCBCTL_ENV", "e"),
    ];
    let refused = place.run(&env, &["db", "collection", "rm", "orders", "-o", "json"]);
    assert_eq!((refused.exit, &refused.json()["error"]["kind"]), (2, &json!("confirmation")), "{refused:?}");
    let sent = place.run(&env, &["db", "collection", "rm", "orders", "--yes", "-o", "json"]);
    assert_ne!(sent.json()["error"]["kind"], "confirmation", "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_made_used_and_leads_to_its_secrets() {
    let emulator = Emulator::start().await.unwrap();
    let place = Place::new("# mine\nprofile = \"emulator\"\n", "");
    let set = |key: &str, value: &str| place.run(&[], &["config", "profile", "set", "test", key, value]);
    assert_eq!(set("base_url", emulator.base_url()).exit, 0);
    let refused = set("access_token", "canary");
    assert_eq!(refused.exit, 2, "{refused:?}");
    assert!(!(refused.stdout + &refused.stderr).contains("canary"));
    assert_eq!(set("colour", "red").exit, 2);
    assert_eq!(place.run(&[], &["config", "profile", "use", "nowhere"]).exit, 4);
    assert_eq!(place.run(&[], &["config", "profile", "use", "test"]).exit, 0);
    let list = place.json(&[], &["config", "profile", "list"]);
    let test = list["items"].as_array().unwrap().iter().find(|item| item["name"] == "test").unwrap();
    assert_eq!(test["in_use"], "*");
    assert!(fs::read_to_string(place.path("home/tcbctl/config.toml")).unwrap().starts_with("# mine\n"));

    assert_eq!(place.run(&[], &["platform", "show"]).exit, 0, "the emulator supplies the credentials");
    for (reference, exit) in
        [("exec:echo wrong", 3), ("exec:false", 2), ("env:TCBTEST_NONE", 2), ("file:/nowhere", 2)]
    {
        assert_eq!(set("access_token", reference).exit, 0);
        let run = place.run(&[], &["env", "list"]);
        assert_eq!(run.exit, exit, "{reference}: {run:?}");
    }
    let secret = place.path("home/tcbctl/token");
    fs::write(&secret, "wrong").unwrap();
    assert_eq!(set("access_token", "file:token").exit, 0);
    check_mode(&place, &secret);
}

#[cfg(unix)]
fn check_mode(place: &Place, secret: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(secret, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(place.run(&[], &["env", "list"]).exit, 2, "others can read it");
    place.run(&[], &["doctor", "--fix"]);
    assert_eq!(place.run(&[], &["env", "list"]).exit, 3, "the file is the owner's alone now");
    owner_only(secret);
}

#[cfg(not(unix))]
fn check_mode(_: &Place, secret: &Path) {
    owner_only(secret);
}

#[test]
fn a_secret_that_stands_in_a_profile_is_refused_and_not_shown() {
    let place = Place::new("profile = \"a\"\n[profiles.a]\naccess_token = \"canary\"\n", "");
    let refused = place.run(&[], &["env", "list"]);
    let shown = place.run(&[], &["config", "explain", "access_token"]);
    assert_eq!((refused.exit, shown.exit), (2, 0), "{refused:?}");
    assert!(!format!("{refused:?}{shown:?}").contains("canary"));
    let broken = Place::new("profile = canary\n", "").run(&[], &["env", "list"]);
    assert_eq!(broken.exit, 2);
    assert!(!broken.stderr.contains("canary"), "{broken:?}");
}
