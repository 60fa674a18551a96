//! The books: what is generated is up to date, both have the same tree, and their examples run.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod examples;
mod generated;
mod tree;
