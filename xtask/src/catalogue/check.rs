//! `cargo xtask catalogue check`: every operation type against the catalogue.

use tcb_catalogue::{Catalogue, Operation};
use tcb_types::Class;
use tcb_types::registry::{self, Entry};

use super::accepted::{self, ACCEPTED};
use super::finding::Finding;
use super::typed::Typed;
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
        let types: Vec<&dyn Typed> = types.iter().map(|one| *one as &dyn Typed).collect();
        findings.extend(compare::endpoint(operation, &types));
        let of_samples = samples::endpoint(operation, &types);
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
pub(super) fn class(class: Class) -> &'static str {
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
    use serde_json::json;
    use tcb_catalogue::{Catalogue, Field, FieldType, Location, Method, Operation, TokenKind};
    use tcb_types::registry::{self, Entry};

    use super::{endpoints, verdict};
    use crate::catalogue::finding::Finding;
    use crate::catalogue::typed::Typed;
    use crate::catalogue::{compare, samples};

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

    fn compared(operation: &Operation, types: &[&Entry]) -> Vec<Finding> {
        let types: Vec<_> = types.iter().map(|one| *one as &dyn Typed).collect();
        compare::endpoint(operation, &types)
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
                    vec![if o.token.query.is_none() { TokenKind::Component } else { TokenKind::None }]
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
            let types: Vec<_> = types.iter().map(|one| *one as &dyn Typed).collect();
            assert_eq!(samples::endpoint(&operation, &types).findings.len(), operation.samples.len(), "{id}");
        }
    }
}
