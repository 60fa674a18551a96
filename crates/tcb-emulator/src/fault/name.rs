//! The names of what can go wrong.

use tcb_catalogue::Catalogue;

use crate::{EmulatorError, EmulatorErrorKind, routes};

/// All operations.
pub(crate) const ALL_CALLS: &str = "*";
/// All events.
pub(crate) const ALL_PUSHES: &str = "callbacks";

const EVENTS: [&str; 5] =
    [ALL_PUSHES, "component_verify_ticket", "authorized", "updateauthorized", "unauthorized"];

/// How much a name has to look like what was written to be offered, from 0 to 1, and how many are.
const ALIKE: f64 = 0.8;
const OFFERED: usize = 3;

/// Whether a target is an event, or all of them.
pub(super) fn is_event(target: &str) -> bool {
    EVENTS.contains(&target)
}

/// A target as rules hold it: an operation by its path.
///
/// # Errors
/// [`UnknownPath`](EmulatorErrorKind::UnknownPath), which says what is near.
pub(crate) fn resolve(target: &str) -> Result<&str, EmulatorError> {
    if target == ALL_CALLS || target == routes::STORAGE || is_event(target) {
        return Ok(target);
    }
    let operations = Catalogue::get().operations();
    let known = operations.iter().find(|operation| operation.id == target || operation.path == target);
    known.map(|operation| operation.path.as_str()).ok_or_else(|| {
        let near = near(target);
        let hint = if near.is_empty() { String::new() } else { format!("; near are {}", near.join(", ")) };
        EmulatorError::new(EmulatorErrorKind::UnknownPath, format!("nothing is called {target:?}{hint}"))
    })
}

/// The names that were perhaps meant, the likeliest first.
fn near(target: &str) -> Vec<&'static str> {
    let operations = Catalogue::get().operations().iter();
    let names = operations.flat_map(|operation| [operation.id.as_str(), operation.path.as_str()]);
    // Paths are compared with paths: all begin alike.
    let names = names.filter(|name| name.contains('/') == target.contains('/')).chain(EVENTS);
    let lower = target.to_ascii_lowercase();
    let alike = |name: &'static str| (strsim::jaro_winkler(&lower, &name.to_ascii_lowercase()), name);
    let mut near: Vec<(f64, &str)> = names.map(alike).filter(|(alike, _)| *alike >= ALIKE).collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    near.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}
