//! Judgements about `open-account`.

use super::{Judgement, OfOperation, no_action, row, test};

/// Permission sets.
const SETS: Judgement = row("permission_sets_are_those_of_all_editions");

const TWO_CODES: Judgement =
    test("bind_open_account.rs", "a_binding_that_stands_is_an_answer_and_a_wrong_subject_is_an_error");
const CREATED: Judgement =
    test("create_open_account.rs", "an_account_that_stands_is_an_answer_and_a_wrong_subject_is_an_error");

pub(super) const JUDGEMENTS: &[OfOperation<'_>] = &[
    (
        "bindOpenAccount",
        &[
            ("permission sets differ", SETS),
            (
                "the limit is told twice",
                no_action("the service counts; the type tells both numbers and the code of the refusal"),
            ),
            ("89003 is in the first-generation", TWO_CODES),
            (
                "89004 was observed with an empty errmsg",
                test("bind_open_account.rs", "a_refusal_without_words_is_known_by_its_code_and_request"),
            ),
        ],
    ),
    (
        "createOpenAccount",
        &[
            ("permission sets differ", SETS),
            (
                "the English page prints the query",
                no_action(
                    "the parameter belongs to the token, not to the call: all calls send `access_token`",
                ),
            ),
            (
                "48001 was reported right after",
                no_action(
                    "a refusal is not repeated by itself; the constant of the code says that it may pass",
                ),
            ),
            ("the 89001 line is missing", CREATED),
            ("One documentation copy lost", CREATED),
        ],
    ),
    ("getBindOpenAccount", &[("the documentation says GET", row("the_method_is_the_documented_one"))]),
    (
        "getBindOpenAccountEntity",
        &[(
            "the page itself was not read",
            no_action("says where the facts come from; the type is marked as not confirmed"),
        )],
    ),
    (
        "getOpenAccount",
        &[
            ("permission sets differ", SETS),
            (
                "48001 was reported",
                no_action("a code is passed on as it comes, and its reaction names the missing permission"),
            ),
        ],
    ),
    (
        "unbindOpenAccount",
        &[
            ("permission sets differ", SETS),
            (
                "whether 89002 comes back",
                no_action("not known, so it is an error with its code; the type says so"),
            ),
        ],
    ),
];
