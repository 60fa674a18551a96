mod chinese;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};

use crate::{EmulatorError, EmulatorErrorKind};

pub use chinese::AssumptionText;

/// A behaviour of WeChat that no public source settles, with what the emulator does instead of
/// knowing.
///
/// Code under test is correct when it works whichever way WeChat behaves: switch the variants with
/// [`Emulator::assume`](crate::Emulator::assume) and run the test under each.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Assumption {
    /// Its number, `A-001`.
    pub id: &'static str,
    /// The open question, with what each variant means.
    pub statement: &'static str,
    /// Why the first variant is the default.
    pub why: &'static str,
    /// What would settle it.
    pub settled_by: &'static str,
    /// The variants; the first is the default.
    pub variants: &'static [&'static str],
    /// Official ids of the operations that it concerns.
    pub operations: &'static [&'static str],
}

impl Assumption {
    /// What there is to say of it in Chinese, where somebody has said it.
    ///
    /// ```
    /// let assumption = tcb_emulator::Emulator::assumptions()[0];
    /// assert!(assumption.in_chinese().unwrap().statement.contains("拒绝"));
    /// ```
    pub fn in_chinese(&self) -> Option<&'static AssumptionText> {
        chinese::find(self.id)
    }
}

/// The variants of one assumption, as this crate asks for them.
pub(crate) trait Variants: Copy + PartialEq + 'static {
    const ASSUMPTION: &'static Assumption;
    /// In the order of [`Assumption::variants`].
    const ALL: &'static [Self];
}

