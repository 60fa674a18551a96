//! Judgements about `cloudbase-batch`.

use super::{Judgement, OfOperation, no_action, row, test};

/// Id and path.
const CALL: Judgement = row("ids_and_paths_are_spelled_as_officially");
/// Names and values of a request.
const SENT: Judgement = row("members_have_their_own_names_in_each_call");
/// Text inside a request.
const TEXT: Judgement = row("a_statement_is_sent_as_json_text");

const SAMPLE: Judgement = no_action("a fault of a printed sample, repaired in the catalogue");
const PAGE: Judgement = no_action("a fault of one edition of the page; the others agree");
const SLIP: Judgement = no_action("a slip in the words of the page; the type says what is meant");
const CODES: Judgement =
    no_action("codes are not tied to an operation: whatever comes is read and passed on");
const UNREAD: Judgement = no_action("says where the facts come from; the type's documentation tells");
const PLACEHOLDER: Judgement = no_action("a sample holds placeholders in place of secrets");

const KIND: Judgement = test("create_env.rs", "the_kind_is_always_sent_in_its_odd_spelling");
const WHAT_IS_LEFT_OUT: Judgement = test("new_container_version.rs", "what_is_left_out_is_not_sent");
const NETWORK: Judgement = test(
    "create_container_service.rs",
    "the_undocumented_source_of_the_sample_can_be_sent_and_subnets_may_be_none",
);
const COLLECTIONS: Judgement =
    test("list_collections.rs", "listing_names_no_collection_and_its_total_stands_beside_the_list");
const NEW_COLLECTION: Judgement =
    test("create_collection.rs", "the_action_goes_into_the_url_and_not_into_the_body");
const FILE_RESULTS: Judgement =
    test("delete_files.rs", "each_file_has_its_own_result_and_a_stray_link_is_ignored");
const SHARES: Judgement = test("create_env_shares.rs", "a_failed_pair_cannot_be_overlooked");
const SITES: Judgement = test("list_static_sites.rs", "both_spellings_of_list_and_region_are_read");
const SITE_FILES: Judgement =
    test("list_static_files.rs", "a_size_is_text_and_the_next_page_begins_at_the_last_file");
const TRIGGER_KIND: Judgement = test("list_triggers.rs", "a_kind_is_read_in_any_case");
const TRIGGER_FAILURES: Judgement = test("update_triggers.rs", "the_list_of_failures_is_this_calls_own");
const STATIC_LINK: Judgement = test("get_static_upload_link.rs", "an_encoded_signature_is_kept_as_it_came");

