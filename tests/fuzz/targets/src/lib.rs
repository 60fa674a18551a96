//! What must hold for any bytes that come from outside: one function per parser, which panics when
//! it does not hold.
//!
//! `cargo xtask fuzz` calls them with bytes that libFuzzer makes up, the tests of the workspace
//! with those of `tests/fuzz/corpus`.

#![expect(clippy::unwrap_used, reason = "a target ends at the first surprise")]
#![expect(clippy::missing_panics_doc, reason = "to panic is how a target reports what it found")]

mod answers;
mod callbacks;
mod canary;
mod store;
mod text;

pub use answers::{api_response, token_response};
pub use callbacks::{aes_key, callback_decrypt, callback_envelope, callback_inner_xml, callback_query};
pub use canary::CANARY;
pub use store::store_record;
pub use text::{retry_after, scrubber};

/// A target: takes any bytes and panics when something does not hold.
pub type Target = fn(&[u8]);

/// All targets by name. The name is also that of the binary and of the folder in
/// `tests/fuzz/corpus`.
pub const TARGETS: [(&str, Target); 10] = [
    ("api_response", api_response),
    ("token_response", token_response),
    ("callback_query", callback_query),
    ("callback_envelope", callback_envelope),
    ("callback_decrypt", callback_decrypt),
    ("callback_inner_xml", callback_inner_xml),
    ("aes_key", aes_key),
    ("store_record", store_record),
    ("scrubber", scrubber),
    ("retry_after", retry_after),
];