/// Makes an assumption: a type of its variants, the default first, and what there is to say of it.
macro_rules! assumption {
    ($name:ident { $($variant:ident = $text:literal),+ } $($member:ident: $value:expr,)+) => {
        #[derive(Clone, Copy, PartialEq)]
        pub(crate) enum $name {
            $($variant),+
        }

        impl Variants for $name {
            const ASSUMPTION: &'static Assumption = &Assumption { variants: &[$($text),+], $($member: $value),+ };
            const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

assumption! {
    StaleVersion { Refused = "refused", Accepted = "accepted", Ignored = "ignored" }
    id: "A-001",
    statement: "`set` with a `version` that is not the one last read: `refused` with 40097, `accepted` as if it were fresh, or `ignored` with an answer 0 and no change",
    why: "a version that is sent back is of use for nothing but noticing a concurrent change",
    settled_by: "on a real platform: `get`, then `set` twice with the version that was read",
    operations: &["setCloudAccessToken"],
}

assumption! {
    SameAlias { Allowed = "allowed", Refused = "refused" }
    id: "A-002",
    statement: "a second environment with the same alias: `allowed`, or `refused` with -501000",
    why: "the id gets a suffix of its own, and no page calls the alias unique",
    settled_by: "two calls with one alias on an account that may pay for two environments",
    operations: &["createEnv"],
}

assumption! {
    PromptOrder { PhoneFirst = "phone-first", ConsentFirst = "consent-first" }
    id: "A-003",
    statement: "no phone number and no consent: `phone-first` answers -601048 and one confirmation settles both, `consent-first` answers -601049 and asks for the number afterwards",
    why: "the text on -601048 tells to bind a number and to agree, as one errand",
    settled_by: "a quick-registered mini program, whose account starts without a number",
    operations: &["createCloudUser"],
}

assumption! {
    RepeatedOpening { Success = "success", AlreadyAsked = "already-asked" }
    id: "A-004",
    statement: "the call after cloud development was opened: `success` answers 0 again, `already-asked` answers -601026",
    why: "the page tells to call again after the confirmation, so a repeat has to be harmless",
    settled_by: "one more call on an account that is open",
    operations: &["createCloudUser"],
}

assumption! {
    AuthorizerOverlap { Overlap = "overlap", AtOnce = "at-once" }
    id: "A-005",
    statement: "a merchant's token after a newer one was made: `overlap` lets it work on as long as a platform's token does, `at-once` refuses it with 40001",
    why: "platform staff confirm five minutes for the platform's token and the refresh token",
    settled_by: "refresh, then call with the former token for six minutes",
    operations: &["getAuthorizerAccessToken", "getAuthorizerRefreshToken"],
}

assumption! {
    FunctionExists { Refused = "refused", Success = "success" }
    id: "A-006",
    statement: "a function name that the environment has already: `refused` with -501000 and `ResourceInUse.FunctionName` in the text, or `success` without a change",
    why: "the page lists -501000 without a text; the name in the text is what Tencent Cloud's own call answers, and WeChat's developer tool shows it",
    settled_by: "the same call twice",
    operations: &["createFunction"],
}

assumption! {
    RefreshTokenUse { Stable = "stable", Grace = "grace", Strict = "strict" }
    id: "A-008",
    statement: "the refresh token when it is used: `stable` comes back unchanged, `grace` is replaced and works on for 300 seconds, `strict` is replaced and dead at once",
    why: "the documentation calls it valid until the merchant cancels; staff also promise five minutes for a replaced one",
    settled_by: "refresh twice with the same refresh token",
    operations: &["getAuthorizerAccessToken"],
}

assumption! {
    CancelledToken { Code61003 = "61003", Code40001 = "40001" }
    id: "A-009",
    statement: "a merchant's token after the merchant cancelled: refused with `61003` or with `40001`",
    why: "the error table words 61003 as \"not authorised, or cancelled\"",
    settled_by: "cancel an authorisation and call with the token that is left",
    operations: &["createCloudUser", "createEnv", "createFunction", "createOpenAccount"],
}

assumption! {
    TrialAccount { Code48001 = "48001", Code40013 = "40013" }
    id: "A-010",
    statement: "a trial mini program that asks for an open-platform account: refused with `48001` or with `40013`",
    why: "the page only says that trial mini programs cannot; 48001 is the table's code for an account without an API",
    settled_by: "the call with the token of a trial mini program",
    operations: &["createOpenAccount"],
}

assumption! {
    EnvReadiness { Immediate = "immediate", After3Polls = "after-3-polls" }
    id: "A-011",
    statement: "a new environment: `immediate` is NORMAL at once, `after-3-polls` is UNAVAILABLE in the first two answers of getEnvInfo and takes functions (-501005 until then) from the third on",
    why: "waiting is reported, its length is not documented, and most tests are not about it",
    settled_by: "create one and list it every few seconds",
    operations: &["createEnv", "createFunction", "getEnvInfo"],
}

assumption! {
    UnknownEnv { Empty = "empty", Refused = "refused" }
    id: "A-012",
    statement: "asking for one environment that is not there: `empty` answers an empty list, `refused` answers -501005",
    why: "the field is a filter of a list",
    settled_by: "the call with an invented environment id",
    operations: &["getEnvInfo"],
}

assumption! {
    UnknownEnvironment { Code501000 = "-501000", Code501005 = "-501005", Code501009 = "-501009" }
    id: "A-013",
    statement: "an environment that the caller does not have, in a call whose page lists neither -501005 nor -501000: refused with `-501000`, `-501005` or `-501009`",
    why: "public reports of -501000 mostly mean that an environment or function is not there",
    settled_by: "each call with an invented environment id",
    operations: &[
        "getFuntionList", "getFuntionConfig", "getUploadFuntionConfig", "getFuntionLink", "addDelayedFunctionTask",
        "addDatabaseCollection", "deleteDatabaseCollection", "getDatabaseCollection", "updateDatabaseIndex",
        "addDatabaseItem", "getDatabaseRecord", "updateDatabaseRecord", "deleteDatabaseItem", "getDatabaseCount",
        "aggregateDatabase", "exportDatabaseItem", "getDatabaseMigrateStatus", "getUploadTcbFileLink",
        "getDownloadTcbFileLink", "deleteTcbCloudFile", "shareEnv", "setCallBackConfig", "sendCloudBaseSms",
        "newSendCloudBaseSms", "createSendSmsTask", "describeSmsRecords",
    ],
}

assumption! {
    EscapedText { Code47002 = "47002", Code40033 = "40033" }
    id: "A-014",
    statement: "a body with an escape `\\uXXXX`: refused with `47002` or with `40033`",
    why: "both texts of the error table speak of such escapes; 47002 is the one that names the format of the body",
    settled_by: "one call with an escaped and one with a plain alias",
    operations: &["createEnv", "createFunction", "addDatabaseItem"],
}

assumption! {
    RecordNumbers { Plain = "plain", Extended = "extended" }
    id: "A-015",
    statement: "numbers that are not whole, and coordinates, in records that are queried: `plain` JSON, or `extended` to `{\"$numberDouble\": \"113.0\"}` as in the sample of the aggregation",
    why: "the sample of a query has no number; plain JSON is what the database's own client shows",
    settled_by: "a query for a record with a point",
    operations: &["getDatabaseRecord", "dbrecordManage"],
}

assumption! {
    FunctionUnderWay { Creating = "creating", Absent = "absent" }
    id: "A-016",
    statement: "a function that is not ready yet: listed as `creating` (`Creating`, the cloud's own word), or `absent` from the list",
    why: "the pages name Active and CreateFailed and call the list open",
    settled_by: "list the functions in the moment after one was created",
    operations: &["getFuntionList", "getCloudFunctionList"],
}

assumption! {
    MissingFunction { Code501000 = "-501000", Code501009 = "-501009" }
    id: "A-017",
    statement: "a function that the environment does not have: refused with `-501000` or with `-501009`",
    why: "public reports of -501000 mostly mean that an environment or function is not there",
    settled_by: "each call with an invented name of a function",
    operations: &[
        "getFuntionConfig", "getUploadFuntionConfig", "getFuntionLink", "invokeCloudFunction", "addDelayedFunctionTask",
        "uploadCloudFunctionConfig", "deleteCloudFunction", "getTriggers",
    ],
}

assumption! {
    CollectionExists { Code501000 = "-501000", Code501001 = "-501001" }
    id: "A-018",
    statement: "a collection that is there already: refused with `-501000` and `Table exist` in the text, or with `-501001` and `ResourceUnavailable.ResourceExist`",
    why: "public programs that call over HTTP look for -501000 with such a text; the other is what programs inside of cloud functions see",
    settled_by: "the call twice",
    operations: &["addDatabaseCollection", "dbcollectionManage"],
}

assumption! {
    Triggers { Replaced = "replaced", Added = "added" }
    id: "A-019",
    statement: "triggers that are sent: they have `replaced` all that the function had, or are `added` to them, by name",
    why: "the page says \"update\" and has no other way to remove one",
    settled_by: "two calls with different names, and one getTriggers",
    operations: &["updateTriggers"],
}

assumption! {
    ListMarker { After = "after", From = "from" }
    id: "A-020",
    statement: "a list of files with a marker begins `after` it or `from` it on",
    why: "the object storage under it begins after the marker",
    settled_by: "a list with the key of a file as its marker",
    operations: &["getTcbFile", "getStaticStoreFile"],
}

assumption! {
    StaticSiteTwice { Success = "success", Refused = "refused" }
    id: "A-021",
    statement: "hosting a static website a second time: `success`, or `refused` with -501000",
    why: "the page lists no code for it",
    settled_by: "the call twice",
    operations: &["createStaticStore"],
}

assumption! {
    UnboundUnbind { Code89002 = "89002", Code40013 = "40013" }
    id: "A-022",
    statement: "unbinding an account from an open-platform account that it is not bound to: refused with `89002` or with `40013`",
    why: "89002 is what getOpenAccount answers for an account that is bound to nothing",
    settled_by: "the call with an account that is bound to nothing",
    operations: &["unbindOpenAccount"],
}

assumption! {
    FullOpenAccount { Code89004 = "89004", Code89001 = "89001" }
    id: "A-023",
    statement: "the account after the fifth of an unverified open-platform account: refused with `89004` or with `89001`",
    why: "89004 is the code for an open-platform account that is full; its text names a hundred",
    settled_by: "six mini programs of one subject",
    operations: &["bindOpenAccount"],
}

assumption! {
    PressureTestEnd { Finished = "finished", Done = "done" }
    id: "A-024",
    statement: "the state of a pressure test that is over: `finished` (`Finished`) or `done` (`Done`); before, it is `Crawling`",
    why: "only Crawling is in a sample",
    settled_by: "a pressure test of a few seconds",
    operations: &["getPressureTestStatus"],
}

assumption! {
    EarlyReport { Empty = "empty", Refused = "refused" }
    id: "A-025",
    statement: "the report of a pressure test that is not over: one with `empty` numbers, or `refused` with -501009",
    why: "no page lists a code for it",
    settled_by: "the call right after a test was created",
    operations: &["getPressureTestReport"],
}

assumption! {
    PayRequestTwice { Success = "success", Refused = "refused" }
    id: "A-026",
    statement: "asking for what a WeChat Pay merchant has granted or was asked for already: `success` without a change, or `refused` with 40097",
    why: "the page lists no code for it",
    settled_by: "the call twice",
    operations: &["getWechatPayAuth"],
}

assumption! {
    UnknownCloudId { LeftOut = "left-out", Empty = "empty" }
    id: "A-027",
    statement: "a cloudID that stands for nothing: `left-out` of the answer, or with `empty` data",
    why: "the page lists no code for one item",
    settled_by: "the call with an invented cloudID",
    operations: &["getOpenData"],
}

assumption! {
    UncheckedAddress { Refused = "refused", Empty = "empty" }
    id: "A-028",
    statement: "checking the callback of a platform that has none: `refused` with 40201, or answered with `empty` lists",
    why: "40201 is worded \"no callback URL configured\"",
    settled_by: "a platform in whose console no URL is set",
    operations: &["callbackCheck"],
}

assumption! {
    EmptyRule { Accepted = "accepted", Refused = "refused" }
    id: "A-029",
    statement: "an empty text for the rule of a tag that needs none: `accepted`, or `refused` with 40097 as a text that is no JSON",
    why: "the page requires the rule for every tag, and there is nothing to say in it",
    settled_by: "the call with `READONLY` and an empty rule",
    operations: &["setPermission"],
}

assumption! {
    JobWords { Cloud = "cloud", Api = "api" }
    id: "A-030",
    statement: "the states of an import or export beside `success`: those of the `cloud` under it (`waiting`, `fail`), or of its `api` (`processing`, `failed`)",
    why: "Tencent Cloud's side of the same service is known to use waiting and fail; only success is in a sample",
    settled_by: "the import of a large file, and of one that is no JSON",
    operations: &["getDatabaseMigrateStatus", "getMigrationState"],
}

assumption! {
    SiteUnderWay { Process = "process", Absent = "absent" }
    id: "A-031",
    statement: "a static website that is not online yet: listed as `process`, or `absent` from the list",
    why: "the page names online alone and calls the list open; process is the word of the cloud's own API",
    settled_by: "the list right after hosting was asked for",
    operations: &["getStaticStore"],
}

assumption! {
    UploadWithoutSite { Refused = "refused", Allowed = "allowed" }
    id: "A-032",
    statement: "a link for a file of a website that is not hosted: `refused` with -501009, or `allowed`",
    why: "there is no bucket before hosting has begun; -501009 is worded \"invalid or does not exist\"",
    settled_by: "the call in a new environment",
    operations: &["getUploadStaticStoreFile", "getStaticStoreFile"],
}

assumption! {
    TwoPushes { Code40097 = "40097", Code501007 = "-501007" }
    id: "A-033",
    statement: "switching the push to functions on while the one to a container is on: refused with `40097` or with `-501007`",
    why: "the page says that it cannot be done and names no code; 40097 is what the family uses widely",
    settled_by: "the call with both blocks switched on",
    operations: &["setCallBackConfig"],
}

assumption! {
    WrongNumber { Listed = "listed", Refused = "refused" }
    id: "A-034",
    statement: "a number that is none of the mainland: `listed` with a code of its own while the others are sent to, or the whole call `refused` with -501007",
    why: "each number has a code in the answer; this one is that of Tencent Cloud's own messages",
    settled_by: "the call with one good and one foreign number",
    operations: &["sendCloudBaseSms", "newSendCloudBaseSms"],
}

assumption! {
    UnsetConfig { Usual = "usual", Code85089 = "85089" }
    id: "A-035",
    statement: "a trigger or environment configuration that nobody has uploaded: the `usual` one, or refused with `85089`",
    why: "the page lists 85089 for the configuration of cloud calls and names a usual time limit for the environment",
    settled_by: "the call for a new function, with each type",
    operations: &["getFuntionConfig"],
}

assumption! {
    MissingIndex { Ignored = "ignored", Refused = "refused" }
    id: "A-036",
    statement: "dropping an index that is not there: `ignored`, or `refused` with -502010",
    why: "the page lists no code for it",
    settled_by: "the call with an invented name",
    operations: &["updateDatabaseIndex", "dbindexManage"],
}

assumption! {
    FirstPermission { Private = "private", AdminOnly = "admin-only" }
    id: "A-037",
    statement: "the permission of a new collection: `private` (PRIVATE) or `admin-only` (ADMINONLY)",
    why: "PRIVATE is what the cloud's console gives a collection that is made there",
    settled_by: "getPermission for a new collection",
    operations: &["getPermission", "dbcollectionManage", "addDatabaseCollection"],
}

/// All assumptions, ordered by number.
pub(crate) static ALL: [&Assumption; 36] = [
    StaleVersion::ASSUMPTION,
    SameAlias::ASSUMPTION,
    PromptOrder::ASSUMPTION,
    RepeatedOpening::ASSUMPTION,
    AuthorizerOverlap::ASSUMPTION,
    FunctionExists::ASSUMPTION,
    RefreshTokenUse::ASSUMPTION,
    CancelledToken::ASSUMPTION,
    TrialAccount::ASSUMPTION,
    EnvReadiness::ASSUMPTION,
    UnknownEnv::ASSUMPTION,
    UnknownEnvironment::ASSUMPTION,
    EscapedText::ASSUMPTION,
    RecordNumbers::ASSUMPTION,
    FunctionUnderWay::ASSUMPTION,
    MissingFunction::ASSUMPTION,
    CollectionExists::ASSUMPTION,
    Triggers::ASSUMPTION,
    ListMarker::ASSUMPTION,
    StaticSiteTwice::ASSUMPTION,
    UnboundUnbind::ASSUMPTION,
    FullOpenAccount::ASSUMPTION,
    PressureTestEnd::ASSUMPTION,
    EarlyReport::ASSUMPTION,
    PayRequestTwice::ASSUMPTION,
    UnknownCloudId::ASSUMPTION,
    UncheckedAddress::ASSUMPTION,
    EmptyRule::ASSUMPTION,
    JobWords::ASSUMPTION,
    SiteUnderWay::ASSUMPTION,
    UploadWithoutSite::ASSUMPTION,
    TwoPushes::ASSUMPTION,
    WrongNumber::ASSUMPTION,
    UnsetConfig::ASSUMPTION,
    MissingIndex::ASSUMPTION,
    FirstPermission::ASSUMPTION,
];

/// The variants that were chosen, by their places; all others stand at their default.
#[derive(Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub(crate) struct Assumptions {
    chosen: BTreeMap<&'static str, usize>,
    /// Those that were asked for since somebody looked.
    consulted: RefCell<BTreeSet<&'static str>>,
}

impl Serialize for Assumptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let chosen = ALL.iter().filter(|known| self.chosen.contains_key(known.id));
        serializer.collect_map(chosen.map(|known| (known.id, self.variant(known))))
    }
}

