//! The locks of the single flight, under a name that the search for interleavings
//! (`tests/interleavings`) puts its own in place of.

pub(crate) use std::sync::{Arc, Mutex, PoisonError};
