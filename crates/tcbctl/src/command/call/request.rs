//! From arguments to a request.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;

use serde_json::{Map, Value};
use tcb_catalogue::{Field, FieldType, Location, Method, Operation};

use crate::cli::CallArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::masking;

/// A request as the arguments describe it.
#[derive(Debug)]
pub(super) struct CallRequest {
    pub(super) query: Vec<(String, String)>,
    /// The body; `null` when there is none.
    pub(super) body: Value,
}

impl CallRequest {
    /// Reads the arguments. Nothing that fails here repeats a value: it may be a secret.
    pub(super) fn read(call: &CallArgs) -> Result<Self, Box<Failure>> {
        let operation = call.operation;
        let query = read_query(&call.query)?;
        let fields = read_fields(operation, &call.fields)?;
        let data = call.data.as_deref();
        let inline = match data.filter(|data| !data.starts_with('@')) {
            Some(text) => parse(text, "--data")?,
            None => Value::Null,
        };
        refuse_secrets(operation, &query, [&inline, &fields])?;

        let mut body = match data.and_then(|data| data.strip_prefix('@')) {
            Some(path) => read_file(path)?,
            None => inline,
        };
        if let Value::Object(fields) = fields {
            merge(operation, &mut body, fields)?;
        }
        if body.is_null() && operation.method == Method::Post && !has_raw_body(operation) {
            body = Value::Object(Map::new());
        }
        Ok(Self { query, body })
    }

    /// Compares the request with the documentation.
    pub(super) fn check(&self, operation: &Operation) -> Result<(), Box<Failure>> {
        let query: Vec<(&str, &str)> =
            self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let findings = operation.check_request(&query, &self.body);
        if findings.is_empty() {
            return Ok(());
        }
        let id = &operation.id;
        let message = format!("{id}: the request is not as documented; nothing was sent");
        Err(usage("request", message)
            .findings(findings.iter().map(ToString::to_string).collect())
            .hint(format!("tcbctl explain {id}")))
    }
}

fn usage(kind: &'static str, message: impl Into<String>) -> Box<Failure> {
    Failure::new(Exit::Usage, kind, message)
}

fn read_query(arguments: &[String]) -> Result<Vec<(String, String)>, Box<Failure>> {
    let split = |argument: &String| {
        split(argument, "--query").map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    arguments.iter().map(split).collect()
}

/// The members that `-f` sets; `null` when there is none.
fn read_fields(operation: &Operation, arguments: &[String]) -> Result<Value, Box<Failure>> {
    if arguments.is_empty() {
        return Ok(Value::Null);
    }
    if has_raw_body(operation) {
        let message = format!("the body of {} is one value, which has no members for -f", operation.id);
        return Err(usage("arguments", message).hint("give it with --data"));
    }
    let (mut members, mut seen) = (Map::new(), BTreeSet::new());
    for argument in arguments {
        let (name, text) = split(argument, "-f")?;
        let path: Vec<&str> = name.split('.').collect();
        if path.contains(&"") {
            return Err(usage("arguments", format!("-f {name}: a name is empty")));
        }
        if !seen.insert(name) {
            return Err(usage("arguments", format!("-f {name}: given twice")));
        }
        let value = read_text(kind(&operation.request, &path), text);
        place(&mut members, &path, value).ok_or_else(|| {
            usage("arguments", format!("-f {name}: another argument sets what is around it"))
        })?;
    }
    Ok(Value::Object(members))
}

fn split<'a>(argument: &'a str, option: &str) -> Result<(&'a str, &'a str), Box<Failure>> {
    let split = argument.split_once('=').filter(|(name, _)| !name.is_empty());
    split.ok_or_else(|| {
        usage("arguments", format!("{option} takes NAME=VALUE, and one of those given has no name or no `=`"))
    })
}

fn has_raw_body(operation: &Operation) -> bool {
    operation.request.iter().any(|field| field.location == Location::RawBody)
}

/// The documented type of the member at `path`. Without one it is sent as text.
fn kind(fields: &[Field], path: &[&str]) -> FieldType {
    let (name, below) = match path {
        [] => return FieldType::String,
        [name, below @ ..] => (name, below),
    };
    let in_body = |field: &&Field| field.location == Location::Body && field.name == *name;
    match fields.iter().find(in_body) {
        Some(field) if below.is_empty() => field.kind,
        Some(field) => kind(&field.fields, below),
        None => FieldType::String,
    }
}

