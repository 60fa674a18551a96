//! States that are kept, and put back.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tcb_types::Clock as _;

use crate::clock::{ClockMode, speed};
use crate::core::Event;
use crate::state::State;
use crate::time::UnixTime;
use crate::{Emulator, EmulatorError, EmulatorErrorKind};

/// The version of the files. One that is written otherwise gets the next number.
const SCHEMA: u64 = 1;

/// Snapshots that are kept at most.
const MOST: usize = 100;

/// Longest name of a snapshot.
const LONGEST: usize = 64;

/// What [`Emulator::reset`] goes back to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reset {
    /// No platform, no merchant, nothing; the seed begins anew. Time goes on.
    Empty,
    /// The first platform alone, as at the start; the seed begins anew. Time goes on.
    Seed,
    /// A snapshot, with its time.
    Snapshot(String),
}

/// A whole state with its moment, as a file holds it.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    schema: u64,
    /// Milliseconds since 1970.
    now: UnixTime,
    mode: ClockMode,
    state: Value,
}

/// Snapshots. A snapshot holds everything that decides what will be answered, down to the place
/// that the seed has reached, and what has happened in numbers; not the trace. Pushes that are on
/// their way when a state is replaced arrive, but the new state knows nothing of them.
impl Emulator {
    /// Keeps the state under a name, in place of an earlier one with this name.
    ///
    /// # Errors
    /// [`Invalid`](EmulatorErrorKind::Invalid) for a name that is not 1 to 64 letters, digits, `.`,
    /// `-` and `_`, and when a hundred are kept already.
    pub fn save_snapshot(&self, name: &str) -> Result<(), EmulatorError> {
        let snapshot = self.take_snapshot()?;
        self.keep(name, snapshot)
    }

    /// The names of the snapshots, in their order.
    pub fn snapshots(&self) -> Vec<String> {
        self.core.snapshots().keys().cloned().collect()
    }

    /// Forgets a snapshot.
    ///
    /// # Errors
    /// [`UnknownSnapshot`](EmulatorErrorKind::UnknownSnapshot).
    pub fn delete_snapshot(&self, name: &str) -> Result<(), EmulatorError> {
        self.core.snapshots().remove(name).map(drop).ok_or_else(|| unknown(name))
    }

    /// Goes back to a state. The trace begins anew, for ids of requests come again; snapshots stay.
    ///
    /// # Errors
    /// [`UnknownSnapshot`](EmulatorErrorKind::UnknownSnapshot).
    pub fn reset(&self, to: &Reset) -> Result<(), EmulatorError> {
        match to {
            Reset::Empty => self.put(State::emptied),
            Reset::Seed => self.put(|state| {
                let mut first = state.emptied();
                first.add_component();
                first
            }),
            Reset::Snapshot(name) => {
                let known = self.core.snapshots().get(name).cloned();
                let snapshot = read(known.ok_or_else(|| unknown(name))?)?;
                let state: State =
                    serde_json::from_value(snapshot.state).map_err(|error| unreadable(&error))?;
                self.core.clock.set_mode(snapshot.mode)?;
                self.put(|_| {
                    // Under the lock, so that nothing comes due in the state that goes.
                    self.core.clock.set(snapshot.now.wall());
                    state
                });
            }
        }
        Ok(())
    }

    /// A snapshot as a file holds it: JSON with the version `schema`. The secrets in it are the
    /// emulator's own.
    ///
    /// # Errors
    /// [`UnknownSnapshot`](EmulatorErrorKind::UnknownSnapshot).
    pub fn export_snapshot(&self, name: &str) -> Result<Value, EmulatorError> {
        self.core.snapshots().get(name).cloned().ok_or_else(|| unknown(name))
    }

    /// Keeps what [`export_snapshot`](Self::export_snapshot) gave, perhaps of another emulator,
    /// under a name.
    ///
    /// # Errors
    /// [`Invalid`](EmulatorErrorKind::Invalid) for a version that this emulator does not read, for
    /// what is no snapshot, and as in [`save_snapshot`](Self::save_snapshot).
    pub fn import_snapshot(&self, name: &str, file: Value) -> Result<(), EmulatorError> {
        let snapshot = read(file.clone())?;
        serde_json::from_value::<State>(snapshot.state).map_err(|error| unreadable(&error))?;
        self.keep(name, file)
    }

    fn take_snapshot(&self) -> Result<Value, EmulatorError> {
        let state = self.core.state();
        let written = serde_json::to_value(&*state).map_err(|error| unreadable(&error))?;
        let (now, mode) = (UnixTime::at(self.core.clock.wall()), self.core.clock.mode());
        serde_json::to_value(Snapshot { schema: SCHEMA, now, mode, state: written })
            .map_err(|error| unreadable(&error))
    }

    fn keep(&self, name: &str, snapshot: Value) -> Result<(), EmulatorError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if !(1..=LONGEST).contains(&name.len()) || !name.bytes().all(is_plain) {
            let message =
                format!("the name of a snapshot is 1 to {LONGEST} letters, digits, `.`, `-` and `_`");
            return Err(EmulatorError::new(EmulatorErrorKind::Invalid, message));
        }
        let mut snapshots = self.core.snapshots();
        if snapshots.len() >= MOST && !snapshots.contains_key(name) {
            let message = format!("{MOST} snapshots are kept; delete one first");
            return Err(EmulatorError::new(EmulatorErrorKind::Invalid, message));
        }
        snapshots.insert(name.to_owned(), snapshot);
        Ok(())
    }

    /// Puts another state in the place of the one that is.
    fn put(&self, other: impl FnOnce(&State) -> State) {
        {
            let mut state = self.core.state();
            let other = other(&state);
            state.replace(other);
            self.core.traces().clear();
        }
        self.core.tickets.notify_one();
        self.core.tell(Event::Reset);
    }
}

/// Reads a file, as far as its version allows.
fn read(file: Value) -> Result<Snapshot, EmulatorError> {
    match file["schema"].as_u64() {
        Some(SCHEMA) => {
            let snapshot: Snapshot = serde_json::from_value(file).map_err(|error| unreadable(&error))?;
            speed(snapshot.mode)?;
            Ok(snapshot)
        }
        Some(other) => {
            let message = format!("the snapshot has the version {other}; this emulator reads {SCHEMA}");
            Err(EmulatorError::new(EmulatorErrorKind::Invalid, message))
        }
        None => {
            let message = "this is no snapshot: it has no `schema`";
            Err(EmulatorError::new(EmulatorErrorKind::Invalid, message))
        }
    }
}

fn unreadable(error: &serde_json::Error) -> EmulatorError {
    EmulatorError::new(EmulatorErrorKind::Invalid, format!("the snapshot does not fit: {error}"))
}

fn unknown(name: &str) -> EmulatorError {
    EmulatorError::new(EmulatorErrorKind::UnknownSnapshot, format!("there is no snapshot {name:?}"))
}
