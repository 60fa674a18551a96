use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer};

use crate::Scrubber;

/// The result of a call whose `errcode` 0 does not mean that everything worked: what worked, and
/// what failed.
///
/// Neither is available without the other: [`complete`](Self::complete) is an error when anything
/// failed, [`into_parts`](Self::into_parts) returns both.
///
/// The service's reasons for failures end up in logs, so anything that looks like a secret is
/// removed from them, as from other texts of the service.
///
/// ```
/// use tcb_types::Partial;
///
/// let deleted: Partial<Vec<&str>, &str> = Partial::new(vec!["a.png"], vec!["b.png"]);
/// assert_eq!(deleted.failures(), ["b.png"]);
///
/// let incomplete = deleted.complete().unwrap_err();
/// assert_eq!(incomplete.to_string(), "1 part of the call failed");
/// assert_eq!(incomplete.done(), &["a.png"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the call succeeded, but parts of it may have failed"]
pub struct Partial<T, F> {
    done: T,
    failures: Vec<F>,
}

impl<T, F> Partial<T, F> {
    /// Creates a result in which `done` worked and `failures` did not.
    pub fn new(done: T, failures: Vec<F>) -> Self {
        Self { done, failures }
    }

    /// Returns what failed; empty when everything worked.
    pub fn failures(&self) -> &[F] {
        &self.failures
    }

    /// Returns whether everything worked.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }

    /// Returns what worked, if nothing failed.
    ///
    /// # Errors
    ///
    /// When anything failed. The error holds both what failed and what worked.
    pub fn complete(self) -> Result<T, Incomplete<T, F>> {
        if self.is_complete() { Ok(self.done) } else { Err(Incomplete(self)) }
    }

    /// Returns what worked, and what failed.
    pub fn into_parts(self) -> (T, Vec<F>) {
        (self.done, self.failures)
    }
}

/// The error of [`Partial::complete`]: parts of a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete<T, F>(Partial<T, F>);

impl<T, F> Incomplete<T, F> {
    /// Returns what worked nevertheless.
    pub fn done(&self) -> &T {
        &self.0.done
    }

    /// Returns what failed, at least one item.
    pub fn failures(&self) -> &[F] {
        &self.0.failures
    }

    /// Returns what worked, and what failed.
    pub fn into_parts(self) -> (T, Vec<F>) {
        self.0.into_parts()
    }
}

impl<T, F> fmt::Display for Incomplete<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failures().len() {
            1 => f.write_str("1 part of the call failed"),
            n => write!(f, "{n} parts of the call failed"),
        }
    }
}

impl<T: fmt::Debug, F: fmt::Debug> std::error::Error for Incomplete<T, F> {}

impl<T: Default, F> Default for Partial<T, F> {
    fn default() -> Self {
        Self::new(T::default(), Vec::new())
    }
}

/// Reads the list of what failed, for an answer that lists nothing else; absent and `null` are
/// empty. The member is `#[serde(default, with = "partial::failures")]` with
/// `schemars(with = "Vec<F>")`.
pub(crate) mod failures {
    use super::{Deserialize, Deserializer, Partial};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, F: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<Partial<(), F>, D::Error> {
        Ok(Partial::new((), crate::wire::list(deserializer)?))
    }

    #[cfg(feature = "serialize")]
    pub(crate) fn serialize<S: serde::Serializer, F: serde::Serialize>(
        partial: &Partial<(), F>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(partial.failures())
    }
}

/// Reads the service's reason for a failure, without anything that looks like a secret. The member
/// is `#[serde(default, deserialize_with = "partial::reason")]`.
pub(crate) fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| Scrubber::default().clean(&text)))
}

/// Reads a list whose items `W` each say whether they worked; absent and `null` are empty. The
/// member is `#[serde(default, with = "partial::Items::<W>")]` with `schemars(with = "Vec<W>")`.
pub(crate) struct Items<W>(PhantomData<W>);

