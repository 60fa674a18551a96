use std::path::Path;

use super::*;

const WHOLE: &str = "\
environments:
  - alias: shop-${STAGE}
    functions:
      - name: hello
        folder: hello
        timeout: 7
        variables: { MODE: '${STAGE}', KEY: '${KEY}' }
        cloud_calls: [wxacode.get]
    collections:
      - name: orders
        indexes:
          - name: by_due
            unique: true
            keys: [{ field: due, order: descending }, { field: paid }]
    token_policy: { open: true, allow: [/wxa/msg_sec_check] }
  - alias: shared
    mode: batch
    share: cloud_hosting
    functions:
      - name: hello
        folder: hello
        memory: 256
        timers: { nightly: 0 0 2 * * * * }
    collections:
      - name: orders
        permission: admin_only
messages:
  - { message: event, event: user_enter_tempsession, environment: 'shop-${STAGE}', function: hello }
  - { message: text, environment: shared, function: hello }
open_account: any
";

/// A folder beside which a blueprint stands.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("hello")).unwrap();
    fs::write(folder.path().join("hello/index.js"), "exports.main = () => 1").unwrap();
    folder
}

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn parse(text: &str) -> Result<Blueprint, BlueprintError> {
    let folder = folder();
    Blueprint::parse(folder.path().join("shop.yaml"), text)
}

/// What is told of faults, without the folder.
fn told(error: &BlueprintError) -> Vec<String> {
    let name = |fault: &Fault| {
        let file = Path::new(fault.file.file_name().unwrap()).to_owned();
        Fault { file, ..fault.clone() }.to_string()
    };
    error.faults().iter().map(name).collect()
}

#[test]
fn a_blueprint_is_the_desired_state_of_each_merchant() {
    let folder = folder();
    let file = folder.path().join("shop.yaml");
    fs::write(&file, WHOLE).unwrap();
    let blueprint = Blueprint::load(&file).unwrap();
    let desired = blueprint.desired(&variables(&[("STAGE", "live"), ("KEY", "the canary")])).unwrap();

    let [shop, shared] = &desired.envs[..] else { panic!("{desired:?}") };
    assert_eq!((shop.alias.as_str(), shop.mode), ("shop-live", desired::Mode::Ordinary));
    let hello = &shop.functions[0];
    assert_eq!(
        (hello.timeout, hello.cloud_calls.as_deref()),
        (Some(7), Some(&["wxacode.get".to_owned()][..]))
    );
    assert_eq!(hello.variables.as_ref().unwrap()["MODE"].expose(), "live");
    let index = &shop.collections[0].indexes[0];
    assert!(index.unique && index.keys[0].direction == IndexDirection::Descending);
    assert_eq!(index.keys[1].direction, IndexDirection::Ascending);
    assert_eq!(shop.token_policy.as_ref().unwrap().open, Some(true));
    assert_eq!(shared.share, Some(EnvProduct::CloudHosting));
    assert_eq!((shared.mode, shared.functions[0].memory), (desired::Mode::Batch, Some(256)));
    assert!(Arc::ptr_eq(&hello.package, &shared.functions[0].package), "a folder is packed once");
    assert_eq!(shared.collections[0].permission, Some(AclTag::AdminOnly));
    let routes = desired.routes.as_deref().unwrap();
    assert_eq!(routes[0], desired::Route::event("user_enter_tempsession", "shop-live", "hello"));
    assert_eq!(routes[1], desired::Route::message("text", "shared", "hello"));
    assert_eq!(desired.open_account, Some(desired::OpenAccount::Any));
    assert!(!format!("{desired:?}").contains("canary"));
}

#[test]
fn a_name_that_a_value_leaves_empty_is_refused() {
    let blueprint = parse("environments:\n  - alias: ${A}\n    collections: [{ name: '${B}' }]\n").unwrap();
    let error = blueprint.desired(&variables(&[("A", ""), ("B", "")])).unwrap_err();
    let places: Vec<_> = error.faults().iter().map(|fault| (fault.line, fault.kind.what())).collect();
    let text = "a text should stand here".to_owned();
    assert_eq!(places, [(Some(2), text.clone()), (Some(3), text)]);
    assert!(blueprint.desired(&variables(&[("A", "a"), ("B", "b")])).is_ok());
}

