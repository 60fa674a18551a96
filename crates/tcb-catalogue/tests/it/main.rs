//! The data is complete and consistent, and the validator finds what it says it finds.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test itself does")]

mod check;
mod data;
mod merged;
mod samples;
