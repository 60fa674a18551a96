use std::fmt;
use std::iter::{self, Empty};
use std::marker::PhantomData;

use serde::Deserializer as _;
use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, IntoDeserializer,
    MapAccess, Visitor,
};
use serde_path_to_error::Track;

use crate::lenient::Lenient;
use crate::required::{self, Lack};
use crate::text::Text;
use crate::wire::AnyInteger;
use crate::{ErrCode, Operation, OperationSpec, Reaction, Scrubber};

/// Reads the answer of operation `O` from the body of an HTTP answer.
///
/// `errcode` and `errmsg` are taken out of the object while the response type reads the rest. A
/// code other than 0 is first offered to [`Operation::outcome`] and otherwise becomes an
/// [`ApiError`], whatever else the answer holds. `scrubber` removes secrets from the server's text.
///
/// A code that is missing or `null` does not mean success: a gateway's `{"code":500}` has none
/// either. All of [`required_in_response`](crate::OperationSpec::required_in_response) must then be
/// there and not be empty, or one of the members that the operation names for [answers without a
/// code](crate::OperationSpec::without_errcode). Even with a code, no required member may be an
/// empty text.
///
/// A plain value that is written in another kind than documented is read by its meaning: `"1"` and
/// `1.0` as 1, `"true"` and 1 as `true`, a number as text. `null` in a list is skipped.
///
/// # Errors
///
/// [`ResponseError::Api`] when the service refused the call, [`ResponseError::Malformed`] when the
/// body is not an answer of `O`.
///
/// ```
/// use tcb_types::{ResponseError, ErrCode, Operation, OperationSpec, Scrubber, read_response};
///
/// #[derive(serde::Serialize)]
/// struct Ping;
/// impl Operation for Ping {
///     type Response = serde_json::Value;
///     const SPEC: OperationSpec = OperationSpec::post("ping", "/ping").read();
/// }
///
/// let body = br#"{"errcode": 40097, "errmsg": "invalid args rid: 617682e0-09059ac5-34a8e2ea"}"#;
/// let answer = read_response::<Ping>(body, &Scrubber::default());
/// let Err(ResponseError::Api(error)) = answer else { panic!() };
/// assert_eq!(error.code(), ErrCode::INVALID_ARGS);
/// assert_eq!(error.message(), "invalid args");
/// assert_eq!(error.rid(), Some("617682e0-09059ac5-34a8e2ea"));
/// ```
pub fn read_response<O: Operation>(
    body: &[u8],
    scrubber: &Scrubber<'_>,
) -> Result<O::Response, ResponseError> {
    read(body, scrubber, Some(&O::SPEC), O::outcome).map(|answer| answer.value)
}

/// Reads the answer of a call that has no [`Operation`] into any type, as [`read_response`] does.
/// Nothing is known about such an answer, so one without a code is accepted too;
/// [`RawResponse::has_errcode`] tells them apart.
///
/// # Errors
///
/// As [`read_response`].
///
/// ```
/// use tcb_types::{Scrubber, read_raw_response};
///
/// let read = |body: &[u8]| read_raw_response::<serde_json::Value>(body, &Scrubber::default());
/// assert!(read(br#"{"errcode":0,"env":"shop-1"}"#)?.has_errcode);
/// assert!(!read(br#"{"code":500,"message":"upstream not reachable"}"#)?.has_errcode);
/// # Ok::<_, tcb_types::ResponseError>(())
/// ```
pub fn read_raw_response<T: DeserializeOwned>(
    body: &[u8],
    scrubber: &Scrubber<'_>,
) -> Result<RawResponse<T>, ResponseError> {
    read(body, scrubber, None, |_, _| None)
}

/// The answer of a call that has no [`Operation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawResponse<T> {
    /// The answer without `errcode` and `errmsg`.
    pub value: T,
    /// Whether there was an `errcode`, which was then 0. Nearly all of WeChat's answers have one.
    /// An answer without the `errcode` that its documentation promises may be a gateway's.
    pub has_errcode: bool,
}

