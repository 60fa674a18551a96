//! Judgements about `api-management`.

use super::{Judgement, OfOperation, no_action, row, test};

/// Path and token.
const CALL: Judgement = row("paths_and_tokens_are_the_chosen_ones");
const THIRD_NAME: Judgement = test(
    "clear_component_quota_by_app_secret.rs",
    "the_secret_goes_under_its_third_name_and_the_account_only_when_it_is_meant",
);

pub(super) const JUDGEMENTS: &[OfOperation<'_>] = &[
    (
        "callbackCheck",
        &[
            ("JeffreySu/WeiXinMPSDK offers it", CALL),
            (
                "time is in the older page",
                test("check_callback.rs", "a_ping_is_read_with_its_time_and_without"),
            ),
        ],
    ),
    (
        "clearApiQuota",
        &[(
            "the field description demands",
            test("clear_api_quota.rs", "any_path_is_sent_and_not_only_one_below_channels"),
        )],
    ),
    (
        "clearComponentQuotaByAppSecret",
        &[("the field table calls appid required", THIRD_NAME), ("the secret has a third name", THIRD_NAME)],
    ),
    (
        "clearQuota",
        &[(
            "takes its own quota",
            no_action("nothing to send or read; the type points to the call that helps then"),
        )],
    ),
    (
        "clearQuotaByAppSecret",
        &[(
            "where the fields go differs",
            test("clear_quota_by_app_secret.rs", "the_secret_travels_in_the_body_and_not_in_the_url"),
        )],
    ),
    ("getApiDomainIp", &[("JeffreySu/WeiXinMPSDK offers it", CALL)]),
    (
        "getApiQuota",
        &[
            ("the English page spells the path", CALL),
            (
                "76003 is documented",
                no_action("a code is passed on as it comes; both types tell their meaning of it"),
            ),
        ],
    ),
    (
        "getCallbackIp",
        &[(
            "first-generation text spells",
            no_action("the parameter belongs to the token, not to the call: all calls send `access_token`"),
        )],
    ),
    (
        "getRidInfo",
        &[(
            "client_ip is in the page's sample",
            test("get_request_info.rs", "the_callers_address_is_read_where_there_is_one"),
        )],
    ),
];