#[test]
fn a_variable_without_a_value_is_told_with_its_line() {
    let blueprint = parse(WHOLE).unwrap();
    let error = blueprint.desired(&variables(&[("STAGE", "live")])).unwrap_err();
    let expected = "shop.yaml:7:45: the variable KEY has no value; give the merchant one, \
                    or write `$${KEY}` for the text itself";
    assert_eq!(told(&error), [expected]);
    let error = blueprint.desired(&variables(&[("STAGE", "x"), ("KEY", "")])).err();
    assert!(error.is_none());
    let alike = parse("environments:\n  - alias: a-${A}\n  - alias: a-${B}\n").unwrap();
    let error = alike.desired(&variables(&[("A", "1"), ("B", "1")])).unwrap_err();
    let expected = "shop.yaml:3:12: two environments have the alias `a-1`, the other in line 2; \
                    give each one of its own";
    assert_eq!(told(&error), [expected]);
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_to_write_instead() {
    let function = "environments:\n  - alias: shop\n    functions:\n";
    for (text, expected) in [
        (
            "environments:\n  - alias: shop\n    function: []\n".to_owned(),
            "shop.yaml:3:5: there is no member `function`; \
             write one of: alias, collections, functions, id, mode, share, token_policy",
        ),
        (
            "environments:\n  - mode: batch\n".to_owned(),
            "shop.yaml:2:5: the member `alias` is missing; add `alias:`",
        ),
        (
            format!("{function}      - {{ name: a, folder: nowhere }}\n"),
            "shop.yaml:4:28: FOLDER/nowhere is no folder; name the one with the code of the function",
        ),
        (
            format!("{function}      - {{ name: a, folder: hello, timeout: 301 }}\n"),
            "shop.yaml:4:44: a function cannot run for 301 seconds; write 1 to 300, in seconds",
        ),
        (
            format!("{function}      - {{ name: a, folder: hello, memory: 256 }}\n"),
            "shop.yaml:4:43: `memory` cannot be set in ordinary mode; \
             leave it out, or write `mode: batch` for the environment",
        ),
        (
            format!("{function}      - {{ name: a, folder: hello }}\n      - {{ name: a, folder: hello }}\n"),
            "shop.yaml:5:17: two functions have the name `a`, the other in line 4; give each one of its own",
        ),
        (
            "environments:\n  - alias: shop\n  - alias: shop\n".to_owned(),
            "shop.yaml:3:12: two environments have the alias `shop`, the other in line 2; give each one of its own",
        ),
        (
            "messages:\n  - { message: text, environment: shop, function: a }\n".to_owned(),
            "shop.yaml:2:35: no environment above has the alias `shop`; add one",
        ),
    ] {
        let folder = folder();
        let error = Blueprint::parse(folder.path().join("shop.yaml"), &text).unwrap_err();
        let told = told(&error).join("\n").replace(folder.path().to_str().unwrap(), "FOLDER");
        assert_eq!(told, expected, "{text}");
    }
    for (text, expected) in [
        ("environments: 7\n", "1:15: a list should stand here; write `- ` before each item"),
        ("\t- x", "1:2: members should stand here; write them as `name: value`"),
        ("open_account: some\n", "1:15: `some` is not known here; write one of: any, bind"),
        (
            "environments:\n  - alias: shop\n    functions:\n      - { name: a, folder: hello, timeout: soon }\n",
            "4:44: this is no value for the member; write a whole number",
        ),
        (
            "environments:\n  - alias: a\n    alias: b\n",
            "3:5: the member `alias` stands here a second time; leave one of the two",
        ),
    ] {
        assert_eq!(told(&parse(text).unwrap_err()), [format!("shop.yaml:{expected}")]);
    }
    let error = Blueprint::load("no/such/file.yaml").unwrap_err();
    assert!(error.to_string().starts_with("no/such/file.yaml: the blueprint cannot be read"), "{error}");
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let text = WHOLE.replace("folder: hello", "folder: gone").replace("timeout: 7", "timeout: 0");
    let error = parse(&text).unwrap_err();
    let lines: Vec<_> = error.faults().iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [Some(5), Some(6), Some(21)]);
    assert_eq!(error.to_string().lines().count(), 3);
}

#[test]
fn a_blueprint_whose_folders_are_gone_is_read_with_the_packages_that_were_kept() {
    let gone = folder();
    let file = gone.path().join("shop.yaml");
    let blueprint = Blueprint::parse(&file, WHOLE).unwrap();
    drop(gone);
    assert!(Blueprint::parse(&file, WHOLE).is_err());
    let again = Blueprint::parse_packed(&file, WHOLE, blueprint.packages().clone()).unwrap();
    let variables = variables(&[("STAGE", "live"), ("KEY", "k")]);
    assert_eq!(again.desired(&variables).unwrap(), blueprint.desired(&variables).unwrap());
}