/// What most calls that change something are answered, byte for byte: it need not be parsed.
const OK: &[u8] = br#"{"errcode":0,"errmsg":"ok"}"#;

/// An object without members, which is what [`OK`] has beside the envelope.
fn nothing<'de>() -> MapDeserializer<'de, Empty<(&'static str, ())>, de::value::Error> {
    MapDeserializer::new(iter::empty())
}

fn read<T: DeserializeOwned>(
    body: &[u8],
    scrubber: &Scrubber<'_>,
    spec: Option<&OperationSpec>,
    outcome: fn(ErrCode, &str) -> Option<T>,
) -> Result<RawResponse<T>, ResponseError> {
    if body == OK
        && let Ok(value) = T::deserialize(nothing())
    {
        return Ok(RawResponse { value, has_errcode: true });
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let mut seen = Seen::default();
    let payload = read_object::<T>(body, &mut seen, None);
    if payload.is_err() && seen.code.is_none() {
        // The type failed before the code was read. The code decides, so it is looked for once
        // more.
        let mut again = Seen::default();
        if read_object::<IgnoredAny>(body, &mut again, None).is_ok() {
            seen = again;
        }
    }
    let has_errcode = seen.code.is_some();
    let code = ErrCode::new(seen.code.unwrap_or(0));
    if code != ErrCode::OK {
        let message = seen.message.unwrap_or_default().0;
        return match outcome(code, &message) {
            Some(value) => Ok(RawResponse { value, has_errcode }),
            None => Err(ResponseError::Api(ApiError::new(code, &scrubber.clean(&message)))),
        };
    }
    let value = payload.map_err(|error| ResponseError::Malformed(DecodeError::explain::<T>(body, &error)))?;
    if let Some(spec) = spec {
        required::check(spec, body, has_errcode)
            .map_err(|lack| ResponseError::Malformed(DecodeError::lacking(&lack)))?;
    }
    Ok(RawResponse { value, has_errcode })
}

fn read_object<'de, T: Deserialize<'de>>(
    body: &'de [u8],
    seen: &mut Seen<'de>,
    track: Option<&mut Track>,
) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = deserializer.deserialize_map(Envelope { seen, track, target: PhantomData })?;
    deserializer.end()?;
    Ok(value)
}

/// What the envelope of an answer says.
#[derive(Default)]
struct Seen<'de> {
    /// Whether there was an `errcode`, if only `null`.
    is_named: bool,
    code: Option<i64>,
    message: Option<Text<'de>>,
    /// The member that is being read; it stays when reading fails.
    reading: Option<&'static str>,
}

/// Reads an object into a `T`, and its `errcode` and `errmsg` into `seen`.
struct Envelope<'a, 'de, T> {
    seen: &'a mut Seen<'de>,
    track: Option<&'a mut Track>,
    target: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Envelope<'_, 'de, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let payload = Lenient(MapAccessDeserializer::new(Payload { map, seen: self.seen }));
        match self.track {
            None => T::deserialize(payload),
            Some(track) => T::deserialize(serde_path_to_error::Deserializer::new(payload, track)),
        }
    }
}

/// The members of an answer that do not belong to the envelope.
struct Payload<'a, 'de, A> {
    map: A,
    seen: &'a mut Seen<'de>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Payload<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(Text(key)) = self.map.next_key()? {
            match &*key {
                "errcode" => {
                    self.seen.reading = Some("errcode");
                    if std::mem::replace(&mut self.seen.is_named, true) {
                        return Err(A::Error::duplicate_field("errcode"));
                    }
                    let code = self.map.next_value::<Option<AnyInteger>>()?;
                    self.seen.code = code.map(|AnyInteger(code)| code);
                    self.seen.reading = None;
                }
                "errmsg" => {
                    self.seen.reading = Some("errmsg");
                    if self.seen.message.is_some() {
                        return Err(A::Error::duplicate_field("errmsg"));
                    }
                    let message = self.map.next_value::<Option<Message<'de>>>()?;
                    self.seen.message = Some(message.map(|Message(text)| text).unwrap_or_default());
                    self.seen.reading = None;
                }
                other => return seed.deserialize(other.into_deserializer()).map(Some),
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// The text of an answer's code, which may be a number.
struct Message<'de>(Text<'de>);

impl<'de> Deserialize<'de> for Message<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(Lenient(deserializer)).map(Self)
    }
}

