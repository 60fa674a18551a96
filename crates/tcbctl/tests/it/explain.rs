use crate::support::run;

#[test]
fn a_code_is_explained_to_people() {
    let explained = run(&[], &["explain", "-601049"]);
    assert_eq!((explained.exit, explained.stderr.as_str()), (0, ""));
    assert_eq!(
        explained.stdout,
        "\
errcode: -601049
message: appid not authorized to open
about: the administrator has not agreed yet; a message was sent, call again after the confirmation
reaction: the merchant or its administrator has to do something outside the API (merchant_action)
operations: createCloudUser
meanings: createCloudUser: the mini program administrator has not agreed yet; a template message asking for consent was sent, call again after they confirm
sources: https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/admin-management/api_createclouduser.html
"
    );
}

#[test]
fn a_code_is_explained_to_programs() {
    let explained = run(&[], &["explain", "40001", "-o", "json"]).json();
    assert_eq!(explained["schema"], 1);
    assert_eq!(explained["ok"], true);
    assert_eq!(explained["errcode"], 40001);
    assert_eq!(explained["reaction"], "refresh_token_and_retry");
    let operations = explained["operations"].as_array().unwrap();
    assert!(operations.len() > 8 && !operations.contains(&"global".into()), "{operations:?}");
    assert!(explained["sources"][0].as_str().unwrap().starts_with("https://"));
}

#[test]
fn a_long_list_is_cut_for_people() {
    let explained = run(&[], &["explain", "-1"]);
    assert_eq!(explained.exit, 0);
    assert!(explained.stdout.contains(" more (-o json has them all)"), "{}", explained.stdout);
}

#[test]
fn a_code_without_a_text_is_explained_too() {
    let explained = run(&[], &["explain", "-501000"]);
    assert_eq!(explained.exit, 0);
    assert!(!explained.stdout.contains("\nmessage"), "{}", explained.stdout);
}

#[test]
fn an_unknown_code_is_not_found() {
    let unknown = run(&[], &["explain", "123456", "-o", "json"]);
    assert_eq!(unknown.exit, 4);
    assert_eq!(unknown.json()["error"]["exit_code"], 4);
    assert_eq!(run(&[], &["explain", "forty"]).exit, 2);
}

#[test]
fn an_operation_is_explained_to_people() {
    let explained = run(&[], &["explain", "createFunction"]);
    assert_eq!((explained.exit, explained.stderr.as_str()), (0, ""));
    for text in [
        "operation: createFunction",
        "method: POST",
        "path: /tcb/createfunction",
        "token: authorizer",
        "permission sets: 49 小程序云开发管理 or 64",
        "\n  function_name (string; required): ",
        "\npages:\n  https://developers.weixin.qq.com/",
    ] {
        assert!(explained.stdout.contains(text), "{text} is not in {}", explained.stdout);
    }
    for name in ["CREATEFUNCTION", "/tcb/createfunction", "tcb/createfunction"] {
        assert_eq!(run(&[], &["explain", name]).stdout, explained.stdout, "{name}");
    }
}

#[test]
fn an_operation_is_explained_to_programs() {
    let explained = run(&[], &["explain", "dbcollectionManage", "-o", "json"]).json();
    let request = explained["request"].as_array().unwrap();
    let action = request.iter().find(|field| field["name"] == "action").unwrap();
    assert_eq!((&action["in"], &action["required"]), (&"query".into(), &true.into()));
    assert!(explained["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{explained}");
    assert_eq!(explained["token"], serde_json::json!(["component"]));
}

#[test]
fn every_operation_can_be_explained_in_either_language() {
    for operation in tcb_catalogue::Catalogue::get().operations().iter().step_by(13) {
        let explained = run(&[], &["explain", &operation.id, "-o", "json"]);
        assert_eq!((explained.exit, &explained.json()["operation"]), (0, &operation.id.as_str().into()));
        let chinese = run(&[], &["explain", &operation.id, "--lang", "zh"]);
        for line in chinese.stdout.lines().filter(|line| !line.contains("://")) {
            // Names and codes stand between Chinese signs at the least.
            assert!(!line.is_ascii(), "{}: {line}", operation.id);
        }
    }
}