impl<W> Items<W> {
    pub(crate) fn deserialize<'de, D, T, F>(deserializer: D) -> Result<Partial<Vec<T>, F>, D::Error>
    where
        D: Deserializer<'de>,
        W: Deserialize<'de> + Into<Result<T, F>>,
    {
        let items: Vec<W> = crate::wire::list(deserializer)?;
        let mut partial = Partial::new(Vec::new(), Vec::new());
        for item in items {
            match item.into() {
                Ok(done) => partial.done.push(done),
                Err(failure) => partial.failures.push(failure),
            }
        }
        Ok(partial)
    }

    /// Writes what worked before what failed, whatever their order was.
    #[cfg(feature = "serialize")]
    pub(crate) fn serialize<S, T, F>(partial: &Partial<Vec<T>, F>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
        W: serde::Serialize + From<Result<T, F>>,
        T: Clone,
        F: Clone,
    {
        let done = partial.done.iter().cloned().map(Ok);
        let failures = partial.failures.iter().cloned().map(Err);
        serializer.collect_seq(done.chain(failures).map(W::from))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Operation, cloudbase_batch, cloudbase_common, read_response};

    #[derive(Debug, Deserialize)]
    struct Answer {
        #[serde(default, with = "failures")]
        err_list: Partial<(), String>,
        #[serde(default, with = "Items::<Item>")]
        list: Partial<Vec<u8>, u8>,
    }

    #[derive(Deserialize)]
    struct Item {
        n: u8,
        status: i64,
    }

    impl From<Item> for Result<u8, u8> {
        fn from(item: Item) -> Self {
            if item.status == 0 { Ok(item.n) } else { Err(item.n) }
        }
    }

    #[test]
    fn absent_and_null_lists_are_complete() {
        for body in ["{}", r#"{"err_list":null,"list":null}"#, r#"{"err_list":[],"list":[]}"#] {
            let answer: Answer = serde_json::from_str(body).unwrap();
            assert!(answer.err_list.complete().is_ok() && answer.list.is_complete(), "{body}");
        }
    }

    /// Reads an answer in which everything failed for a reason that repeats secrets.
    fn failures_of<O: Operation<Response: std::fmt::Debug>>(list: &str, item: &str) -> String {
        let reason = "no access_token=canary ticket@@@canary 61_W3mEpU66027wgNZ_MhGHNQDHnFATkDa9-canary here";
        let body = format!(r#"{{"errcode":0,"{list}":[{{{item}"{reason}"}}]}}"#);
        let answer = read_response::<O>(body.as_bytes(), &Scrubber::default()).unwrap();
        format!("{answer:?}")
    }

    #[test]
    fn no_reason_of_a_failure_shows_a_secret() {
        for shown in [
            failures_of::<cloudbase_common::GetDownloadLinks>(
                "file_list",
                r#""fileid":"f","status":-1,"errmsg":"#,
            ),
            failures_of::<cloudbase_common::DeleteFiles>(
                "delete_list",
                r#""fileid":"f","status":-1,"errmsg":"#,
            ),
            failures_of::<cloudbase_common::SendSms>("send_status_list", r#""code":"x","message":"#),
            failures_of::<cloudbase_batch::UpdateTriggers>("err_list", r#""env":"e","errmsg":"#),
            failures_of::<cloudbase_batch::CreateContainerServiceVersions>(
                "fail_list",
                r#""env":"e","errormsg":"#,
            ),
            failures_of::<cloudbase_batch::ListEnvShares>("err_list", r#""appid":"a","errmsg":"#),
            failures_of::<cloudbase_batch::DeleteContainerServiceVersions>(
                "fail_list",
                r#""env":"e","errmsg":"#,
            ),
            failures_of::<cloudbase_batch::SetTrafficSharesOfServices>("fail_list", r#""env":"e","errmsg":"#),
        ] {
            assert!(!shown.contains("canary") && shown.contains("[redacted] here"), "{shown}");
        }
    }

    #[test]
    fn what_failed_stands_beside_what_worked() {
        let body =
            r#"{"err_list":["x","y"],"list":[{"n":1,"status":0},{"n":2,"status":-1},{"n":3,"status":0}]}"#;
        let answer: Answer = serde_json::from_str(body).unwrap();
        assert_eq!(answer.err_list.complete().unwrap_err().to_string(), "2 parts of the call failed");
        assert_eq!(answer.list.into_parts(), (vec![1, 3], vec![2]));
    }
}
