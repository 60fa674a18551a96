//! Judgements about `cloudbase-common`.

use super::{Judgement, OfOperation, no_action, row, test};

/// Permission sets.
const SETS: Judgement = row("permission_sets_are_those_of_all_editions");
/// Permission sets of calls that have one of their own.
const SPECIAL_SETS: Judgement = row("special_permission_sets_stand_beside_the_usual_ones");
/// Id, path and token.
const CALL: Judgement = row("ids_paths_and_tokens_are_the_chosen_ones");
/// Names and values of a request.
const SENT: Judgement = row("members_have_the_chosen_names_and_are_left_out_on_demand");
/// Text inside a request.
const TEXT: Judgement = row("a_statement_is_sent_as_json_text");

const SAMPLE: Judgement = no_action("a fault of a printed sample, repaired in the catalogue");
const PAGE: Judgement = no_action("a fault of one edition of the page; the others agree");
const GROUP: Judgement = no_action("where the documentation files the page");
const CODES: Judgement =
    no_action("codes are not tied to an operation: whatever comes is read and passed on");
const UNREAD: Judgement = no_action("says where the facts come from; the type is marked as not confirmed");
const WITHDRAWN: Judgement =
    no_action("nothing to send or read; the type says that it may have been withdrawn");

const POLICY: Judgement =
    test("cloud_access_token.rs", "the_misprinted_member_is_read_and_the_right_one_sent");
const READS_POLICY: Judgement =
    test("cloud_access_token.rs", "reading_sends_nothing_that_only_writing_needs");
const CALLBACKS: Judgement =
    test("set_callback_config.rs", "switches_are_always_sent_and_a_part_only_when_it_is_meant");
const INDEXES: Judgement = test("update_indexes.rs", "directions_are_text_and_empty_lists_are_sent");
const SMS_KIND: Judgement = test("send_sms.rs", "the_kind_is_text_and_brings_its_own_members");
const STATISTICS_SENT: Judgement = test("sms_statistics.rs", "splitting_by_channel_is_asked_for_with_text");
const STATISTICS_READ: Judgement = test("sms_statistics.rs", "a_row_has_the_name_of_the_list_of_rows");
const MIGRATION: Judgement =
    test("get_migration_state.rs", "the_text_is_read_under_both_names_and_any_state_is_kept");
const EVENT: Judgement =
    test("invoke_function.rs", "the_event_is_the_body_itself_and_the_rest_travels_in_the_url");