/// Reads text as a type. Text that does not read stays text: the check then names the member and
/// its type.
fn read_text(kind: FieldType, text: &str) -> Value {
    let read = match kind {
        FieldType::Integer | FieldType::Number | FieldType::Boolean => {
            serde_json::from_str::<Value>(text).ok().filter(|read| read.is_number() || read.is_boolean())
        }
        FieldType::Object | FieldType::Array => serde_json::from_str(text).ok(),
        _ => None,
    };
    read.unwrap_or_else(|| Value::from(text))
}

/// Puts `value` at `path`, and objects around it. `None` when something else is there.
fn place(members: &mut Map<String, Value>, path: &[&str], value: Value) -> Option<()> {
    match path {
        [] => None,
        [name] if members.contains_key(*name) => None,
        [name] => {
            members.insert((*name).to_owned(), value);
            Some(())
        }
        [name, below @ ..] => {
            let inner = members.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            place(inner.as_object_mut()?, below, value)
        }
    }
}

/// Lays `fields` over the body that `--data` gave.
fn merge(operation: &Operation, body: &mut Value, fields: Map<String, Value>) -> Result<(), Box<Failure>> {
    fn over(members: &mut Map<String, Value>, fields: Map<String, Value>) {
        for (name, value) in fields {
            match (members.get_mut(&name), value) {
                (Some(Value::Object(inner)), Value::Object(fields)) => over(inner, fields),
                (_, value) => {
                    members.insert(name, value);
                }
            }
        }
    }
    if body.is_null() {
        *body = Value::Object(Map::new());
    }
    let members = body.as_object_mut().ok_or_else(|| {
        usage("arguments", format!("{}: --data is no object, so -f cannot set its members", operation.id))
    })?;
    over(members, fields);
    Ok(())
}

/// Arguments are seen by every process of the machine and kept in the shell's history.
fn refuse_secrets(
    operation: &Operation,
    query: &[(String, String)],
    bodies: [&Value; 2],
) -> Result<(), Box<Failure>> {
    let id = operation.id.as_str();
    let in_query = query.iter().map(|(name, _)| name).filter(|name| masking::is_secret(id, name));
    let in_bodies = bodies.into_iter().flat_map(|body| masking::secrets(id, body)).map(|(path, _)| path);
    let found: Vec<String> = in_query.map(|name| format!("?{name}")).chain(in_bodies).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(usage("secret_argument", "a secret is never an argument; nothing was sent")
        .findings(found.into_iter().map(|path| format!("{path}: a secret")).collect())
        .why("every process of the machine sees arguments, and the shell keeps them")
        .hint(format!(
            "tcbctl call {id} --data @FILE   (or --data @- to pipe the body in, made from variables of the environment)"
        )))
}

fn read_file(path: &str) -> Result<Value, Box<Failure>> {
    let unreadable =
        |error: &std::io::Error| usage("arguments", format!("--data @{path} cannot be read: {error}"));
    let text = if path == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map_err(|error| unreadable(&error))?;
        text
    } else {
        fs::read_to_string(path).map_err(|error| unreadable(&error))?
    };
    parse(&text, &format!("--data @{path}"))
}

