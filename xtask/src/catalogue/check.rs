//! `cargo xtask catalogue check`: every operation type against the catalogue.

use tcb_catalogue::{Catalogue, Operation};
use tcb_types::Class;
use tcb_types::registry::{self, Entry};

use super::accepted::{self, ACCEPTED};
use super::finding::Finding;
use super::{compare, quirks, samples};
use crate::Result;

pub(super) fn run() -> Result {
    let entries = registry::entries();
    let catalogue = Catalogue::get();
    let endpoints = endpoints(&entries);
    let mut findings = Vec::new();
    let (mut covered, mut decoded, mut deviations) = (0, 0, 0);
    for (id, types) in &endpoints {
        for one in types {
            println!("{}", line(one));
        }
        let Some(operation) = catalogue.operation(id) else {
            findings.push(Finding {
                operation: (*id).to_owned(),
                at: "spec.id".to_owned(),
                catalogue: "absent".to_owned(),
                types: types.iter().map(|one| one.rust_name).collect::<Vec<_>>().join(", "),
            });
            continue;
        };
        covered += 1;
        findings.extend(compare::endpoint(operation, types));
        let of_samples = samples::endpoint(operation, types);
        decoded += of_samples.decoded;
        if operation.sample_deviations.is_empty() {
            findings.extend(of_samples.findings);
        } else {
            deviations += of_samples.findings.len();
            print_sample_deviations(operation, &of_samples.findings);
        }
    }
    let sorted = accepted::sort(findings, ACCEPTED);
    for (finding, entry) in &sorted.accepted {
        println!("deviation: {finding}\n    reason:    {}", entry.reason);
    }
    for finding in &sorted.open {
        println!("mismatch: {finding}");
    }
    for entry in &sorted.unused {
        println!("accepted, but not there: {}: {}: {}", entry.operation, entry.at, entry.types);
    }
    deviations += sorted.accepted.len();
    let all = catalogue.operations().len();
    let typed = |id: &str| endpoints.iter().any(|(one, _)| *one == id);
    for operation in catalogue.operations().iter().filter(|operation| !typed(&operation.id)) {
        println!("without a type: {}/{}", operation.family(), operation.id);
    }
    let faults = quirks::faults(catalogue.operations(), &quirks::tests()?);
    for fault in &faults {
        println!("quirk {fault}");
    }
    println!("operations: {covered}/{all} endpoints, {decoded} samples decoded, {deviations} deviations");
    verdict(sorted.open.len(), sorted.unused.len(), all - covered, faults.len())
}

/// Anything left over is a failure.
fn verdict(mismatches: usize, unused: usize, missing: usize, quirks: usize) -> Result {
    if mismatches + unused + missing + quirks == 0 {
        return Ok(());
    }
    Err(format!(
        "{mismatches} mismatches, {unused} accepted differences that nothing needs, {missing} endpoints without a type, {quirks} \
         quirks that nothing honours"
    )
    .into())
}

/// The types by endpoint, in the registry's order.
pub(super) fn endpoints(entries: &[Entry]) -> Vec<(&str, Vec<&Entry>)> {
    let mut endpoints: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for entry in entries {
        match endpoints.iter_mut().find(|(id, _)| *id == entry.spec.id) {
            Some((_, types)) => types.push(entry),
            None => endpoints.push((entry.spec.id, vec![entry])),
        }
    }
    endpoints
}

/// One type in one line: what it is, its class, and what it cannot do without in an answer.
fn line(entry: &Entry) -> String {
    let spec = &entry.spec;
    let class = class(spec.class);
    let requires = if spec.required_in_response.is_empty() {
        "nothing".to_owned()
    } else {
        spec.required_in_response.join(", ")
    };
    format!("{} ({}): {class}; requires {requires} in the answer", spec.id, entry.rust_name)
}

/// The name of a class.
fn class(class: Class) -> &'static str {
    match class {
        Class::Read => "read",
        Class::Idempotent => "idempotent",
        Class::NotRepeatable => "create",
    }
}

