//! Every operation with its schemas, for tools that compare the types with the documented facts.

pub(crate) mod entry;

pub use entry::{Entry, Sent, Written};

/// All operations, family by family.
///
/// ```
/// let ids: Vec<_> = tcb_types::registry::entries().iter().map(|entry| entry.spec.id).collect();
/// assert!(ids.contains(&"getComponentAccessToken"));
/// ```
pub fn entries() -> Vec<Entry> {
    [
        crate::api_management::registry(),
        crate::authorization::registry(),
        crate::cloudbase_batch::registry(),
        crate::cloudbase_common::registry(),
        crate::open_account::registry(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Sent, entries};

    fn sent(rust_name: &str, members: &serde_json::Value) -> Sent {
        let entries = entries();
        let entry = entries.iter().find(|entry| entry.rust_name == rust_name).unwrap();
        entry.reproduce(members).unwrap()
    }

    #[test]
    fn a_call_without_a_body_sends_an_empty_object() {
        assert_eq!(sent("ListApiAddresses", &json!({})), Sent { query: Vec::new(), body: json!({}) });
    }

    #[test]
    fn members_travel_in_the_url_and_as_the_body_itself() {
        let members = json!({"env": "e", "name": "login", "req_data": {"a": [1]}});
        let query = vec![("env".to_owned(), "e".to_owned()), ("name".to_owned(), "login".to_owned())];
        assert_eq!(sent("InvokeFunction", &members), Sent { query, body: json!({"a": [1]}) });
    }
}