/// Why an answer is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseError {
    /// The service answered a code other than 0.
    Api(ApiError),
    /// The body is not an answer of the operation.
    Malformed(DecodeError),
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::Malformed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ResponseError {}

/// A code other than 0, with what the service said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    code: ErrCode,
    message: String,
    rid: Option<String>,
}

impl ApiError {
    /// Creates an error from an `errcode` and its `errmsg`, whose trailing `rid: ...` is taken out.
    /// `message` must be free of secrets; see [`Scrubber::clean`].
    pub fn new(code: ErrCode, message: &str) -> Self {
        let (message, rid) = match message.rsplit_once("rid:") {
            Some((text, rid)) if is_rid(rid.trim()) => (text.trim_end(), Some(rid.trim().to_owned())),
            _ => (message.trim_end(), None),
        };
        Self { code, message: message.to_owned(), rid }
    }

    /// Returns the code. Match on it, never on the text: texts differ between pages and may be
    /// empty.
    pub fn code(&self) -> ErrCode {
        self.code
    }

    /// Returns the service's text, without the request id and without secrets.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns WeChat's id of the request, which WeChat keeps for seven days; getRidInfo looks it
    /// up.
    pub fn rid(&self) -> Option<&str> {
        self.rid.as_deref()
    }

    /// Returns what a client does about the code.
    pub fn reaction(&self) -> Reaction {
        self.code.reaction()
    }
}

fn is_rid(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "errcode {}", self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if let Some(rid) = &self.rid {
            write!(f, " (rid {rid})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

/// The error of a body that is not the expected answer, or of a text inside one.
///
/// It names the place and what was expected there, never the value that was found, which may be a
/// secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    subject: &'static str,
    kind: DecodeErrorKind,
    path: String,
    expected: String,
    line: usize,
    column: usize,
}

/// How a body differs from the expected answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// Not JSON at all, for example the HTML page of a proxy.
    NotJson,
    /// JSON that ends too early.
    Truncated,
    /// JSON, but not of the expected shape, or without a member that must be there.
    Shape,
    /// Compressed (gzip or zlib), which nothing asked for: something between here and the API host
    /// compresses on its own.
    Compressed,
}

/// Returns whether the body starts as gzip does, or as zlib does at its usual levels.
fn is_compressed(body: &[u8]) -> bool {
    matches!(body, [0x1F, 0x8B, ..] | [0x78, 0x01 | 0x9C | 0xDA, ..])
}

impl DecodeError {
    fn explain<'de, T: Deserialize<'de>>(body: &'de [u8], error: &serde_json::Error) -> Self {
        let mut seen = Seen::default();
        let mut explained = Self::new("answer", error, |track| {
            let _ = read_object::<T>(body, &mut seen, Some(track));
        });
        if is_compressed(body) {
            explained.kind = DecodeErrorKind::Compressed;
            explained.expected = String::new();
        } else if let Some(member) = seen.reading {
            member.clone_into(&mut explained.path);
        }
        explained
    }

    fn lacking(lack: &Lack) -> Self {
        let (path, expected) = match lack {
            Lack::Empty(path) => (*path, "expected something that is not empty"),
            Lack::Missing(path) => (*path, "missing, and there is no `errcode`"),
            Lack::Code => (".", "there is no `errcode`"),
        };
        Self {
            subject: "answer",
            kind: DecodeErrorKind::Shape,
            path: path.to_owned(),
            expected: expected.to_owned(),
            line: 0,
            column: 0,
        }
    }

    /// Explains why a text inside an answer is not a `T`.
    #[cfg(feature = "operations")]
    pub(crate) fn explain_text<'de, T: Deserialize<'de>>(text: &'de str, error: &serde_json::Error) -> Self {
        Self::new("JSON text", error, |track| {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            let _ = T::deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, track));
        })
    }

    fn new(subject: &'static str, error: &serde_json::Error, read_again: impl FnOnce(&mut Track)) -> Self {
        let kind = match error.classify() {
            serde_json::error::Category::Eof => DecodeErrorKind::Truncated,
            serde_json::error::Category::Data => DecodeErrorKind::Shape,
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => DecodeErrorKind::NotJson,
        };
        let mut path = String::new();
        if kind == DecodeErrorKind::Shape {
            // Tracking the path costs allocations, so it is only done after a failure.
            let mut track = Track::new();
            read_again(&mut track);
            path = track.path().to_string();
        }
        Self {
            subject,
            kind,
            path,
            expected: expectation(&error.to_string()),
            line: error.line(),
            column: error.column(),
        }
    }

    /// Returns how the body differs from the expected answer.
    pub fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Returns the path of the member that does not fit, like `functions[0].status`; `.` for the
    /// whole body, empty when the body is not JSON.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns line and column of the place in the body, from 1; both 0 when the body is complete
    /// JSON that lacks something.
    pub fn position(&self) -> (usize, usize) {
        (self.line, self.column)
    }
}

