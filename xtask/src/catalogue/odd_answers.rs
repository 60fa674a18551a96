//! Official sample answers in which one value at a time is written in another kind than documented.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tcb_catalogue::Catalogue;
use tcb_types::registry::{self, Entry};

use super::check::endpoints;
use super::samples;

/// How a value is written, and what becomes of the answers: how many were read, and which places
/// were refused.
type Classes = BTreeMap<&'static str, (usize, Vec<String>)>;

/// Other ways to write a value, each with its name.
fn rewritten(value: &Value) -> Vec<(&'static str, Value)> {
    match value {
        Value::Bool(truth) => vec![
            ("truth as 0 or 1", json!(u8::from(*truth))),
            ("truth as 0.0 or 1.0", json!(f64::from(*truth))),
            ("truth as text", json!(truth.to_string())),
            ("truth as 0 or 1 in text", json!(u8::from(*truth).to_string())),
            ("truth as null", Value::Null),
        ],
        Value::Number(number) => {
            let mut ways = vec![
                ("number as text", json!(number.to_string())),
                ("number as null", Value::Null),
                ("number as truth", json!(true)),
            ];
            if number.is_i64() {
                ways.push(("number with a decimal point", json!(number.as_f64())));
            }
            ways
        }
        Value::String(_) => {
            vec![
                ("text as number", json!(7)),
                ("text as number with a decimal point", json!(0.5)),
                ("text as null", Value::Null),
                ("text as truth", json!(false)),
                ("text as nothing", json!("")),
            ]
        }
        _ => Vec::new(),
    }
}

/// Calls `visit` with all values below `value` by their path, in which lists leave no trace.
fn visit(value: &mut Value, path: &str, visit_one: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                visit_one(&path, member);
                visit(member, &path, visit_one);
            }
        }
        Value::Array(items) => {
            for item in items {
                visit_one(path, item);
                visit(item, path, visit_one);
            }
        }
        _ => {}
    }
}

/// The answers that differ from `answer` in one place, each with the name of the way and its path.
fn odd(answer: &Value) -> Vec<(&'static str, String, Value)> {
    let mut places = 0;
    visit(&mut answer.clone(), "", &mut |_, _| places += 1);
    let mut all = Vec::new();
    for place in 0..places {
        let mut ways = 1;
        let mut way = 0;
        while way < ways {
            let mut changed = answer.clone();
            let mut index = 0;
            let mut named = None;
            visit(&mut changed, "", &mut |path, value| {
                if index == place {
                    let mut others = rewritten(value);
                    if let Value::Array(items) = value {
                        let mut with_null = items.clone();
                        with_null.insert(0, Value::Null);
                        others =
                            vec![("null in a list", Value::Array(with_null)), ("list as null", Value::Null)];
                    }
                    if value.is_object() {
                        others = vec![("object as null", Value::Null)];
                    }
                    ways = others.len();
                    if let Some((name, other)) = others.into_iter().nth(way) {
                        *value = other;
                        named = Some((name, path.to_owned()));
                    }
                }
                index += 1;
            });
            all.extend(named.map(|(name, path)| (name, path, changed)));
            way += 1;
        }
    }
    all
}

/// Reads every odd answer with every type that sends the request of its sample.
fn read_all(entries: &[Entry]) -> Classes {
    let mut classes = Classes::new();
    for (id, types) in endpoints(entries) {
        let operation = Catalogue::get().operation(id).unwrap();
        if !operation.sample_deviations.is_empty() {
            continue;
        }
        for sample in &operation.samples {
            let Some(answer) = &sample.response else { continue };
            let owners = types.iter().filter(|one| samples::is_of(operation, sample, one));
            for (owner, (way, path, odd)) in
                owners.flat_map(|owner| odd(answer).into_iter().map(move |odd| (owner, odd)))
            {
                let required = owner.spec.required_in_response;
                let (read, refused) = classes.entry(way).or_default();
                let is_required = path == "errcode"
                    || required.iter().any(|one| *one == path || one.starts_with(&format!("{path}.")));
                match owner.decode(odd.to_string().as_bytes()) {
                    Ok(()) => *read += 1,
                    // What says nothing in a required place has to be refused.
                    Err(_) if is_required && (way.ends_with(" as null") || way == "text as nothing") => {}
                    Err(_) => refused.push(format!("{}: {path}", owner.rust_name)),
                }
            }
        }
    }
    for (_, refused) in classes.values_mut() {
        refused.sort();
        refused.dedup();
    }
    classes
}

/// Ways in which nothing plain is read, since it cannot be told what is meant.
const UNTOLD: [&str; 2] = ["number as truth", "text as truth"];

/// What else is refused, way by way: without a code nothing is left that shows whose answer it is,
/// and a size is no fraction.
const REFUSED: [(&str, &[&str]); 4] = [
    ("list as null", &["ListApiAddresses: ip_list", "ListCallbackAddresses: ip_list"]),
    ("object as null", &["ListSmsRecords: Response"]),
    ("text as nothing", &["ListFiles: contents.size", "ListStaticFiles: contents.size"]),
    ("text as number with a decimal point", &["ListFiles: contents.size", "ListStaticFiles: contents.size"]),
];

#[test]
fn one_odd_value_does_not_spoil_an_answer() {
    let classes = read_all(&registry::entries());
    for (way, (read, refused)) in &classes {
        println!("{way}: {read} read, refused: {refused:#?}");
    }
    for (way, (read, refused)) in classes {
        if UNTOLD.contains(&way) {
            // What is read is part of a text or of JSON that is handed on, or a token's life, which
            // any value will do for.
            assert!(read < 8 && refused.len() > 100, "{way}");
        } else {
            let expected =
                REFUSED.iter().find(|(one, _)| *one == way).map_or(&[][..], |(_, refused)| refused);
            assert_eq!(refused, expected, "{way}");
            assert!(read > 0, "{way}");
        }
    }
}
