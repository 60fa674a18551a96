//! What was asked, what was answered and why: an entry for each request.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize};
use tcb_catalogue::Operation;

use crate::mask;
use crate::refusal::Check;
use crate::request::Request;

/// Entries that are kept, unless a builder says otherwise …
pub(crate) const USUAL: usize = 10_000;
/// … and bytes of all their bodies.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Longest body that is kept.
const LONGEST: usize = 16 * 1024;

/// A request to WeChat's API or to the storage, with what was decided and why.
///
/// Secrets are cut short. As text it is an explanation for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Trace {
    /// Its number, counted from 1 in the order in which requests came.
    pub number: u64,
    /// The request id. It stands at the end of every `errmsg` of an error.
    pub rid: String,
    /// When it came, in Unix seconds of the emulator's clock.
    pub time: u64,
    /// The HTTP method.
    pub method: String,
    /// The path, escaped as it came.
    pub path: String,
    /// The query, unescaped.
    pub query: String,
    /// The body, if it is JSON; else its length.
    pub body: String,
    /// Official id of the operation; none for the storage and for what is no operation.
    pub operation: Option<String>,
    /// Appid that the token speaks for.
    pub caller: Option<String>,
    /// The HTTP status; none when no answer was sent.
    pub status: Option<u16>,
    /// `errcode` of the answer, 0 for a success that has none; none for what is no answer of the
    /// API.
    pub errcode: Option<i64>,
    /// The body of the answer, if it is JSON; else its length.
    pub answer: String,
    /// The check that refused the call.
    pub refused_by: Option<Check>,
    /// Why it was refused, beyond what the code says.
    pub why: Option<String>,
    /// What became of the token, if it was refused.
    pub token: Option<TokenHistory>,
    /// The kind of the fault rule that hit it.
    pub fault: Option<String>,
    /// The assumptions that were looked at, with the variant that stood.
    pub assumptions: BTreeMap<String, String>,
    /// Members of the body that the operation did not read, though it succeeded: nothing came of
    /// them, even where they fit the documentation.
    pub unread: Vec<String>,
    /// What a test should know of it.
    pub findings: Vec<String>,
}

/// The life of an access token. Times are in Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TokenHistory {
    /// Appid that it speaks for.
    pub appid: String,
    /// When it was made …
    pub made: u64,
    /// … and by which request.
    pub made_by: String,
    /// When it ends by itself.
    pub expires: u64,
    /// When a newer one replaced it …
    pub replaced: Option<u64>,
    /// … and which request asked for that.
    pub replaced_by: Option<String>,
}

/// What came of a request, beyond its answer.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) caller: Option<String>,
    pub(crate) errcode: Option<i64>,
    pub(crate) refused_by: Option<Check>,
    pub(crate) why: Option<String>,
    pub(crate) token: Option<TokenHistory>,
    pub(crate) fault: Option<&'static str>,
    pub(crate) assumptions: BTreeMap<&'static str, &'static str>,
    pub(crate) unread: Vec<String>,
    pub(crate) findings: Vec<String>,
}

/// When a request came, and how it is called.
#[derive(Clone)]
pub(crate) struct Arrival {
    pub(crate) number: u64,
    pub(crate) rid: String,
    /// Unix seconds.
    pub(crate) time: u64,
}

/// A request as it is kept. Its secrets are cut short when somebody looks, which is seldom.
pub(crate) struct Entry {
    arrival: Arrival,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Body,
    operation: Option<&'static Operation>,
    status: Option<u16>,
    answer: Body,
    pub(crate) outcome: Outcome,
}

/// What is kept of a body.
#[derive(Default)]
enum Body {
    #[default]
    Nothing,
    Whole(Bytes),
    /// A length.
    TooLong(usize),
}

impl Body {
    /// Copies what came over the wire, because a part keeps all of a larger buffer alive.
    fn keep(body: &Bytes) -> Self {
        if body.len() > LONGEST {
            Self::TooLong(body.len())
        } else {
            Self::Whole(Bytes::copy_from_slice(body))
        }
    }

    fn len(&self) -> usize {
        if let Self::Whole(body) = self { body.len() } else { 0 }
    }

    fn show(&self, operation: Option<&Operation>) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Whole(body) => mask::body(operation, body),
            Self::TooLong(length) => format!("({length} bytes)"),
        }
    }
}

impl Entry {
    pub(crate) fn new(arrival: Arrival, request: &Request, operation: Option<&'static Operation>) -> Self {
        Self {
            arrival,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: Body::keep(&request.body),
            operation,
            status: None,
            answer: Body::Nothing,
            outcome: Outcome::default(),
        }
    }