pub(super) const JUDGEMENTS: &[OfOperation<'_>] = &[
    (
        "addDatabaseCollection",
        &[
            ("permission sets:", SETS),
            ("the response sample", SAMPLE),
            (
                "adding a collection that exists",
                test(
                    "create_collection.rs",
                    "a_collection_that_exists_is_an_answer_and_a_missing_environment_is_an_error",
                ),
            ),
        ],
    ),
    ("addDatabaseItem", &[("permission sets:", SETS), ("the printed sample", TEXT)]),
    (
        "addDelayedFunctionTask",
        &[
            ("permission sets:", SETS),
            ("requiredness:", SENT),
            ("the error list", CODES),
            ("in cloud call the names are camelCase", SENT),
        ],
    ),
    (
        "aggregateDatabase",
        &[
            ("permission sets:", SETS),
            ("field name:", test("aggregate_records.rs", "the_statement_goes_under_its_name_in_lower_case")),
            ("group:", GROUP),
            ("path:", CALL),
        ],
    ),
    (
        "changeTcbEnv",
        &[
            ("permission sets:", SETS),
            ("the newest page's parameter table", CALL),
            ("the version 2.0 sample", SAMPLE),
            ("the newest page's code table", CODES),
            ("The error list of this page", CODES),
        ],
    ),
    (
        "checkMobileConfig",
        &[
            ("permission sets:", SETS),
            (
                "the English page prints the field",
                test("get_phone_binding.rs", "a_message_is_asked_for_in_lower_case_and_only_on_demand"),
            ),
        ],
    ),
    (
        "cloudbaseReportAPI",
        &[
            ("phone_count:", test("create_report.rs", "the_count_of_numbers_is_sent_as_text")),
            ("this page's own table", SETS),
        ],
    ),
    (
        "createCloudUser",
        &[
            ("permission sets:", SETS),
            ("the version 2.0 page does not list 40001", CODES),
            (
                "a community thread shows",
                test("create_cloud_user.rs", "other_refusals_are_errors_and_not_taken_for_a_busy_service"),
            ),
            ("the version 2.0 page is spelled", no_action("the address of a page, not of the call")),
        ],
    ),
    (
        "createEnv",
        &[
            ("permission sets:", SETS),
            ("request fields:", SENT),
            (
                "the id that comes back",
                test("create_env.rs", "the_id_goes_by_a_name_of_its_own_and_has_to_be_there"),
            ),
            ("a machine-translated", PAGE),
        ],
    ),
    (
        "createFunction",
        &[
            ("permission sets:", SETS),
            ("path:", CALL),
            ("the response sample", SAMPLE),
            (
                "-501000 is listed",
                test(
                    "create_function.rs",
                    "a_function_that_exists_is_an_answer_and_a_missing_environment_is_an_error",
                ),
            ),
        ],
    ),
    (
        "createPressureTestTask",
        &[("the documentation page was not seen", UNREAD), ("the page is named", CALL)],
    ),
    ("createSendSmsTask", &[("permission sets:", SETS), ("template_id:", SENT), ("use_short_name", SENT)]),
    (
        "deleteDatabaseCollection",
        &[
            ("permission sets:", SETS),
            ("the English page's address line", PAGE),
            ("the response sample", SAMPLE),
        ],
    ),
    ("deleteDatabaseItem", &[("permission sets:", SETS), ("no page of this operation", UNREAD)]),
    (
        "deleteTcbCloudFile",
        &[("permission sets:", SETS), ("path:", CALL), ("no page of this operation", UNREAD)],
    ),
    (
        "describeExtensionUploadInfo",
        &[
            (
                "wrapping:",
                test("get_extension_uploads.rs", "uploads_are_read_with_their_wrapping_and_without"),
            ),
            ("permission sets were not read", SETS),
        ],
    ),
    (
        "describeSmsRecords",
        &[
            ("wrapping:", test("list_sms_records.rs", "a_page_is_read_with_its_wrapping_and_without")),
            ("member names are PascalCase", test("list_sms_records.rs", "the_request_is_sent_wrapped")),
            ("this page's own table", UNREAD),
            ("permission sets were not read", SETS),
        ],
    ),
    ("exportDatabaseItem", &[("permission sets:", SETS), ("the printed sample", TEXT), ("path:", CALL)]),
    (
        "getAppConfig",
        &[
            ("the documentation page was not seen", UNREAD),
            ("permission sets follow", SETS),
            ("only value 1 of type", SENT),
        ],
    ),
    (
        "getCallBackConfig",
        &[
            ("permission sets:", SETS),
            (
                "either block may be absent",
                test("get_callback_config.rs", "what_was_never_configured_may_be_absent"),
            ),
        ],
    ),
    (
        "getCloudBaseStatistics",
        &[
            ("permission sets:", SETS),
            ("condition is missing", STATISTICS_SENT),
            ("by_channel_id:", STATISTICS_SENT),
            ("a row is an object", STATISTICS_READ),
            ("the answer carries no errcode", STATISTICS_READ),
        ],
    ),
    (
        "getCloudBaseVoIPSign",
        &[
            ("path:", CALL),
            ("openid is not in the tables", test("get_voip_signature.rs", "the_user_travels_in_the_url")),
            ("the error list", CODES),
        ],
    ),
    (
        "getCloudToken",
        &[
            ("permission sets:", SETS),
            ("45009", CODES),
            ("expired_time:", test("get_cloud_credential.rs", "an_expiry_after_2038_is_read")),
        ],
    ),
    ("getCodeSecret", &[("permission sets:", SETS)]),
    (
        "getDatabaseCollection",
        &[
            ("permission sets:", SETS),
            ("casing:", test("list_collections.rs", "both_spellings_of_the_pager_are_read")),
            ("defaults:", SENT),
            ("no page of this operation", UNREAD),
        ],
    ),
    ("getDatabaseCount", &[("permission sets:", SETS), ("no page of this operation", UNREAD)]),
    (
        "getDatabaseMigrateStatus",
        &[
            ("permission sets:", SETS),
            ("field name:", MIGRATION),
            ("group:", GROUP),
            ("values of status", MIGRATION),
        ],
    ),
    (
        "getDatabaseRecord",
        &[
            ("permission sets:", SETS),
            ("casing:", test("query_records.rs", "both_spellings_of_the_pager_are_read")),
            ("fudiwei/", no_action("a comment inside one client")),
        ],
    ),
    (
        "getDownloadTcbFileLink",
        &[
            ("permission sets:", SETS),
            ("the download_url of the sample", test("get_download_links.rs", "each_file_has_its_own_result")),
            ("no page of this operation", UNREAD),
        ],
    ),
    (
        "getEnvInfo",
        &[
            ("permission sets:", SETS),
            ("the values of status", test("list_envs.rs", "any_state_is_kept")),
            ("the version 2.0 sample", SAMPLE),
            ("fudiwei/", SENT),
        ],
    ),
    (
        "getFuntionConfig",
        &[
            ("permission sets:", SETS),
            ("official name", CALL),
            (
                "85089 is listed",
                test("get_function_config.rs", "a_configuration_that_was_never_uploaded_is_an_answer"),
            ),
        ],
    ),
    ("getFuntionLink", &[("permission sets:", SETS), ("official name", CALL)]),
    (
        "getFuntionList",
        &[
            ("permission sets:", SETS),
            ("official name", CALL),
            ("runtime:", test("list_functions.rs", "the_runtime_is_read_under_both_names")),
            ("requiredness:", SENT),
            (
                "the batch sibling",
                test("list_functions.rs", "a_reason_that_only_batch_mode_documents_is_borne"),
            ),
        ],
    ),
    (
        "getOpenData",
        &[
            ("path:", CALL),
            ("json:", test("get_open_data.rs", "data_are_read_from_an_object_and_from_text")),
            ("permission sets:", SPECIAL_SETS),
            ("openid is not in the tables", test("get_open_data.rs", "the_user_travels_in_the_url")),
            ("the error list", CODES),
        ],
    ),
    (
        "getPressureTestReport",
        &[
            (
                "blankpage_pencent",
                test("get_pressure_test_report.rs", "the_misspelt_share_is_read_under_both_names"),
            ),
            ("the documentation page was not seen", UNREAD),
        ],
    ),
    ("getPressureTestStatus", &[("the documentation page was not seen", UNREAD)]),
    (
        "getUploadFuntionConfig",
        &[("permission sets:", SETS), ("official name", CALL), ("the version 2.0 sample", SAMPLE)],
    ),
    (
        "getUploadTcbFileLink",
        &[
            ("permission sets:", SETS),
            ("the sample response belongs", SAMPLE),
            (
                "the answer to the upload itself",
                no_action(
                    "the upload is a second step, which is not a call of this API and is not read as one",
                ),
            ),
            (
                "the English page prints the member token",
                test("get_upload_link.rs", "an_answer_without_the_id_in_the_storage_is_read"),
            ),
            ("the error list", CODES),
        ],
    ),
    (
        "getWechatPayAuth",
        &[
            ("permission sets:", SPECIAL_SETS),
            (
                "the meaning of the three actions",
                test("merchant_permission.rs", "each_operation_has_its_action"),
            ),
            (
                "a community thread shows",
                test("merchant_permission.rs", "a_busy_service_that_may_mean_a_refusal_is_not_asked_again"),
            ),
        ],
    ),
    (
        "getWechatPayList",
        &[
            ("permission sets:", SPECIAL_SETS),
            ("types:", test("list_merchants.rs", "states_are_read_from_text_and_from_numbers")),
        ],
    ),
    (
        "getYploadSignature",
        &[
            ("permission sets:", SETS),
            ("official name", CALL),
            (
                "the timestamp inside",
                no_action("nothing keeps a signature; the type tells how long one is good"),
            ),
        ],
    ),
    ("importDatabaseItem", &[("permission sets:", SETS), ("-501000 is listed", CODES), ("path:", CALL)]),
    (
        "invokeCloudFunction",
        &[
            ("permission sets:", SETS),
            ("where parameters go", EVENT),
            ("the newer pages print the address", CALL),
            (
                "an empty body is refused",
                test("invoke_function.rs", "an_empty_event_is_sent_as_an_empty_object"),
            ),
            ("The legacy batch page", CALL),
            ("47001 is not in the error list", EVENT),
        ],
    ),
    (
        "newSendCloudBaseSms",
        &[
            ("permission sets:", SPECIAL_SETS),
            ("template id of the marketing template", SENT),
            ("requiredness:", SENT),
            ("the Chinese index", WITHDRAWN),
        ],
    ),
    (
        "sendCloudBaseSms",
        &[
            ("permission sets:", SPECIAL_SETS),
            ("sms_type:", SMS_KIND),
            ("requiredness:", SMS_KIND),
            ("the Chinese index", WITHDRAWN),
        ],
    ),
    (
        "setCallBackConfig",
        &[
            ("permission sets:", SETS),
            ("requiredness: the newest", CALLBACKS),
            ("requiredness of enable", CALLBACKS),
            ("casing:", CALLBACKS),
        ],
    ),
    (
        "setCloudAccessToken",
        &[
            ("permission sets:", SETS),
            ("field name:", POLICY),
            ("the -1 code", CODES),
            (
                "the table describes open",
                test("cloud_access_token.rs", "the_switch_is_read_after_writing_too"),
            ),
            ("open, api_whitelist and version", READS_POLICY),
            ("The get sample has a trailing comma", POLICY),
            ("The current page of cloudbase-batch", CALL),
            ("action is a body member", READS_POLICY),
        ],
    ),
    ("shareEnv", &[("permission sets:", SETS), ("path:", CALL), ("the English page prints", SAMPLE)]),
    (
        "updateDatabaseIndex",
        &[("permission sets:", SETS), ("direction:", INDEXES), ("requiredness:", INDEXES)],
    ),
    (
        "updateDatabaseRecord",
        &[
            ("permission sets:", SETS),
            ("group:", GROUP),
            (
                "the page has a third sample",
                no_action("a sample that could not be read; the statement is the caller's"),
            ),
        ],
    ),
    (
        "uploadAppConfig",
        &[
            ("the documentation page was not seen", UNREAD),
            ("permission sets follow", SETS),
            ("only value 1 of type", SENT),
        ],
    ),
];
