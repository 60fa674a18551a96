//! Judgements about `authorization`.

use super::{Judgement, OfOperation, no_action, row, row_of, test};

/// Path and token.
const CALL: Judgement = row("paths_and_tokens_are_the_chosen_ones");

/// The old name of the token's parameter, which the emulator takes.
const OLD_NAME: Judgement =
    row_of("crates/tcb-emulator/tests/it/chain.rs", "component_calls_take_the_token_under_its_old_name");

const OPTION_READ: Judgement =
    test("get_authorizer_option.rs", "platform_and_account_are_named_only_on_demand");
const OPTION_SET: Judgement =
    test("set_authorizer_option.rs", "platform_and_account_are_named_only_on_demand");

pub(super) const JUDGEMENTS: &[OfOperation<'_>] = &[
    (
        "getAuthorizerAccessToken",
        &[
            ("the query parameter is", OLD_NAME),
            (
                "61023 is not on the page",
                test(
                    "crates/tcb-auth/tests/scenarios/ladder.json",
                    "rung 2: the former refresh token still works, and then it is the current one",
                ),
            ),
            (
                "the typical self-made cause of 61023",
                test(
                    "crates/tcb-auth/tests/scenarios/refresh.json",
                    "step 6: an answer without a refresh token keeps the one that was used",
                ),
            ),
        ],
    ),
    (
        "getAuthorizerInfo",
        &[
            ("names mix styles", test("get_authorizer_info.rs", "members_in_both_styles_are_read")),
            (
                "BizDomain is in the sample",
                test("get_authorizer_info.rs", "domains_are_read_that_only_the_sample_or_only_the_table_has"),
            ),
            (
                "service_type_info.id 0 and 2",
                test(
                    "get_authorizer_info.rs",
                    "only_what_mini_programs_have_tells_two_kinds_with_one_number_apart",
                ),
            ),
            ("fudiwei/", test("get_authorizer_info.rs", "functions_are_numbers")),
            ("the query parameter is", OLD_NAME),
        ],
    ),
    (
        "getAuthorizerList",
        &[
            (
                "the field is refresh_token",
                test("list_authorizers.rs", "a_refresh_token_goes_by_its_short_name"),
            ),
            ("the query parameter is", OLD_NAME),
            ("fudiwei/", CALL),
        ],
    ),
    (
        "getAuthorizerOptionInfo",
        &[
            ("three editions, three requests", CALL),
            ("binarywang/WxJava sends", OPTION_READ),
            ("without authorizer_appid", OPTION_READ),
        ],
    ),
    (
        "getAuthorizerRefreshToken",
        &[
            ("official id and path differ", CALL),
            (
                "the text on funcscope_category",
                test(
                    "get_authorizer_refresh_token.rs",
                    "a_permission_set_is_read_with_its_number_alone_and_in_full",
                ),
            ),
            ("the query parameter is", OLD_NAME),
            (
                "whether a code can be exchanged twice",
                test("get_authorizer_refresh_token.rs", "a_code_that_may_be_used_up_is_not_sent_again"),
            ),
        ],
    ),
    ("getComponentAccessToken", &[("the English page spells the path", CALL)]),
    (
        "getPreAuthCode",
        &[
            ("lifetime:", test("get_pre_auth_code.rs", "a_code_lives_as_long_as_the_answer_says")),
            ("the query parameter is", OLD_NAME),
        ],
    ),
    (
        "setAuthorizerOptionInfo",
        &[
            ("three editions, three requests", CALL),
            ("binarywang/WxJava sends", OPTION_SET),
            ("without authorizer_appid", OPTION_SET),
        ],
    ),
    (
        "startPushTicket",
        &[
            (
                "the secret is named component_secret",
                test("start_push_ticket.rs", "the_secret_has_another_name_than_where_a_token_is_made"),
            ),
            ("the OpenApiDoc edition", CALL),
            (
                "the documentation speaks of platform-type",
                no_action("says whom the call is for, not how it goes"),
            ),
        ],
    ),
];