impl TryFrom<BTreeMap<String, String>> for Assumptions {
    type Error = EmulatorError;

    fn try_from(chosen: BTreeMap<String, String>) -> Result<Self, EmulatorError> {
        let mut assumptions = Self::default();
        chosen.iter().try_for_each(|(id, variant)| assumptions.choose(id, variant))?;
        Ok(assumptions)
    }
}

impl Assumptions {
    pub(crate) fn choose(&mut self, id: &str, variant: &str) -> Result<(), EmulatorError> {
        let assumption = find(id)?;
        let place = assumption.variants.iter().position(|known| *known == variant).ok_or_else(|| {
            EmulatorError::new(
                EmulatorErrorKind::UnknownAssumption,
                format!("{id} has no such variant; it has {}", assumption.variants.join(", ")),
            )
        })?;
        self.chosen.insert(assumption.id, place);
        Ok(())
    }

    pub(crate) fn variant(&self, assumption: &Assumption) -> &'static str {
        assumption.variants[self.place(assumption)]
    }

    /// The variant that stands.
    pub(crate) fn chosen<V: Variants>(&self) -> V {
        self.consulted.borrow_mut().insert(V::ASSUMPTION.id);
        V::ALL[self.place(V::ASSUMPTION)]
    }

    /// Whether `variant` stands.
    pub(crate) fn is<V: Variants>(&self, variant: V) -> bool {
        self.chosen::<V>() == variant
    }

    fn place(&self, assumption: &Assumption) -> usize {
        self.chosen.get(assumption.id).copied().unwrap_or_default()
    }

    /// The assumptions that were asked for since the last look, with the variants that stand.
    pub(crate) fn take_consulted(&self) -> BTreeMap<&'static str, &'static str> {
        let known = self.consulted.take().into_iter().filter_map(|id| find(id).ok());
        known.map(|assumption| (assumption.id, self.variant(assumption))).collect()
    }
}

