//! The official samples of one endpoint, through its types.

use serde_json::{Map, Value};
use tcb_catalogue::{FieldType, Location, Operation, Sample};
use tcb_types::registry::Entry;

use super::finding::{Finding, Findings};
use crate::workspace;

/// What came of the samples of one endpoint.
pub(super) struct Outcome {
    /// How many answers were read.
    pub(super) decoded: usize,
    pub(super) findings: Vec<Finding>,
}

/// Sends and reads every sample. A sample belongs to the types that send exactly its request; at
/// least one has to, and each of those has to read its answer.
pub(super) fn endpoint(operation: &Operation, types: &[&Entry]) -> Outcome {
    let mut findings = Findings::of(&operation.id);
    let mut decoded = 0;
    for sample in &operation.samples {
        let members = members(operation, sample);
        let (mut owners, mut refusals) = (Vec::new(), Vec::new());
        for one in types {
            match reproduces(one, &members, sample) {
                Ok(()) => owners.push(*one),
                Err(refusal) => refusals.push(format!("{refusal} ({})", one.rust_name)),
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
            if let Err(error) = owner.decode(answer.to_string().as_bytes()) {
                let refusal = workspace::with_causes(&error);
                refused = true;
                let at = format!("sample {:?}, answer", sample.name);
                findings.add(
                    at,
                    answer.to_string(),
                    format!("does not decode: {refusal} ({})", owner.rust_name),
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
pub(super) fn is_of(operation: &Operation, sample: &Sample, one: &Entry) -> bool {
    reproduces(one, &members(operation, sample), sample).is_ok()
}

fn reproduces(one: &Entry, members: &Value, sample: &Sample) -> Result<(), String> {
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