pub(super) const JUDGEMENTS: &[OfOperation<'_>] = &[
    ("batchDelCSVersion", &[("The page's file name", CALL)]),
    (
        "batchSetCSPropotion",
        &[
            ("Two nested members", test("set_traffic_shares_of_services.rs", "both_lists_are_called_items")),
            ("The page's file name", CALL),
        ],
    ),
    (
        "batchcreatecsversion",
        &[
            (
                "fudiwei's client also offers",
                no_action("the page wins over one client: the type has no such member"),
            ),
            (
                "fail_list items use errormsg",
                test("create_container_service_versions.rs", "a_reason_is_read_in_both_spellings"),
            ),
        ],
    ),
    (
        "batchuUloadCloudFunction",
        &[
            ("The official interface name", CALL),
            ("The member is called functionname", SENT),
            (
                "The failure list differs",
                test("create_function_in_envs.rs", "a_failed_environment_cannot_be_overlooked"),
            ),
            (
                "WxJava's old draft",
                no_action("a fault of one client; the constructor cannot do without the name"),
            ),
        ],
    ),
    (
        "createTcbEnv",
        &[
            ("EnvType is spelled in PascalCase", KIND),
            ("EnvType is listed as required", KIND),
            (
                "Allowed characters of alias",
                test("create_env.rs", "an_alias_that_cannot_start_an_id_is_refused_before_sending"),
            ),
            (
                "fudiwei's client marks alias",
                no_action("the documentation wins over one client: the constructor cannot do without it"),
            ),
        ],
    ),
    (
        "createcontainerservice",
        &[("The sample uses create_type 3", NETWORK), ("subnetids is required", NETWORK)],
    ),
    (
        "createcsversion",
        &[
            ("branch, version_remark", WHAT_IS_LEFT_OUT),
            ("code_detail.name is an object", WHAT_IS_LEFT_OUT),
            ("The successor call in cloudrun-batch", WHAT_IS_LEFT_OUT),
        ],
    ),
    (
        "dbAggregate",
        &[
            (
                "The ordinary-mode sibling",
                test("aggregate_records.rs", "the_statement_goes_under_its_name_in_lower_case"),
            ),
            ("The English page translates", SAMPLE),
        ],
    ),
    (
        "dbExport",
        &[
            ("The official sample escapes", TEXT),
            (
                "The page first points",
                test("get_migration_state.rs", "the_state_has_the_address_of_what_was_exported"),
            ),
        ],
    ),
    (
        "dbcollectionManage",
        &[
            ("Place of action", NEW_COLLECTION),
            ("collection_name is marked required", COLLECTIONS),
            ("The sibling /tcb/databasecollectionget", COLLECTIONS),
            ("The official answer of add", SAMPLE),
            (
                "The delete page could not be read",
                test("delete_collection.rs", "deleting_has_a_short_name_in_the_url"),
            ),
            ("samples of the newest page leave out action", NEW_COLLECTION),
            ("name: dbcollectionManage", CALL),
            ("the error list of the cloudbase-common page", CODES),
        ],
    ),
    (
        "dbindexManage",
        &[
            (
                "Place of action",
                test("create_indexes.rs", "a_direction_is_text_and_the_action_goes_into_the_url"),
            ),
            ("keys is marked required", test("delete_indexes.rs", "deleting_sends_names_only")),
            ("Both official answers", SAMPLE),
        ],
    ),
    (
        "dbrecordManage",
        &[
            (
                "Place of action",
                test("update_records.rs", "the_action_goes_into_the_url_and_not_into_the_body"),
            ),
            ("pager:", test("query_records.rs", "both_spellings_of_the_pager_are_read")),
            ("The insert samples contain raw line breaks", TEXT),
            ("The update sample was read", UNREAD),
            ("errmsg is described", SLIP),
        ],
    ),
    ("delcsversion", &[("The official answer", SAMPLE)]),
    (
        "deleteCloudFunction",
        &[
            (
                "The current Chinese page and the English page",
                test("delete_function.rs", "functionname_is_the_functions_name"),
            ),
            ("The English copy of the sample", SAMPLE),
            ("fudiwei's client calls its types", no_action("a name inside one client")),
        ],
    ),
    (
        "deleteTcbFile",
        &[
            ("The English page prints Files_list", SENT),
            ("The legacy page lists a download_url", FILE_RESULTS),
            ("Older mini-program pages type delete_list", FILE_RESULTS),
        ],
    ),
    (
        "getCloudFunctionList",
        &[
            (
                "status_reason[].errcode is a string",
                test("list_functions.rs", "a_reason_has_a_code_in_words_beside_the_code_of_the_answer"),
            ),
            ("The current page gives example values", PAGE),
            ("The legacy page does not describe", PAGE),
            ("The English page has 初始值", SENT),
        ],
    ),
    (
        "getDownloadFileLink",
        &[
            (
                "The limit of 50 files",
                test("get_download_links.rs", "one_file_too_many_is_refused_before_sending"),
            ),
            ("English pages print fileid", SENT),
        ],
    ),
    (
        "getMigrationState",
        &[(
            "The legacy table calls the text err_msg",
            test("get_migration_state.rs", "the_text_is_read_under_both_names"),
        )],
    ),
    (
        "getPermission",
        &[
            (
                "Whether rule is present",
                test("get_collection_permission.rs", "a_permission_may_come_without_a_rule"),
            ),
            ("The longer meaning of the tags", UNREAD),
        ],
    ),
    (
        "getShareCloudbaseEnv",
        &[
            ("source_type:", SENT),
            (
                "err_list items:",
                test("list_env_shares.rs", "a_failure_is_read_with_and_without_an_environment"),
            ),
            (
                "WxJava and fudiwei's client send appids only",
                no_action(
                    "the pages win over two clients: the member is always sent, with the caller's choice",
                ),
            ),
        ],
    ),
    ("getStaticStore", &[("data or Data", SITES), ("regoin is misspelled", SITES)]),
    ("getStaticStoreFile", &[("size is a string", SITE_FILES), ("No next marker", SITE_FILES)]),
    (
        "getTcbEnvList",
        &[
            ("The documentation gives no body", test("list_envs.rs", "the_body_is_an_empty_object")),
            ("The legacy table spells update_time", test("list_envs.rs", "the_misprinted_time_is_read")),
            ("dbinstance_id is described", SLIP),
        ],
    ),
    (
        "getTcbFile",
        &[
            ("size is a string", test("list_files.rs", "a_size_is_read_from_text_and_from_a_number")),
            (
                "No next marker",
                test("list_files.rs", "the_next_page_begins_at_the_last_file_of_a_truncated_one"),
            ),
        ],
    ),
    (
        "getTriggers",
        &[
            ("type is timer in this answer", TRIGGER_KIND),
            ("The legacy table types triggers", TRIGGER_KIND),
            ("The English page capitalises names", SENT),
        ],
    ),
    (
        "getUploadFileLink",
        &[
            (
                "cos_file_id is missing",
                test("get_upload_link.rs", "the_id_in_the_storage_is_read_though_the_table_lacks_it"),
            ),
            ("The sample's url ends in testupload", SAMPLE),
            ("Token, key id and cos_file_id", PLACEHOLDER),
        ],
    ),
    (
        "getUploadStaticStoreFile",
        &[
            ("The legacy sample has the sign parameter", STATIC_LINK),
            ("The legacy page carries a leftover", PAGE),
            ("The English page prints Filename", SENT),
            ("Key id and token", PLACEHOLDER),
        ],
    ),
    (
        "getcslist",
        &[
            (
                "The answer calls the service server_name",
                test("list_container_services.rs", "the_name_is_read_in_both_spellings"),
            ),
            ("cslist is described", SLIP),
        ],
    ),
    (
        "getcsversiondetail",
        &[
            (
                "repository_type and repository",
                test("get_container_service_version.rs", "the_repository_is_read_under_both_names"),
            ),
            (
                "version_name is in the sample",
                test("get_container_service_version.rs", "the_name_is_read_though_the_table_lacks_it"),
            ),
        ],
    ),
    (
        "getcsversionlist",
        &[
            (
                "updated_time is in the sample",
                test(
                    "list_container_service_versions.rs",
                    "the_time_of_a_change_is_read_though_the_table_lacks_it",
                ),
            ),
            (
                "Instance bounds are min_replicas",
                test("list_container_service_versions.rs", "the_bounds_are_read_in_both_spellings"),
            ),
        ],
    ),
    (
        "setPermission",
        &[
            (
                "rule is marked required",
                test(
                    "set_collection_permission.rs",
                    "the_rule_is_sent_with_a_custom_permission_and_empty_with_another",
                ),
            ),
            ("The English sample lacks a comma", SAMPLE),
        ],
    ),
    ("setcspropotion", &[("propotion is the service's own misspelling", CALL)]),
    ("setcsversionconfig", &[("version_name is described", SENT)]),
    (
        "shareCloudbaseEnv",
        &[
            ("source_type:", test("create_env_shares.rs", "the_product_is_the_callers_choice")),
            ("msg_info_list is missing", SHARES),
            ("The English page of this call", PAGE),
        ],
    ),
    (
        "unshareCloudbaseEnv",
        &[
            ("source_type:", SENT),
            ("The official sample lacks the comma", SAMPLE),
            ("The interface has no counterpart", UNREAD),
        ],
    ),
    (
        "updateTriggers",
        &[
            ("triggers and err_list are typed", TRIGGER_FAILURES),
            ("The third name for a failure list", TRIGGER_FAILURES),
            ("The English page prints Funcname", SENT),
        ],
    ),
    (
        "uploadCloudFunctionCode",
        &[
            ("Failure list:", test("update_function_code.rs", "failures_are_read_in_both_spellings")),
            ("The English page has 初始值", PAGE),
        ],
    ),
    ("uploadCloudFunctionConfig", &[("The official interface name", CALL), ("The 2023 scrape lost", PAGE)]),
];