pub(crate) fn find(id: &str) -> Result<&'static Assumption, EmulatorError> {
    ALL.into_iter().find(|assumption| assumption.id == id).ok_or_else(|| {
        EmulatorError::new(EmulatorErrorKind::UnknownAssumption, format!("there is no assumption {id:?}"))
    })
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::ALL;

    #[test]
    fn assumptions_are_in_order_and_concern_operations_that_exist() {
        assert!(ALL.is_sorted_by_key(|assumption| assumption.id));
        for assumption in ALL {
            assert!(!assumption.operations.is_empty() && assumption.variants.len() > 1, "{}", assumption.id);
            for id in assumption.operations {
                assert!(Catalogue::get().operation(id).is_some(), "{}: {id}", assumption.id);
            }
        }
    }

    #[test]
    fn each_assumption_is_said_in_chinese_with_the_same_variants() {
        for assumption in ALL {
            let chinese = assumption.in_chinese().unwrap_or_else(|| panic!("{} in Chinese", assumption.id));
            for variant in assumption.variants {
                assert!(chinese.statement.contains(variant), "{}: {variant}", assumption.id);
            }
            let is_chinese =
                |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
            assert!([chinese.statement, chinese.why, chinese.settled_by].into_iter().all(is_chinese));
        }
    }
}
