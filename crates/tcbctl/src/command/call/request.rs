//! From arguments to a request.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;

use clap::Args;
use serde_json::{Map, Value};
use tcb_catalogue::{Field, FieldType, Finding, FindingKind, Location, Method, Operation};

use crate::args::As;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::{current, say};
use crate::lookup::OperationParser;
use crate::masking;
use crate::words::of_system;

/// Any operation, by its documented names || 按文档中的名称调用任意接口
///
/// The request is compared with the documentation first. What does not fit is named, and nothing is
/// sent. Secrets are not taken from arguments: put the body that holds them into a file, or pipe it
/// in, with `--data @FILE` and `--data @-`. ||
/// 请求先与文档对照，不符之处逐一指出，并且什么都不发送。参数中不接受密钥：请把含密钥的请求体放进文件或用管道传入，
/// 即 `--data @FILE` 和 `--data @-`。
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// Official id of the operation, in any case, or its path || 接口的官方名称（不分大小写）或路径
    #[arg(value_parser = OperationParser, hide_possible_values = true)]
    pub(crate) operation: &'static Operation,
    /// The body: JSON, or `@FILE` for a file that holds it, `@-` for standard input ||
    /// 请求体：JSON，或 `@FILE` 表示取自文件，`@-` 表示取自标准输入
    #[arg(long, value_name = "JSON")]
    pub(crate) data: Option<String>,
    /// Sets a member of the body: dots lead into objects, objects and arrays are JSON, everything
    /// else is read as the member's documented type ||
    /// 设置请求体的一个成员：点号进入对象，对象和数组写 JSON，其余按文档中的类型读取
    #[arg(short = 'f', long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
    /// Adds a parameter to the URL || 在 URL 中加入一个参数
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) query: Vec<String>,
    /// Whose token to use, where the operation takes either; the merchant's if not set ||
    /// 接口两种令牌都接受时用谁的；不给出则用授权方的
    #[arg(long = "as", value_name = "WHO", value_enum)]
    pub(crate) token_of: Option<As>,
    /// Say that the call only reads, so that it is repeated when it fails || 声明此调用只读取，失败时可以重复
    #[arg(long, conflicts_with = "idempotent")]
    pub(crate) read: bool,
    /// Say that sending it twice does what sending it once does, so that it is repeated when it
    /// fails || 声明发送两次与发送一次效果相同，失败时可以重复
    #[arg(long)]
    pub(crate) idempotent: bool,
    /// Print the secrets of the answer, and with --dry-run those of the request ||
    /// 打印返回中的密钥；与 --dry-run 同用时打印请求中的密钥
    #[arg(long)]
    pub(crate) show_secrets: bool,
}

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
        let message = say!(
            "{id}: the request is not as documented; nothing was sent",
            "{id}：请求与文档不符；什么都没有发送"
        );
        Err(usage("request", message)
            .findings(findings.iter().map(told).collect())
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
        let id = &operation.id;
        let message = say!(
            "the body of {id} is one value, which has no members for -f",
            "{id} 的请求体是单个值，没有可供 -f 设置的成员"
        );
        return Err(usage("arguments", message).hint(say!("give it with --data", "用 --data 给出")));
    }
    let (mut members, mut seen) = (Map::new(), BTreeSet::new());
    for argument in arguments {
        let (name, text) = split(argument, "-f")?;
        let path: Vec<&str> = name.split('.').collect();
        if path.contains(&"") {
            return Err(usage("arguments", say!("-f {name}: a name is empty", "-f {name}：名称为空")));
        }
        if !seen.insert(name) {
            return Err(usage("arguments", say!("-f {name}: given twice", "-f {name}：给出了两次")));
        }
        let value = read_text(kind(&operation.request, &path), text);
        place(&mut members, &path, value).ok_or_else(|| {
            usage(
                "arguments",
                say!(
                    "-f {name}: another argument sets what is around it",
                    "-f {name}：另一个参数设置了它所在的对象"
                ),
            )
        })?;
    }
    Ok(Value::Object(members))
}

fn split<'a>(argument: &'a str, option: &str) -> Result<(&'a str, &'a str), Box<Failure>> {
    let split = argument.split_once('=').filter(|(name, _)| !name.is_empty());
    split.ok_or_else(|| {
        usage(
            "arguments",
            say!(
                "{option} takes NAME=VALUE, and one of those given has no name or no `=`",
                "{option} 的形式是 NAME=VALUE，其中一个缺少名称或 `=`"
            ),
        )
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
        let id = &operation.id;
        usage(
            "arguments",
            say!(
                "{id}: --data is no object, so -f cannot set its members",
                "{id}：--data 不是对象，-f 无法设置其成员"
            ),
        )
    })?;
    over(members, fields);
    Ok(())
}

/// What does not fit, in the language of this run.
fn told(finding: &Finding) -> String {
    let what = match finding.kind {
        FindingKind::Missing => "缺少此必填项".to_owned(),
        FindingKind::UnknownField => "文档中没有此字段".to_owned(),
        FindingKind::WrongType { expected, found } => format!("类型应为 {expected}，实为 {found}"),
        FindingKind::NotInEnum => "不是文档列出的取值".to_owned(),
        FindingKind::NotJson => "文本不是合法的 JSON".to_owned(),
        FindingKind::NotBase64 => "文本不是合法的 Base64".to_owned(),
        kind => kind.to_string(),
    };
    let path = if finding.path.is_empty() { "body" } else { &finding.path };
    current().pick(finding.to_string(), format!("{path}：{what}"))
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
    Err(usage(
        "secret_argument",
        say!("a secret is never an argument; nothing was sent", "密钥不能作为参数；什么都没有发送"),
    )
        .findings(found.into_iter().map(|path| say!("{path}: a secret", "{path}：密钥")).collect())
        .why(say!(
            "every process of the machine sees arguments, and the shell keeps them",
            "本机所有进程都能看到参数，shell 也会保存它们"
        ))
        .hint(say!(
            "tcbctl call {id} --data @FILE   (or --data @- to pipe the body in, made from variables of the environment)",
            "tcbctl call {id} --data @FILE   （或用 --data @- 以管道传入由环境变量生成的请求体）"
        )))
}

/// What `--data` says: JSON, or where it stands.
pub(crate) fn json_of(data: &str) -> Result<Value, Box<Failure>> {
    data.strip_prefix('@').map_or_else(|| parse(data, "--data"), read_file)
}

fn read_file(path: &str) -> Result<Value, Box<Failure>> {
    let unreadable = |error: &std::io::Error| {
        usage(
            "arguments",
            say!(
                "--data @{path} cannot be read: {error}",
                "--data @{path} 无法读取：{error}",
                error = of_system(error)
            ),
        )
    };
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
        let (line, column) = (error.line(), error.column());
        usage(
            "arguments",
            say!(
                "{whence} is not JSON (line {line}, column {column})",
                "{whence} 不是合法的 JSON（第 {line} 行，第 {column} 列）"
            ),
        )
        .hint(say!("a file is named with @ in front: --data @body.json", "文件名前加 @：--data @body.json"))
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
