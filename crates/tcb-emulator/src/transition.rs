//! How long what was created takes until it is usable.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::UnixTime;

/// What takes its time until it is usable, or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resource {
    /// A cloud environment, until it is `NORMAL`.
    Environment,
    /// A cloud function, until it is `Active`.
    Function,
    /// An import or export, until it is carried out.
    Migration,
    /// The hosting of a static website, until it is `online`.
    StaticSite,
    /// A pressure test, after the time for which it runs.
    PressureTest,
}

/// When it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "policy", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Transition {
    /// At once.
    Immediate,
    /// After so much of the emulator's time.
    After {
        /// How long.
        seconds: u64,
    },
    /// In the answer to this look at it, and from then on.
    AfterPolls {
        /// Which look, counted from 1.
        polls: u32,
    },
    /// When a test says so.
    Manual,
    /// Not at all, and a test cannot change it.
    Never,
}

/// How far one resource is.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Progress {
    begun: UnixTime,
    /// Answers that have shown it.
    polls: u32,
}

impl Progress {
    pub(crate) fn begun(now: UnixTime) -> Self {
        Self { begun: now, polls: 0 }
    }

    /// Counts a look at it.
    pub(crate) fn look(&mut self) {
        self.polls = self.polls.saturating_add(1);
    }

    pub(crate) fn was_looked_at(&self) -> bool {
        self.polls > 0
    }
}

/// What holds for one kind of resource.
#[derive(Clone, Copy)]
pub(crate) struct Policy {
    transition: Transition,
    /// What had begun by then is done, because a test said so.
    finished: Option<UnixTime>,
}

impl Policy {
    /// When it is done by the clock alone.
    pub(crate) fn due(self, progress: Progress) -> Option<UnixTime> {
        match self.transition {
            Transition::After { seconds } => Some(progress.begun.plus(Duration::from_secs(seconds))),
            _ => None,
        }
    }

    pub(crate) fn is_done(self, progress: Progress, now: UnixTime) -> bool {
        let by_itself = match self.transition {
            Transition::Immediate => true,
            Transition::After { .. } => self.due(progress).is_some_and(|due| due <= now),
            Transition::AfterPolls { polls } => progress.polls >= polls,
            Transition::Manual => false,
            Transition::Never => return false,
        };
        by_itself || self.finished.is_some_and(|finished| progress.begun <= finished)
    }
}

/// What a test has said about the kinds of resources.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Transitions {
    chosen: BTreeMap<Resource, Transition>,
    finished: BTreeMap<Resource, UnixTime>,
}

impl Transitions {
    pub(crate) fn choose(&mut self, resource: Resource, transition: Transition) {
        self.chosen.insert(resource, transition);
    }

    pub(crate) fn chosen(&self) -> &BTreeMap<Resource, Transition> {
        &self.chosen
    }

    /// Ends the wait of all that has begun.
    pub(crate) fn finish(&mut self, resource: Resource, now: UnixTime) {
        self.finished.insert(resource, now);
    }

    pub(crate) fn of(&self, resource: Resource, otherwise: Transition) -> Policy {
        let transition = self.chosen.get(&resource).copied().unwrap_or(otherwise);
        Policy { transition, finished: self.finished.get(&resource).copied() }
    }
}