fn parse(text: &str, whence: &str) -> Result<Value, Box<Failure>> {
    serde_json::from_str(text).map_err(|error| {
        // The error's own words can repeat what stands there.
        let place = format!("line {}, column {}", error.line(), error.column());
        usage("arguments", format!("{whence} is not JSON ({place})"))
            .hint("a file is named with @ in front: --data @body.json")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::*;
    use crate::cli::{Cli, Command};

    fn read(args: &[&str]) -> Result<CallRequest, Box<Failure>> {
        let cli = Cli::try_parse_from([&["tcbctl", "call"], args].concat()).unwrap();
        let Command::Call(call) = cli.command else { panic!() };
        let request = CallRequest::read(&call)?;
        request.check(call.operation)?;
        Ok(request)
    }

    #[test]
    fn text_is_read_as_the_documented_type() {
        let request = read(&[
            "createcsversion",
            "-f",
            "env=007",
            "-f",
            "service_name=true",
            "-f",
            "upload_type=image",
            "-f",
            "flow_ratio=100",
            "-f",
            "cpu=0.25",
            "-f",
            "mount_wx_token=true",
        ]);
        assert_eq!(
            request.unwrap().body,
            json!({
                "env": "007",
                "service_name": "true",
                "upload_type": "image",
                "flow_ratio": 100,
                "cpu": 0.25,
                "mount_wx_token": true,
            })
        );
    }

    #[test]
    fn dots_lead_into_objects_and_arrays_are_json() {
        let operation = crate::lookup::operation("createcsversion").unwrap();
        let fields = ["image_info.tagname=1", "image_info.ispublic=true", "code_detail.name.name=2"];
        let body = read_fields(operation, &fields.map(str::to_owned)).unwrap();
        assert_eq!(
            body,
            json!({"image_info": {"tagname": "1", "ispublic": true}, "code_detail": {"name": {"name": "2"}}})
        );

        let list = read_text(FieldType::Array, r#"["a","b"]"#);
        assert_eq!(list, json!(["a", "b"]));
        assert_eq!(read_text(FieldType::Array, "a,b"), json!("a,b"), "the check names it");
    }

    #[test]
    fn all_that_does_not_fit_is_named() {
        let failure = read(&["createEnv", "-f", "aliass=shop", "-f", "type=Prepaid"]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(
            failure.findings,
            [
                "type: not one of the documented values",
                "alias: required but missing",
                "aliass: not a documented field"
            ]
        );
    }

    #[test]
    fn an_argument_that_contradicts_another_is_refused() {
        for args in [
            &["createEnv", "-f", "alias=a", "-f", "alias=b"][..],
            &["createEnv", "-f", "alias=a", "-f", "alias.b=c"],
            &["createEnv", "-f", "alias.b=c", "-f", "alias=a"],
            &["createEnv", "-f", "canary"],
            &["createEnv", "-f", "=canary"],
            &["createEnv", "-f", "alias.=canary"],
            &["createEnv", "--data", "canary"],
            &["createEnv", "--data", "[]", "-f", "alias=a"],
            &["createEnv", "--data", "@/nowhere"],
            &["invokeCloudFunction", "--query", "env=e", "--query", "name=f", "-f", "a=b"],
        ] {
            let failure = read(args).unwrap_err();
            assert_eq!((failure.exit, failure.kind), (Exit::Usage, "arguments"), "{args:?}");
            assert!(!failure.to_string().contains("canary"), "{failure}");
        }
    }

    #[test]
    fn a_field_goes_over_the_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body.json");
        fs::write(&path, r#"{"type":"CreatePostpayPackage","alias":"old"}"#).unwrap();
        let data = format!("@{}", path.display());
        let request = read(&["createEnv", "--data", &data, "-f", "alias=new"]).unwrap();
        assert_eq!(request.body, json!({"type": "CreatePostpayPackage", "alias": "new"}));
    }

    #[test]
    fn parameters_and_a_body_of_one_value_go_where_they_belong() {
        let query = ["--query", "env=e", "--query", "name=f"];
        let request = read(&[&["invokeCloudFunction", "--data", r#"{"a":1}"#][..], &query].concat()).unwrap();
        assert_eq!(request.body, json!({"a": 1}));
        assert_eq!(request.query, [("env".into(), "e".into()), ("name".into(), "f".into())]);
        let failure = read(&["invokeCloudFunction", "--data", "{}"]).unwrap_err();
        assert_eq!(failure.findings, ["?env: required but missing", "?name: required but missing"]);
    }

    #[test]
    fn a_secret_is_never_an_argument() {
        for args in [
            &["startPushTicket", "-f", "component_secret=canary"][..],
            &["startPushTicket", "--data", r#"{"component_secret":"canary"}"#],
            &["createcsversion", "-f", r#"image_secret_info={"password":"canary"}"#],
            &["createcsversion", "-f", "image_secret_info.password=canary"],
            &["getAuthorizerRefreshToken", "-f", "authorization_code=canary"],
            &["createEnv", "--query", "access_token=canary"],
        ] {
            let failure = read(args).unwrap_err();
            assert_eq!((failure.exit, failure.kind), (Exit::Usage, "secret_argument"), "{args:?}");
            assert!(!failure.to_string().contains("canary"), "{failure}");
        }
    }
}
