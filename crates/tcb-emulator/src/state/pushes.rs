use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::push::{Delivery, Push};
use crate::time::UnixTime;

/// Entries of the log that are kept.
const MOST: usize = 10_000;

/// What was pushed, and what a fault rule has put off.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Pushes {
    /// Pushes so far.
    begun: u64,
    /// The oldest first.
    log: VecDeque<Delivery>,
    /// Those that come later, with their ids.
    postponed: Vec<(UnixTime, u64, Push)>,
    /// Those that come after the next one to their platform, with their ids.
    held: Vec<(u64, Push)>,
}

impl Pushes {
    /// Writes a push into the log and returns its id.
    pub(crate) fn begin(&mut self, push: &Push, now: UnixTime) -> u64 {
        self.begun += 1;
        if self.log.len() == MOST {
            self.log.pop_front();
        }
        self.log.push_back(push.begun(self.begun, now));
        self.begun
    }

    pub(crate) fn log(&self) -> impl Iterator<Item = &Delivery> {
        self.log.iter()
    }

    /// The entry of a push, unless it was forgotten.
    pub(crate) fn entry(&mut self, id: u64) -> Option<&mut Delivery> {
        let place = self.log.partition_point(|delivery| delivery.id < id);
        self.log.get_mut(place).filter(|delivery| delivery.id == id)
    }

    pub(crate) fn postpone(&mut self, due: UnixTime, id: u64, push: Push) {
        self.postponed.push((due, id, push));
    }

    pub(crate) fn hold(&mut self, id: u64, push: Push) {
        self.held.push((id, push));
    }

    /// When the next push that was postponed is due.
    pub(crate) fn next_due(&self) -> Option<UnixTime> {
        self.postponed.iter().map(|(due, ..)| *due).min()
    }

    /// The pushes that were postponed until now, in the order in which they are due.
    pub(crate) fn take_due(&mut self, now: UnixTime) -> Vec<(u64, Push)> {
        let mut due: Vec<_> = self.postponed.extract_if(.., |(due, ..)| *due <= now).collect();
        due.sort_by_key(|(due, id, _)| (*due, *id));
        due.into_iter().map(|(_, id, push)| (id, push)).collect()
    }

    /// The pushes that waited for another one to this platform.
    pub(crate) fn take_held(&mut self, component: &str) -> Vec<(u64, Push)> {
        self.held.extract_if(.., |(_, push)| push.component == component).collect()
    }
}
