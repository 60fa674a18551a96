//! The official samples of one endpoint, through its types.

use serde_json::{Map, Value};
use tcb_catalogue::{FieldType, Location, Operation, Sample};

use super::finding::{Finding, Findings};
use super::typed::Typed;

/// What came of the samples of one endpoint.
pub(super) struct Outcome {
    /// How many answers were read.
    pub(super) decoded: usize,
    pub(super) findings: Vec<Finding>,
}

/// Sends and reads every sample. A sample belongs to the types that send exactly its request; at
/// least one has to, and each of those has to read its answer.
pub(super) fn endpoint(operation: &Operation, types: &[&dyn Typed]) -> Outcome {
    let mut findings = Findings::of(&operation.id);
    let mut decoded = 0;
    for sample in &operation.samples {
        let members = members(operation, sample);
        let (mut owners, mut refusals) = (Vec::new(), Vec::new());
        for one in types {
            match reproduces(*one, &members, sample) {
                Ok(()) => owners.push(*one),
                Err(refusal) => refusals.push(format!("{refusal} ({})", one.name())),
            }
        }
        if owners.is_empty() {
            let at = format!("sample {:?}, request", sample.name);
            findings.add(at, sent(&sample.query, &sample.request), refusals.join("; "));
            continue;
        }
        let Some(answer) = &sample.response else { continue };
        let mut refused = false;
        for owner in owners {
            if let Err(refusal) = owner.decode(answer.to_string().as_bytes()) {
                refused = true;
                let at = format!("sample {:?}, answer", sample.name);
                findings.add(
                    at,
                    answer.to_string(),
                    format!("does not decode: {refusal} ({})", owner.name()),
                );
            }
        }
        decoded += usize::from(!refused);
    }
    Outcome { decoded, findings: findings.into_vec() }
}

/// All members of a request, wherever they travel, as a type reads them.
fn members(operation: &Operation, sample: &Sample) -> Value {
    let mut members = match &sample.request {
        Value::Object(members) => members.clone(),
        _ => Map::new(),
    };
    if let Some(raw) = operation.request.iter().find(|field| field.location == Location::RawBody) {
        members = Map::from_iter([(raw.name.clone(), sample.request.clone())]);
    }
    for (name, text) in &sample.query {
        let kind = operation.request.iter().find(|field| field.name == *name).map(|field| field.kind);
        let value = match kind {
            Some(FieldType::Integer | FieldType::Number | FieldType::Boolean) => {
                serde_json::from_str(text).ok()
            }
            _ => None,
        };
        members.insert(name.clone(), value.unwrap_or_else(|| Value::from(text.as_str())));
    }
    Value::Object(members)
}

/// Whether the type sends the request of the sample, so that the answer is one of its own.
#[cfg(test)]
pub(super) fn is_of(operation: &Operation, sample: &Sample, one: &dyn Typed) -> bool {
    reproduces(one, &members(operation, sample), sample).is_ok()
}

fn reproduces(one: &dyn Typed, members: &Value, sample: &Sample) -> Result<(), String> {
    let mut now = one.reproduce(members).map_err(|refusal| format!("does not read it: {refusal}"))?;
    now.query.sort();
    let same_query = now.query.iter().map(|(name, text)| (name, text)).eq(sample.query.iter());
    if same_query && now.body == sample.request {
        return Ok(());
    }
    Err(format!("sends {}", sent(now.query.iter().map(|(name, text)| (name, text)), &now.body)))
}

/// A request in one line.
fn sent<'a>(query: impl IntoIterator<Item = (&'a String, &'a String)>, body: &Value) -> String {
    let query: Vec<_> = query.into_iter().map(|(name, text)| format!("{name}={text}")).collect();
    if query.is_empty() { body.to_string() } else { format!("?{} {body}", query.join("&")) }
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "`json!` reads better in place")]
mod tests {
    use serde_json::{Value, json};
    use tcb_catalogue::Operation;
    use tcb_types::registry::Sent;

