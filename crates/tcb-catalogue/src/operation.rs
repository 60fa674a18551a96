use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One endpoint and everything that is known about it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Operation {
    /// The official interface name, spelled as officially (`getFuntionList`).
    pub id: String,
    /// The documentation pages that describe it: one, or two when two families list the same
    /// endpoint. The first decides where they differ.
    #[serde(deserialize_with = "at_least_one")]
    pub pages: Vec<Page>,
    /// The HTTP method.
    pub method: Method,
    /// The path with its leading slash, as documented: `/tcb/createfunction`.
    pub path: String,
    /// Which token the call carries and where.
    pub token: TokenRule,
    /// Numbers of the permission sets of which any one lets a service provider call it; empty when
    /// none is named.
    pub permission_sets: Vec<u32>,
    /// What the caller sends. Fields that do not travel in the JSON body say so in
    /// [`Field::location`].
    pub request: Vec<Field>,
    /// The members of the answer. `errcode` and `errmsg` may come with every answer, listed here or
    /// not.
    pub response: Vec<Field>,
    /// The codes that the pages of this operation name. Any other code of the error table can be
    /// answered too.
    pub errors: Vec<ListedError>,
    /// The official samples, made valid JSON where they were not; `quirks` says what was changed.
    pub samples: Vec<Sample>,
    /// Facts that fit no field.
    pub notes: Vec<String>,
    /// Conflicts between sources, odd spellings, wrongly documented types.
    pub quirks: Vec<Quirk>,
    /// Where an official sample contradicts the field table. The table wins; such a sample has
    /// findings.
    #[serde(default)]
    pub sample_deviations: Vec<String>,
    /// How sure the facts are.
    pub confidence: Confidence,
}

impl Operation {
    /// The family of the first page: `cloudbase-common`. It is also the folder of the data file.
    pub fn family(&self) -> &str {
        &self.pages[0].family
    }

    /// Whether the documentation shows an answer without `errcode`. The tables do not tell: some
    /// list it where no sample has it. Those of the operations without a sample all do.
    pub fn answers_without_errcode(&self) -> bool {
        let mut answers = self.samples.iter().filter_map(|sample| sample.response.as_ref());
        answers.any(|answer| answer.get("errcode").is_none())
    }

    /// The title of the first page.
    pub fn title(&self) -> &Title {
        &self.pages[0].title
    }
}

/// Reads a list that must not be empty.
fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Page>, D::Error> {
    let pages = Vec::deserialize(deserializer)?;
    if pages.is_empty() {
        return Err(D::Error::invalid_length(0, &"at least one page"));
    }
    Ok(pages)
}

/// A place where the documentation contradicts itself, its sources or the service, and what this
/// project does about it: it has either a test or a reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Quirk {
    /// What is odd.
    pub about: String,
    /// The test that fails when the code forgets the quirk: the name of a test function or of a
    /// scenario, or `spec.path` and the like for a fact that stands in this catalogue and that the
    /// types are held to.
    pub honoured_by: Option<String>,
    /// Why no code has to honour it.
    pub no_action: Option<String>,
}

/// One page of the official documentation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Page {
    /// The documentation's family: `cloudbase-common`, `cloudbase-batch`, `authorization`,
    /// `open-account` or `api-management`.
    pub family: String,
    /// The group inside the family (`scf-management`), where the family has groups.
    pub group: Option<String>,
    /// What the page calls the operation.
    pub title: Title,
    /// Addresses of the page and of its older editions, and public clients that agree or disagree
    /// with it.
    pub sources: Vec<String>,
}

/// The title of an operation in two languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Title {
    /// English, in our words.
    pub en: String,
    /// Chinese, as the documentation has it.
    pub zh: String,
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Method {
    /// `GET`, without a body.
    Get,
    /// `POST`, with a JSON body of at least `{}`.
    Post,
}

impl Method {
    /// The method as it stands in a request line: `POST`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which token an operation takes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenRule {
    /// Name of the query parameter; `None` for an operation without a token.
    pub query: Option<String>,
    /// The kinds it takes, the more usual one first; [`TokenKind::None`] alone for an operation
    /// without a token.
    pub kinds: Vec<TokenKind>,
}

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenKind {
    /// A merchant's token, `authorizer_access_token`.
    Authorizer,
    /// The service provider's own token, `component_access_token`.
    Component,
    /// No token; the body carries a secret.
    None,
}

/// A member of a request or an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Field {
    /// Its name on the wire.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether it always has to be sent. Conditions ("required when action is set") stand in
    /// [`limits`](Self::limits) as text and leave this `false`. The documentation promises nothing
    /// for answers: there it is always `false`.
    #[serde(default)]
    pub required: bool,
    /// Whether it must not be shown: whoever reads it can act for somebody.
    #[serde(default)]
    pub secret: bool,
    /// Where a request carries it.
    #[serde(rename = "in", default)]
    pub location: Location,
    /// What it is; for times, their format and zone.
    pub about: String,
    /// The value that the service assumes when it is absent.
    pub default: Option<Value>,
    /// The documented values; empty when any value goes.
    #[serde(rename = "enum", default)]
    pub allowed: Vec<Value>,
    /// Documented limits and conditions, as text.
    pub limits: Option<String>,
    /// The members of an [`Object`](FieldType::Object); empty when their names are free.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// What an [`Array`](FieldType::Array) holds.
    pub items: Option<Box<Item>>,
}

/// What an array holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Item {
    /// The type of each item.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What an item is, where the array's own text does not say it.
    pub about: Option<String>,
    /// The members of each item that is an [`Object`](FieldType::Object); empty when their names
    /// are free.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// What each item that is itself an [`Array`](FieldType::Array) holds.
    pub items: Option<Box<Item>>,
}

/// The documented type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FieldType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number, whole or not.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A JSON object.
    Object,
    /// A JSON array.
    Array,
    /// Text in standard Base64 with padding.
    Base64,
    /// Text that is itself a JSON document.
    JsonString,
}

impl FieldType {
    /// The name in the data files: `integer`, `json-string`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::Base64 => "base64",
            Self::JsonString => "json-string",
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a request carries a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Location {
    /// A member of the JSON body.
    #[default]
    Body,
    /// A query parameter.
    Query,
    /// The whole body; its documented name does not travel.
    RawBody,
}

/// An error code as an operation's own page lists it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ListedError {
    /// The number in `errcode`.
    pub code: i64,
    /// The text that the page prints beside it, if any.
    pub message: Option<String>,
    /// What it means for this operation.
    pub about: String,
}

/// An official request with its official answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Sample {
    /// What the sample shows.
    pub name: String,
    /// Query parameters besides the token.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The body.
    pub request: Value,
    /// The answer; `None` when the documentation that was read shows none.
    pub response: Option<Value>,
}

/// How sure the facts of an operation are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Confidence {
    /// The sources agree on all that matters.
    High,
    /// Sources differ, or a part rests on clients alone.
    Medium,
    /// Little could be confirmed, or the sources contradict each other.
    Low,
}