/// The catalogue says that these samples contradict the field table, so the types need not bear
/// them.
fn print_sample_deviations(operation: &Operation, findings: &[Finding]) {
    for deviation in &operation.sample_deviations {
        println!("sample deviation: {}: {deviation}", operation.id);
    }
    for finding in findings {
        println!("deviation: {finding}\n    reason:    {}", operation.sample_deviations.join("; "));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};
    use tcb_catalogue::{Catalogue, Field, FieldType, Location, Method, Operation, Sample, TokenKind};
    use tcb_types::registry::{self, Entry};

    use super::{endpoints, verdict};
    use crate::catalogue::compare::endpoint as compared;
    use crate::catalogue::samples;

    /// Paths of all fields that types can have: indices into `fields`, through arrays.
    fn paths(fields: &[Field]) -> Vec<Vec<usize>> {
        let mut paths = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            if matches!(field.name.as_str(), "errcode" | "errmsg") {
                continue;
            }
            paths.push(vec![index]);
            let inner = paths_below(field);
            paths.extend(inner.into_iter().map(|path| [vec![index], path].concat()));
        }
        paths
    }

    fn paths_below(field: &Field) -> Vec<Vec<usize>> {
        match &field.items {
            Some(item) => paths(&item.fields),
            None => paths(&field.fields),
        }
    }

    fn field_at<'a>(fields: &'a mut [Field], path: &[usize]) -> &'a mut Field {
        let (first, rest) = path.split_first().unwrap();
        let field = &mut fields[*first];
        if rest.is_empty() {
            return field;
        }
        let inner = match &mut field.items {
            Some(item) => &mut item.fields,
            None => &mut field.fields,
        };
        field_at(inner, rest)
    }

    type Part = fn(&mut Operation) -> &mut Vec<Field>;
    type Change = fn(&mut Field);

    const RENAMED: Change = |field| field.name.push('x');
    const OTHER_TYPE: Change = |field| match &mut field.items {
        Some(item) if item.fields.is_empty() => item.kind = other(item.kind),
        _ => field.kind = other(field.kind),
    };
    const OTHER_REQUIREDNESS: Change = |field| field.required ^= true;
    const OTHER_SECRECY: Change = |field| field.secret ^= true;

    #[test]
    fn an_endpoint_without_a_type_is_a_failure() {
        assert!(verdict(0, 0, 0, 0).is_ok());
        for left_over in [verdict(1, 0, 0, 0), verdict(0, 1, 0, 0), verdict(0, 0, 1, 0), verdict(0, 0, 0, 1)]
        {
            assert!(left_over.is_err());
        }
    }

    #[test]
    fn no_field_of_a_real_operation_can_change_unseen() {
        let request: (Part, &[Change]) =
            (|o| &mut o.request, &[RENAMED, OTHER_TYPE, OTHER_REQUIREDNESS, OTHER_SECRECY]);
        // An answer's fields are never required, so there is nothing to see.
        let answer: (Part, &[Change]) = (|o| &mut o.response, &[RENAMED, OTHER_TYPE, OTHER_SECRECY]);
        let entries = registry::entries();
        let mut tried = 0;
        for (id, types) in endpoints(&entries) {
            let operation = Catalogue::get().operation(id).unwrap();
            let as_it_is = compared(operation, &types);
            for (part, changes) in [request, answer] {
                for path in paths(part(&mut operation.clone())) {
                    for change in changes {
                        let mut changed = operation.clone();
                        let field = field_at(part(&mut changed), &path);
                        change(field);
                        let field = format!("{field:?}");
                        assert_ne!(compared(&changed, &types), as_it_is, "{id}: {field}");
                        tried += 1;
                    }
                }
            }
        }
        assert!(tried > 100, "only {tried} changes tried");
    }

    #[test]
    fn no_fact_of_a_real_operation_can_change_unseen() {
        let alterations: [fn(&mut Operation); 5] = [
            |o| o.id.push('x'),
            |o| o.path.push('x'),
            |o| o.permission_sets.push(1),
            |o| {
                o.token.kinds =
                    vec![if o.token.query.is_none() { TokenKind::Component } else { TokenKind::None }];
            },
            |o| o.method = if o.method == Method::Get { Method::Post } else { Method::Get },
        ];
        let entries = registry::entries();
        for (id, types) in endpoints(&entries) {
            let operation = Catalogue::get().operation(id).unwrap();
            for alter in alterations {
                let mut changed = operation.clone();
                alter(&mut changed);
                assert_ne!(compared(&changed, &types), compared(operation, &types), "{id}");
            }
        }
    }

    fn other(kind: FieldType) -> FieldType {
        if kind == FieldType::Boolean { FieldType::Integer } else { FieldType::Boolean }
    }

    #[test]
    fn no_sample_of_a_real_operation_can_gain_a_member_unseen() {
        let entries = registry::entries();
        for (id, types) in endpoints(&entries) {
            let mut operation = Catalogue::get().operation(id).unwrap().clone();
            // A body that is the caller's own has no members, so there the URL gains one.
            let raw = operation.request.iter().any(|field| field.location == Location::RawBody);
            for sample in &mut operation.samples {
                if raw {
                    sample.query.insert("unknown".to_owned(), "1".to_owned());
                } else {
                    sample.request["unknown"] = json!(1);
                }
            }
            assert_eq!(samples::endpoint(&operation, &types).findings.len(), operation.samples.len(), "{id}");
        }
    }

    #[test]
    fn no_sample_can_differ_unseen_from_what_its_types_send_and_read() {
        let changes: [fn(&mut Sample); 3] = [
            |sample| drop(sample.query.insert("unknown".to_owned(), "1".to_owned())),
            |sample| sample.response = sample.response.is_some().then(|| json!({"errcode": {}})),
            |sample| sample.response = sample.response.is_some().then(|| json!([])),
        ];
        let entries = registry::entries();
        for (id, types) in endpoints(&entries) {
            let operation = Catalogue::get().operation(id).unwrap();
            // A sample that is out of line already has its finding.
            let samples = operation.samples.len() * usize::from(operation.sample_deviations.is_empty());
            for (sample, change) in (0..samples).flat_map(|sample| changes.map(|change| (sample, change))) {
                let mut other = operation.clone();
                let one = &mut other.samples[sample];
                let before = (one.query.clone(), one.response.clone());
                change(one);
                let differs = (&one.query, &one.response) != (&before.0, &before.1);
                let found = samples::endpoint(&other, &types).findings;
                assert_eq!(found.is_empty(), !differs, "{id}: {found:?}");
            }
        }
    }

    #[test]
    fn no_type_can_change_unseen() {
        let changes: [fn(&mut Entry); 5] = [
            |one| add_member(one.request.ensure_object(), "unknown"),
            |one| add_member(one.response.ensure_object(), "unknown"),
            // What the reader of answers takes out is no part of a type.
            |one| add_member(one.response.ensure_object(), "errcode"),
            |one| one.spec = one.spec.required_in_response(&["unknown"]),
            |one| one.spec = one.spec.without_errcode(&["unknown"]),
        ];
        let mut entries = registry::entries();
        let as_it_is: Vec<_> = endpoints(&entries).iter().map(|(id, types)| found(id, types)).collect();
        for at in 0..entries.len() {
            for (number, change) in changes.iter().enumerate() {
                let id = entries[at].spec.id;
                let one = &mut entries[at];
                let whole = (one.spec, one.request.clone(), one.response.clone());
                change(one);
                let now = endpoints(&entries);
                let index = now.iter().position(|(one, _)| *one == id).unwrap();
                assert_ne!(found(id, &now[index].1), as_it_is[index], "{id}: change {number}");
                let one = &mut entries[at];
                (one.spec, one.request, one.response) = whole;
            }
        }
    }

    fn found(id: &str, types: &[&Entry]) -> Vec<super::Finding> {
        compared(Catalogue::get().operation(id).unwrap(), types)
    }

    fn add_member(schema: &mut serde_json::Map<String, Value>, name: &str) {
        schema.entry("properties").or_insert_with(|| json!({}))[name] = json!({"type": "string"});
    }

    #[test]
    fn types_that_share_an_endpoint_are_complete_only_together() {
        let entries = registry::entries();
        let mut missed = BTreeSet::new();
        for (id, types) in endpoints(&entries).iter().filter(|(_, types)| types.len() > 1) {
            let operation = Catalogue::get().operation(id).unwrap();
            for at in 0..types.len() {
                let (one, others) = (types[at], [&types[..at], &types[at + 1..]].concat());
                let seen = found(id, &others) != found(id, types)
                    || !samples::endpoint(operation, &others).findings.is_empty();
                if !seen {
                    missed.insert(one.rust_name);
                }
            }
        }
        // Its request has no member, and its answer's are those of the other type.
        assert_eq!(missed, BTreeSet::from(["GetPhoneBinding"]));
    }

    #[test]
    fn no_value_that_a_type_names_can_be_missing_or_new_unseen() {
        let entries = registry::entries();
        let (mut gone, mut new) = (0, 0);
        for (id, types) in endpoints(&entries) {
            let operation = Catalogue::get().operation(id).unwrap();
            for part in [|o: &mut Operation| &mut o.request, |o: &mut Operation| &mut o.response] as [Part; 2]
            {
                for path in paths(part(&mut operation.clone())) {
                    let changed = |change: fn(&mut Vec<Value>)| {
                        let mut changed = operation.clone();
                        change(&mut field_at(part(&mut changed), &path).allowed);
                        usize::from(compared(&changed, &types) != found(id, &types))
                    };
                    gone += changed(|allowed| drop(allowed.pop()));
                    new += changed(|allowed| allowed.push(json!("unknown")));
                }
            }
        }
        assert!(gone > 10 && new >= gone, "{gone} {new}");
    }

    #[test]
    fn no_enum_of_an_answer_can_lose_its_catch_all_unseen() {
        let mut entries = registry::entries();
        let mut closed = 0;
        for one in &mut entries {
            let mut schema = one.response.clone().to_value();
            if close(&mut schema) {
                one.response = schema.try_into().unwrap();
                let findings = found(one.spec.id, &[one]);
                let is_seen = findings.iter().any(|one| one.catalogue == "the service may add values");
                assert!(is_seen, "{}: {findings:?}", one.rust_name);
                closed += 1;
            }
        }
        assert!(closed > 5, "{closed}");
    }

    /// Takes what an enum bears beside its values out of a schema. Returns whether there was any.
    fn close(schema: &mut Value) -> bool {
        let is_other =
            |one: &Value| one["type"] == "string" && one["enum"].is_null() && one["const"].is_null();
        let mut any = false;
        if let Some(alternatives) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
            let before = alternatives.len();
            alternatives.retain(|one| !is_other(one));
            any = alternatives.len() < before;
        }
        let members = schema.as_object_mut().into_iter().flat_map(|members| members.values_mut());
        members.fold(any, |any, member| close_below(member) || any)
    }

    fn close_below(value: &mut Value) -> bool {
        match value {
            Value::Object(_) => close(value),
            Value::Array(items) => {
                items.iter_mut().filter_map(|item| close_below(item).then_some(())).count() > 0
            }
            _ => false,
        }
    }
}