    pub(crate) fn answered(&mut self, status: u16, body: &Bytes) {
        (self.status, self.answer) = (Some(status), Body::keep(body));
    }

    /// Bytes that it holds.
    fn len(&self) -> usize {
        self.body.len() + self.answer.len()
    }

    fn show(&self) -> Trace {
        let outcome = &self.outcome;
        let text = |text: &&'static str| (*text).to_owned();
        let assumptions = outcome.assumptions.iter().map(|(id, variant)| (text(id), text(variant))).collect();
        Trace {
            number: self.arrival.number,
            rid: self.arrival.rid.clone(),
            time: self.arrival.time,
            method: self.method.to_string(),
            path: self.path.clone(),
            query: mask::query(self.operation, &self.query),
            body: self.body.show(self.operation),
            operation: self.operation.map(|operation| operation.id.clone()),
            caller: outcome.caller.clone(),
            status: self.status,
            errcode: outcome.errcode,
            answer: self.answer.show(self.operation),
            refused_by: outcome.refused_by,
            why: outcome.why.clone(),
            token: outcome.token.clone(),
            fault: outcome.fault.map(ToOwned::to_owned),
            assumptions,
            unread: outcome.unread.clone(),
            findings: outcome.findings.clone(),
        }
    }
}

/// The newest requests.
pub(crate) struct Traces {
    most: usize,
    bytes: usize,
    /// In the order of their numbers.
    entries: VecDeque<Entry>,
}

impl Traces {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, bytes: 0, entries: VecDeque::new() }
    }

    /// Adds a request that comes after all that are there.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.bytes += entry.len();
        self.entries.push_back(entry);
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.entries.len() > self.most || self.bytes > MOST_BYTES {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= oldest.len();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// Changes what is kept of a request, unless it was forgotten.
    pub(crate) fn change(&mut self, number: u64, change: impl FnOnce(&mut Entry)) {
        let place = self.entries.partition_point(|entry| entry.arrival.number < number);
        let Some(entry) = self.entries.get_mut(place).filter(|entry| entry.arrival.number == number) else {
            return;
        };
        self.bytes -= entry.len();
        change(entry);
        self.bytes += entry.len();
        self.shrink();
    }

    /// The newest first; with `before`, those alone whose number is lower.
    pub(crate) fn list(&self, before: Option<u64>, most: usize) -> Vec<Trace> {
        let is_meant = |entry: &&Entry| before.is_none_or(|before| entry.arrival.number < before);
        self.entries.iter().rev().filter(is_meant).take(most).map(Entry::show).collect()
    }

    pub(crate) fn find(&self, rid: &str) -> Option<Trace> {
        self.entries.iter().rev().find(|entry| entry.arrival.rid == rid).map(Entry::show)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joint = if self.query.is_empty() { "" } else { "?" };
        writeln!(f, "{} {}{joint}{}", self.method, self.path, self.query)?;
        if let Some(caller) = &self.caller {
            writeln!(f, "the token speaks for {caller}")?;
        }
        if let Some(fault) = &self.fault {
            writeln!(f, "a fault rule of the kind {fault} hit it")?;
        }
        match (self.refused_by, self.errcode) {
            (Some(check), Some(code)) => {
                writeln!(f, "refused with {code} by the check of the {}", check.as_str())?;
            }
            (None, Some(0)) => writeln!(f, "carried out")?,
            (None, Some(code)) => writeln!(f, "answered with {code}")?,
            (_, None) => match self.status {
                Some(status) => writeln!(f, "answered with HTTP {status}")?,
                None => writeln!(f, "not answered")?,
            },
        }
        if let Some(why) = &self.why {
            writeln!(f, "because {why}")?;
        }
        if let Some(token) = &self.token {
            writeln!(f, "{token}")?;
        }
        for (id, variant) in &self.assumptions {
            writeln!(f, "looked at assumption {id}, which stands at `{variant}`")?;
        }
        if !self.unread.is_empty() {
            writeln!(f, "nobody read {}", self.unread.join(", "))?;
        }
        for finding in &self.findings {
            writeln!(f, "finding: {finding}")?;
        }
        Ok(())
    }
}

impl fmt::Display for TokenHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { appid, made, made_by, expires, .. } = self;
        write!(f, "the token of {appid} was made at {made} by request {made_by}, and ends at {expires}")?;
        if let (Some(at), Some(by)) = (self.replaced, &self.replaced_by) {
            write!(f, "; request {by} replaced it at {at}")?;
        }
        Ok(())
    }
}
