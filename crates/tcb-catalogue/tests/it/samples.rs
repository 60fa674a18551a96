//! The official samples against the field tables.

use std::collections::BTreeSet;

use serde_json::Value;
use tcb_catalogue::{Catalogue, Operation};

/// What the validator finds in the samples of `operation`, as text.
fn findings(operation: &Operation) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for sample in &operation.samples {
        let query: Vec<_> =
            sample.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = operation.check_request(&query, &sample.request);
        found.extend(request.iter().map(|finding| format!("request {finding}")));
        let answer = sample.response.iter().flat_map(|answer| operation.check_answer(answer));
        found.extend(answer.map(|finding| format!("answer {finding}")));
    }
    found
}

#[test]
fn every_sample_fits_unless_its_deviation_is_written_down() {
    for operation in Catalogue::get().operations() {
        let found = findings(operation);
        let deviations = &operation.sample_deviations;
        assert_eq!(
            found.is_empty(),
            deviations.is_empty(),
            "{}: {found:?}, written down {deviations:?}",
            operation.id
        );
    }
}

/// Each written deviation is one that the validator sees; a new one has to be added here, with what
/// it finds.
#[test]
fn the_deviations_are_the_known_ones() {
    let found: Vec<_> = Catalogue::get()
        .operations()
        .iter()
        .flat_map(|operation| findings(operation).into_iter().map(|finding| (operation.id.as_str(), finding)))
        .collect();
    let found: Vec<_> = found.iter().map(|(id, finding)| (*id, finding.as_str())).collect();
    assert_eq!(
        found,
        [
            ("getAuthorizerOptionInfo", "request option_name: not one of the documented values"),
            ("setAuthorizerOptionInfo", "request option_name: not one of the documented values"),
            ("createTcbEnv", "request EnvType: required but missing"),
            ("createcontainerservice", "request vpc.create_type: not one of the documented values"),
            ("getShareCloudbaseEnv", "request source_type: required but missing"),
            ("getStaticStore", "answer Data: not a documented field"),
            ("setcsversionconfig", "request env_params: the text is not JSON"),
            ("shareCloudbaseEnv", "request source_type: required but missing"),
            ("getCloudBaseStatistics", "request condition.by_channel_id: expected integer, found string"),
        ]
    );
}

/// The reason why the validator may refuse `null` in answers.
#[test]
fn no_official_sample_holds_null() {
    fn holds_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(items) => items.iter().any(holds_null),
            Value::Object(members) => members.values().any(holds_null),
            _ => false,
        }
    }
    for operation in Catalogue::get().operations() {
        for sample in &operation.samples {
            assert!(!holds_null(&sample.request), "{}", operation.id);
            assert!(!sample.response.as_ref().is_some_and(holds_null), "{}", operation.id);
        }
    }
}

#[test]
fn thirteen_operations_answer_without_errcode() {
    let operations = Catalogue::get().operations().iter();
    let found: Vec<_> = operations
        .filter(|operation| operation.answers_without_errcode())
        .map(|operation| &*operation.id)
        .collect();
    assert_eq!(
        found,
        [
            "callbackCheck",
            "getApiDomainIp",
            "getCallbackIp",
            "getAuthorizerAccessToken",
            "getAuthorizerInfo",
            "getAuthorizerList",
            "getAuthorizerOptionInfo",
            "getAuthorizerRefreshToken",
            "getComponentAccessToken",
            "getPreAuthCode",
            "describeExtensionUploadInfo",
            "describeSmsRecords",
            "getCloudBaseStatistics",
        ]
    );
}

#[test]
fn an_operation_without_a_sample_lists_errcode() {
    for operation in Catalogue::get().operations() {
        let has_sample = operation.samples.iter().any(|sample| sample.response.is_some());
        let listed = operation.response.iter().any(|field| field.name == "errcode");
        assert!(has_sample || listed, "{}", operation.id);
    }
}