    use super::endpoint;
    use crate::catalogue::testing::{Fake, operation};
    use crate::catalogue::typed::Typed;

    fn found(operation: &Operation, types: &[Fake]) -> Vec<(String, String, String)> {
        let types: Vec<&dyn Typed> = types.iter().map(|one| one as &dyn Typed).collect();
        endpoint(operation, &types)
            .findings
            .into_iter()
            .map(|finding| (finding.at, finding.catalogue, finding.types))
            .collect()
    }

    fn sampled(samples: Value) -> Operation {
        operation(json!({"samples": samples}))
    }

    fn only(action: &'static str) -> fn(&Value) -> Result<Sent, String> {
        match action {
            "get" => |members| send_if(members, "get"),
            _ => |members| send_if(members, "set"),
        }
    }

    fn send_if(members: &Value, action: &str) -> Result<Sent, String> {
        if members["action"] != action {
            return Err(format!("action is not {action}"));
        }
        Ok(Sent { query: Vec::new(), body: members.clone() })
    }

    #[test]
    fn a_member_that_gets_lost_or_added_is_found() {
        let operation = sampled(json!([{"name": "a", "request": {"n": 1}, "response": null}]));
        let loses = Fake::new("Make").reproduces(|_| Ok(Sent { query: Vec::new(), body: json!({}) }));
        let expected = ("sample \"a\", request".into(), "{\"n\":1}".into(), "sends {} (Make)".into());
        assert_eq!(found(&operation, &[loses]), [expected]);
    }

    #[test]
    fn a_sample_belongs_to_the_type_that_sends_it() {
        let operation = sampled(json!([
            {"name": "get", "request": {"action": "get"}, "response": {"version": 2}},
            {"name": "set", "request": {"action": "set"}, "response": {}}
        ]));
        let needs_version = |answer: &Value| answer.get("version").map(|_| ()).ok_or("no version".to_owned());
        let get = Fake::new("Get").reproduces(only("get")).decodes(needs_version);
        let set = Fake::new("Set").reproduces(only("set"));
        assert_eq!(found(&operation, &[get.clone(), set]), []);
        let orphan = found(&operation, &[get]);
        assert_eq!(orphan.len(), 1);
        assert_eq!(orphan[0].2, "does not read it: action is not get (Get)");
    }

    #[test]
    fn an_answer_that_does_not_decode_is_found() {
        let operation = sampled(json!([{"name": "a", "request": {}, "response": {"id": 7}}]));
        let fake = Fake::new("Make").decodes(|_| Err("id: not text".to_owned()));
        let expected = (
            "sample \"a\", answer".into(),
            "{\"id\":7}".into(),
            "does not decode: id: not text (Make)".into(),
        );
        assert_eq!(found(&operation, &[fake]), [expected]);
    }

    #[test]
    fn parameters_of_the_url_are_read_by_their_type_and_compared() {
        let operation = operation(json!({
            "request": [
                {"name": "action", "type": "string", "in": "query", "about": ""},
                {"name": "page", "type": "integer", "in": "query", "about": ""}
            ],
            "samples": [{"name": "a", "query": {"action": "add", "page": "2"}, "request": {"env": "e"}, "response": null}]
        }));
        let right = Fake::new("Make").reproduces(|members| {
            assert_eq!(*members, json!({"action": "add", "page": 2, "env": "e"}));
            let query = vec![("page".into(), "2".into()), ("action".into(), "add".into())];
            Ok(Sent { query, body: json!({"env": "e"}) })
        });
        assert_eq!(found(&operation, &[right]), []);
        let wrong = Fake::new("Make").reproduces(|_| {
            Ok(Sent { query: vec![("action".into(), "add".into())], body: json!({"env": "e"}) })
        });
        let expected = (
            "sample \"a\", request".into(),
            "?action=add&page=2 {\"env\":\"e\"}".into(),
            "sends ?action=add {\"env\":\"e\"} (Make)".into(),
        );
        assert_eq!(found(&operation, &[wrong]), [expected]);
    }
}