/// Returns the part of a serde message that speaks of our types. The rest quotes the value that was
/// found.
fn expectation(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(text, _)| text);
    if message.starts_with("missing field `") || message.starts_with("duplicate field `") {
        message.to_owned()
    } else if let Some((_, expected)) = message.rsplit_once(", expected ") {
        format!("expected {expected}")
    } else {
        String::new()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject;
        match self.kind {
            DecodeErrorKind::NotJson => write!(f, "the {subject} is not JSON")?,
            DecodeErrorKind::Truncated => write!(f, "the {subject} ends too early")?,
            DecodeErrorKind::Shape => write!(f, "the {subject} is not what it should be")?,
            DecodeErrorKind::Compressed => {
                return write!(f, "the {subject} is compressed, which nothing asked for");
            }
        }
        if !self.path.is_empty() && self.path != "." {
            write!(f, ", at `{}`", self.path)?;
        }
        if !self.expected.is_empty() {
            write!(f, ": {}", self.expected)?;
        }
        if self.line == 0 {
            return Ok(());
        }
        write!(f, " (line {}, column {})", self.line, self.column)
    }
}

impl std::error::Error for DecodeError {}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::json;

    use super::*;
    use crate::{OperationSpec, Secret};

    #[derive(Serialize)]
    struct Probe;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct ProbeAnswer {
        id: String,
        #[serde(default)]
        list: Vec<Item>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Item {
        n: u32,
    }

    #[test]
    fn the_answer_that_says_only_ok_is_read_as_if_it_were_parsed() {
        #[derive(Debug, Default, PartialEq, serde::Deserialize)]
        #[serde(default)]
        struct Optional {
            id: Option<String>,
            list: Vec<Item>,
        }

        fn same<T: DeserializeOwned + PartialEq + fmt::Debug>() -> Result<T, ResponseError> {
            let read = |body: &[u8]| {
                read_raw_response::<T>(body, &Scrubber::default())
                    .map(|answer| (answer.value, answer.has_errcode))
            };
            let parsed = read(br#" {"errcode":0,"errmsg":"ok"}"#);
            assert_eq!(read(OK).is_ok(), parsed.is_ok());
            if let Ok(parsed) = &parsed {
                assert_eq!(read(OK).as_ref(), Ok(parsed));
            }
            read(OK).map(|(value, _)| value)
        }

        assert_eq!(same::<IgnoredAny>().map(drop), Ok(()));
        assert_eq!(same::<Optional>(), Ok(Optional::default()));
        assert_eq!(same::<serde_json::Value>(), Ok(json!({})));
        assert!(matches!(same::<ProbeAnswer>(), Err(ResponseError::Malformed(_))), "the id is missing");
    }

    /// An operation that promises nothing.
    #[derive(Serialize)]
    struct Quiet;

    impl Operation for Quiet {
        type Response = IgnoredAny;
        const SPEC: OperationSpec = OperationSpec::post("quiet", "/quiet");
    }

    impl Operation for Probe {
        type Response = ProbeAnswer;
        const SPEC: OperationSpec = OperationSpec::post("probe", "/probe").required_in_response(&["id"]);

        fn outcome(code: ErrCode, _: &str) -> Option<ProbeAnswer> {
            (code == ErrCode::new(7)).then(|| ProbeAnswer { id: "outcome".into(), list: Vec::new() })
        }
    }

    fn read(body: &str) -> Result<ProbeAnswer, ResponseError> {
        read_response::<Probe>(body.as_bytes(), &Scrubber::default())
    }

    fn api(body: &str) -> ApiError {
        match read(body) {
            Err(ResponseError::Api(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    fn malformed(body: &str) -> DecodeError {
        match read(body) {
            Err(ResponseError::Malformed(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_success_may_carry_the_code_anywhere_and_in_any_spelling_of_0() {
        for body in [
            r#"{"errcode":0,"errmsg":"ok","id":"x"}"#,
            r#"{"id":"x","errmsg":null,"errcode":0}"#,
            r#"{"\u0065rrcode":0,"id":"x","more":[1,{"errcode":5}]}"#,
            "\u{feff}{\"id\":\"x\",\"errcode\":\"0\"}",
            r#"{"id":"x","errcode":0.0,"errmsg":1}"#,
            r#"{"id":7,"errcode":-0.0}"#,
        ] {
            assert!(["x", "7"].contains(&&*read(body).unwrap().id), "{body}");
        }
    }

    #[test]
    fn without_a_code_only_what_the_operation_promises_is_an_answer() {
        for body in
            ["{}", r#"{"code":500,"message":"upstream"}"#, r#"{"errCode":40097,"errMsg":"invalid args"}"#]
        {
            for body in [body.to_owned(), body.replacen('{', r#"{"errcode":null,"#, 1).replace(",}", "}")] {
                let error = read_response::<Quiet>(body.as_bytes(), &Scrubber::default()).unwrap_err();
                assert!(error.to_string().ends_with("there is no `errcode`"), "{error}");
                assert!(read(&body).is_err(), "{body}");
            }
        }
        for body in [r#"{"id":"x"}"#, r#"{"errcode":null,"id":"x","errmsg":null}"#] {
            assert_eq!(read(body).unwrap().id, "x");
        }
        assert!(
            malformed(r#"{"list":[{"n":1}],"id":""}"#).to_string().contains("at `id`: expected something")
        );
    }

    #[test]
    fn what_is_required_is_not_empty() {
        let error = malformed(r#"{"errcode":0,"errmsg":"ok","id":""}"#);
        assert_eq!((error.kind(), error.path(), error.position()), (DecodeErrorKind::Shape, "id", (0, 0)));
        assert_eq!(
            error.to_string(),
            "the answer is not what it should be, at `id`: expected something that is not empty"
        );
        assert_eq!(read(r#"{"errcode":0,"errmsg":"","id":"\"\""}"#).unwrap().id, "\"\"");
    }

    #[test]
    fn a_member_of_the_envelope_that_cannot_be_read_is_named() {
        for (body, path) in [
            (r#"{"errcode":false,"id":"x"}"#, "errcode"),
            (r#"{"id":"x","errcode":""}"#, "errcode"),
            (r#"{"errcode":{},"id":"x"}"#, "errcode"),
            (r#"{"errcode":0.5,"id":"x"}"#, "errcode"),
            (r#"{"errcode":0,"errcode":0,"id":"x"}"#, "errcode"),
            (r#"{"errcode":0,"errmsg":[],"id":"x"}"#, "errmsg"),
            (r#"{"errcode":0,"id":[]}"#, "id"),
        ] {
            assert_eq!(malformed(body).path(), path, "{body}");
        }
        assert_eq!(api(r#"{"errcode":40001,"errmsg":[]}"#).code(), ErrCode::INVALID_CREDENTIAL);
    }

    #[test]
    fn a_compressed_answer_is_called_so() {
        for body in [&b"\x1F\x8B\x08\0\0\0\0\0"[..], b"\x78\x9C\xAB\x56"] {
            let error = read_response::<Probe>(body, &Scrubber::default()).unwrap_err();
            assert_eq!(error.to_string(), "the answer is compressed, which nothing asked for");
        }
    }

    #[test]
    fn a_code_wins_over_whatever_the_type_made_of_the_rest() {
        assert_eq!(api(r#"{"errcode":40001,"errmsg":"bad"}"#).code(), ErrCode::INVALID_CREDENTIAL);
        assert_eq!(api(r#"{"id":[],"errcode":"-501000"}"#).code(), ErrCode::new(-501_000));
        assert_eq!(api(r#"{"id":"x","errcode":-1,"errmsg":""}"#).to_string(), "errcode -1");
    }

    #[test]
    fn an_outcome_is_an_answer() {
        assert_eq!(read(r#"{"errcode":7}"#).unwrap().id, "outcome");
    }

    #[test]
    fn a_doubled_code_is_never_a_success() {
        for body in [r#"{"errcode":0,"errcode":0,"id":"x"}"#, r#"{"id":"x","errcode":0,"errcode":40001}"#] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn what_is_no_answer_is_malformed_and_says_where() {
        assert_eq!(malformed("<html>").kind(), DecodeErrorKind::NotJson);
        assert_eq!(malformed("").kind(), DecodeErrorKind::Truncated);
        assert_eq!(malformed(r#"{"id":"x""#).kind(), DecodeErrorKind::Truncated);
        assert_eq!(malformed(r#"{"id":"x"} trailing"#).kind(), DecodeErrorKind::NotJson);
        for body in ["[]", "\"text\"", "null", "7"] {
            assert_eq!(malformed(body).kind(), DecodeErrorKind::Shape, "{body}");
        }
        let error = malformed(r#"{"id":"x","list":[{"n":1},{"n":"SECRET, expected "}]}"#);
        assert_eq!(error.path(), "list[1].n");
        assert!(error.to_string().contains("expected u32"), "{error}");
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
        assert!(malformed(r#"{"errcode":0}"#).to_string().contains("missing field `id`"));
    }

    #[test]
    fn the_request_id_is_taken_out_of_the_text() {
        let error = api(r#"{"errcode":40097,"errmsg":"invalid args rid: 617682e0-09059ac5-34a8e2ea"}"#);
        assert_eq!((error.message(), error.rid()), ("invalid args", Some("617682e0-09059ac5-34a8e2ea")));
        let error = api(r#"{"errcode":40097,"errmsg":"rid: is not an id here"}"#);
        assert_eq!((error.message(), error.rid()), ("rid: is not an id here", None));
    }

    #[test]
    fn secrets_are_cut_out_of_the_text() {
        let secret = Secret::new("short-canary");
        let body = json!({"errcode": 40001, "errmsg": "token short-canary is old rid: 1-2-3"}).to_string();
        let error = read_response::<Probe>(body.as_bytes(), &Scrubber::new(&[&secret])).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}
