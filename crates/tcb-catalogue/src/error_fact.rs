use serde::Deserialize;

/// One row of the error table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorFact {
    /// The number in `errcode`; 0 is success, cloud development's own codes are negative and large.
    pub code: i64,
    /// The text that comes with it, where one is known. Real answers differ in wording: match the
    /// number only.
    pub message: Option<String>,
    /// What it means and, where something is known, what to do.
    pub about: String,
    /// What a client does about it, by the name of a `Reaction` of tcb-types: `fix_caller`,
    /// `retry_later`, …
    ///
    /// Codes around tokens, platforms, accounts and cloud development were classed by hand; the
    /// others by the wording of their message, and [`about`](Self::about) says so.
    pub reaction: String,
    /// `global` for the general tables, and the ids of the operations whose pages list the code.
    pub seen_in: Vec<String>,
    /// Where the fact comes from: documentation pages and public clients.
    pub sources: Vec<String>,
}
