//! The protocol by which processes share a token, searched exhaustively: every order of requests, answers, commits, pauses, crashes and the
//! passing of time, for a few processes.
//!
//! WeChat cannot check a fence: it makes tokens in the order in which requests reach it, and a request may reach it late. The property is that
//! when nothing is on its way and the record is not contested, the stored token is the newest that WeChat has made. The record under
//! search is the real one; four simpler protocols are searched beside it, and each of them has to fail, or the search proves nothing.

use std::collections::{HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use super::record::{Commit, Grant, Record, StoreTime};

/// A tick of the model. A lease lasts for one, a request that was left unanswered is applied within two.
const TICK: Duration = Duration::from_secs(1);
const LEASE: u32 = 1;
const LINGER: u32 = 2;

/// How processes agree on who refreshes, and on which token is the newest.
trait Protocol: Clone + Eq + Hash + Debug + Default {
    type Right: Clone + Eq + Hash + Debug;

    /// Gives the right to make a request, if it can be had now.
    fn acquire(&mut self, now: u64) -> Option<Self::Right>;

    /// Lets a right begin anew, if it is still its holder's.
    fn renew(&mut self, right: &Self::Right, now: u64) -> bool {
        let _ = (right, now);
        false
    }

    /// Whether a request may still be sent with this right.
    fn may_send(right: &Self::Right, since: u64, now: u64) -> bool {
        let _ = right;
        now < since + u64::from(LEASE)
    }

    /// Writes a token that a request brought.
    fn commit(&mut self, right: &Self::Right, token: u8, now: u64);

    /// The stored token, if the protocol claims that it is the newest now.
    fn claimed(&self, now: u64) -> Option<u8>;
}

/// One state of the world.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World<P: Protocol> {
    store: P,
    now: u64,
    processes: Vec<Process<P::Right>>,
    /// Requests that have been sent and not been applied.
    under_way: Vec<Request>,
    newest: u8,
    grants_left: u8,
    crashes_left: u8,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Process<R> {
    Idle,
    /// Has the right, has not sent yet.
    Entitled {
        right: R,
        since: u64,
    },
    /// Waits for the answer to its request.
    Waiting {
        right: R,
        request: u8,
    },
    /// Has the answer, has not stored it yet.
    Answered {
        right: R,
        token: u8,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Request {
    id: u8,
    sent: u64,
}

#[derive(Clone, Copy)]
struct Bounds {
    processes: usize,
    grants: u8,
    crashes: u8,
    ticks: u64,
}

/// How many states there are, and in how many of them the stored token is claimed to be the newest.
#[derive(Debug)]
struct Searched {
    states: usize,
    claims: usize,
}

/// Searches all states; answers the first that breaks the property.
fn search<P: Protocol>(bounds: Bounds) -> Result<Searched, World<P>> {
    let start = World::<P> {
        store: P::default(),
        now: 0,
        processes: vec![Process::Idle; bounds.processes],
        under_way: Vec::new(),
        newest: 0,
        grants_left: bounds.grants,
        crashes_left: bounds.crashes,
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([start]);
    let mut claims = 0;
    while let Some(world) = queue.pop_front() {
        let idle = world.processes.iter().all(|process| *process == Process::Idle);
        let quiet = world.under_way.is_empty() && idle;
        if quiet && let Some(token) = world.store.claimed(world.now) {
            if token != world.newest {
                return Err(world);
            }
            claims += 1;
        }
        for next in world.successors(bounds.ticks) {
            if seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
    Ok(Searched { states: seen.len(), claims })
}

impl<P: Protocol> World<P> {
    fn successors(&self, ticks: u64) -> Vec<Self> {
        let mut next = Vec::new();
        if self.now < ticks {
            let mut world = self.clone();
            world.now += 1;
            // A request that has been under way for so long is lost.
            world.under_way.retain(|request| request.sent + u64::from(LINGER) > world.now);
            next.push(world);
        }
        for (index, request) in self.under_way.iter().enumerate() {
            let mut world = self.clone();
            world.under_way.remove(index);
            let lost = world.clone();
            world.newest += 1;
            let token = world.newest;
            // Whoever waits for it may get the answer, or the answer may be lost.
            let unanswered = world.clone();
            for process in &mut world.processes {
                if let Process::Waiting { right, request: id } = process
                    && *id == request.id
                {
                    *process = Process::Answered { right: right.clone(), token };
                }
            }
            next.extend([world, unanswered, lost]);
        }
        for index in 0..self.processes.len() {
            next.extend(self.steps_of(index));
        }
        next
    }

    fn steps_of(&self, index: usize) -> Vec<Self> {
        let mut next = Vec::new();
        let with = |change: &dyn Fn(&mut Self)| {
            let mut world = self.clone();
            change(&mut world);
            world
        };
        match &self.processes[index] {
            Process::Idle => {
                if self.grants_left > 0 {
                    let mut world = self.clone();
                    if let Some(right) = world.store.acquire(self.now) {
                        world.grants_left -= 1;
                        world.processes[index] = Process::Entitled { right, since: self.now };
                        next.push(world);
                    }
                }
            }
            Process::Entitled { right, since } => {
                if P::may_send(right, *since, self.now) {
                    next.push(with(&|world| {
                        let id = world.grants_left;
                        world.under_way.push(Request { id, sent: world.now });
                        world.processes[index] = Process::Waiting { right: right.clone(), request: id };
                    }));
                } else {
                    next.push(with(&|world| world.processes[index] = Process::Idle));
                }
                // A request that was refused leaves it where it was before it sent it, perhaps much later.
                let mut world = self.clone();
                if *since < self.now && world.store.renew(right, self.now) {
                    world.processes[index] = Process::Entitled { right: right.clone(), since: self.now };
                    next.push(world);
                }
            }
            // It gives up waiting, and leaves its marks in the store.
            Process::Waiting { .. } => next.push(with(&|world| world.processes[index] = Process::Idle)),
            Process::Answered { right, token } => next.push(with(&|world| {
                world.store.commit(right, *token, world.now);
                world.processes[index] = Process::Idle;
            })),
        }
        if self.crashes_left > 0 && self.processes[index] != Process::Idle {
            next.push(with(&|world| {
                world.crashes_left -= 1;
                world.processes[index] = Process::Idle;
            }));
        }
        next
    }
}

/// The real record.
#[derive(Clone, Debug, Default)]
struct Real(Record);

impl Real {
    fn text(&self) -> String {
        let encoded = self.0.encode().unwrap();
        let access = encoded.access.as_ref().map_or("", |(text, _)| text.expose());
        format!("{}{access}", encoded.lasting.expose())
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Real {}

impl Hash for Real {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        // Not all of it: states that collide are told apart by comparing.
        self.0.generation().hash(state);
        self.0.quiet_in(at(0), TICK).hash(state);
        self.0.is_contested().hash(state);
    }
}

fn at(now: u64) -> StoreTime {
    // Not from zero, so that a moment before the beginning can be told from none.
    StoreTime::from_millis((now + 1000) * 1000)
}

impl Protocol for Real {
    type Right = Grant;

    fn acquire(&mut self, now: u64) -> Option<Grant> {
        let (lease, linger) = (TICK * LEASE, TICK * LINGER);
        self.0.acquire(0, at(now), lease, linger).ok()
    }

    fn renew(&mut self, right: &Grant, now: u64) -> bool {
        self.0.renew(*right, at(now), TICK * LEASE)
    }

    fn commit(&mut self, right: &Grant, token: u8, now: u64) {
        let left = Duration::from_secs(1000);
        let token = token.to_string().into();
        self.0.commit(*right, &Commit { token, left, life: left, refresh: None }, at(now));
    }

    fn claimed(&self, now: u64) -> Option<u8> {
        let stored = self.0.access(at(now))?;
        (!self.0.is_contested()).then(|| stored.token.expose().parse().unwrap())
    }
}

/// Nobody asks anybody, and the last writer wins.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Blind(Option<u8>);

impl Protocol for Blind {
    type Right = ();

    fn acquire(&mut self, _: u64) -> Option<()> {
        Some(())
    }

    fn commit(&mut self, (): &(), token: u8, _: u64) {
        self.0 = Some(token);
    }

    fn claimed(&self, _: u64) -> Option<u8> {
        self.0
    }
}

/// A lease, and the last writer wins.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Leased {
    until: u64,
    token: Option<u8>,
}

impl Protocol for Leased {
    type Right = ();

    fn acquire(&mut self, now: u64) -> Option<()> {
        if self.until > now {
            return None;
        }
        self.until = now + u64::from(LEASE);
        Some(())
    }

    fn commit(&mut self, (): &(), token: u8, _: u64) {
        self.token = Some(token);
    }

    fn claimed(&self, _: u64) -> Option<u8> {
        self.token
    }
}

/// A lease, and a fence that keeps older rights from writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Fenced {
    until: u64,
    fence: u8,
    generation: u8,
    token: Option<u8>,
}

impl Protocol for Fenced {
    type Right = u8;

    fn acquire(&mut self, now: u64) -> Option<u8> {
        if self.until > now {
            return None;
        }
        self.until = now + u64::from(LEASE);
        self.fence += 1;
        Some(self.fence)
    }

    fn commit(&mut self, fence: &u8, token: u8, _: u64) {
        if *fence > self.generation {
            self.generation = *fence;
            self.token = Some(token);
        }
    }

    fn claimed(&self, _: u64) -> Option<u8> {
        self.token
    }
}

/// The same, with a flag that only says whether another request is under way at the moment of writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Flagged {
    inner: Fenced,
    markers: Vec<(u8, u64)>,
    contested: bool,
}

impl Protocol for Flagged {
    type Right = u8;

    fn acquire(&mut self, now: u64) -> Option<u8> {
        let fence = self.inner.acquire(now)?;
        self.markers.retain(|(_, since)| since + u64::from(LINGER) > now);
        self.markers.push((fence, now));
        Some(fence)
    }

    fn commit(&mut self, fence: &u8, token: u8, now: u64) {
        self.markers.retain(|(marked, _)| marked != fence);
        self.inner.commit(fence, token, now);
        self.contested = !self.markers.is_empty();
    }

    fn claimed(&self, now: u64) -> Option<u8> {
        let quiet = self.markers.iter().all(|(_, since)| since + u64::from(LINGER) <= now);
        (quiet && !self.contested).then_some(self.inner.token).flatten()
    }
}

#[test]
fn the_record_never_claims_an_older_token_to_be_the_newest() {
    let mut total = 0;
    for (processes, grants, crashes) in [(2, 3, 0), (2, 3, 1), (3, 3, 0)] {
        let bounds = Bounds { processes, grants, crashes, ticks: 4 };
        match search::<Real>(bounds) {
            Ok(searched) => {
                println!("{processes} processes, {grants} grants, {crashes} crashes: {searched:?}");
                assert!(
                    searched.claims > 20,
                    "a record that is always contested would be right, and useless"
                );
                total += searched.states;
            }
            Err(world) => panic!("{world:#?}\n{}", world.store.text()),
        }
    }
    assert!(total > 10_000, "the search looked at {total} states");
}

#[test]
fn simpler_protocols_fail() {
    let bounds = Bounds { processes: 2, grants: 4, crashes: 1, ticks: 6 };
    assert!(search::<Blind>(bounds).is_err(), "no lease, blind write");
    assert!(search::<Leased>(bounds).is_err(), "a lease, blind write");
    assert!(search::<Fenced>(bounds).is_err(), "a lease and a fence");
    assert!(search::<Flagged>(bounds).is_err(), "a lease, a fence and a flag of the moment");
}
