//! The protocol by which processes share a token, searched exhaustively: every order of requests,
//! answers, commits, pauses, crashes, losses of the store and the passing of time, for a few
//! processes.
//!
//! WeChat cannot check a fence: it makes tokens in the order in which requests reach it, and a
//! request may reach it late. Two properties are searched for a state that breaks them. When
//! nothing is on its way and the record is not contested, the stored token is the newest that
//! WeChat has made. And where a refresh token is used up by its use, no commit drops the newest
//! one: neither the one that it brings nor the one that is stored.
//!
//! A store may fall back to any earlier state, or to nothing. What it has lost nobody can know
//! before somebody tells: so until a permit that was given after the loss has brought a token, or
//! one from before it has been committed, the store may claim an older one.
//!
//! The record under search is the real one; five simpler protocols are searched beside it, and each
//! of them has to fail, or the search proves nothing.

use std::collections::{HashSet, VecDeque};
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::time::Duration;

use tcb_types::RefreshToken;

use super::record::{Commit, Nonce, Permit, Record, StoreTime};

/// A tick of the model. A lease lasts for one, a request that was left unanswered is applied within
/// two.
const TICK: Duration = Duration::from_secs(1);
const LEASE: u32 = 1;
const WINDOW: u32 = 2;

/// How processes agree on who refreshes, and on which token is the newest.
trait Protocol: Clone + Eq + Hash + Debug + Default {
    type Permit: Clone + Eq + Hash + Debug;

    /// Gives the permit to make a request, if it can be had now. `nonce` is one that no other
    /// permit has.
    fn acquire(&mut self, now: u64, nonce: u64) -> Option<Self::Permit>;

    /// Writes the refresh token that everything begins with.
    fn restore(&mut self, refresh: u8) {
        let _ = refresh;
    }

    /// The refresh token that the next request is to use, if one is stored.
    fn refresh(&self) -> Option<u8> {
        None
    }

    /// Whether this refresh token is stored, as the one to use or as the one before it.
    fn holds(&self, refresh: u8) -> bool {
        let _ = refresh;
        true
    }

    /// Lets a permit begin anew, if it is still its holder's.
    fn renew(&mut self, permit: &Self::Permit, now: u64) -> bool {
        let _ = (permit, now);
        false
    }

    /// Whether a request may still be sent with this permit.
    fn may_send(permit: &Self::Permit, since: u64, now: u64) -> bool {
        let _ = permit;
        now < since + u64::from(LEASE)
    }

    /// Writes a token that a request brought, and the refresh token of the same number.
    fn commit(&mut self, permit: &Self::Permit, token: u8, using: Option<Using>, now: u64);

    /// The stored token, if the protocol claims that it is the newest now.
    fn claimed(&self, now: u64) -> Option<u8>;
}

/// One state of the world.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World<P: Protocol> {
    store: P,
    /// What the store falls back to when it loses what was written.
    saved: P,
    now: u64,
    processes: Vec<Process<P::Permit>>,
    /// Requests that have been sent and not been applied.
    under_way: Vec<Request>,
    newest: u8,
    /// Whether the newest token is one of which the store can know: its permit was given after the
    /// last loss, or it was committed after it.
    known: bool,
    /// A commit dropped the newest refresh token.
    dropped: bool,
    permits_left: u8,
    requests_left: u8,
    crashes_left: u8,
    saves_left: u8,
    losses_left: u8,
    /// Whether refresh tokens are used, and used up by it.
    rotates: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Process<R> {
    Idle,
    /// Has the permit, has not sent yet.
    Permitted {
        permit: HeldPermit<R>,
        using: Option<Using>,
    },
    /// Waits for the answer to its request.
    Waiting {
        permit: HeldPermit<R>,
        using: Option<Using>,
        request: u8,
    },
    /// Has the answer, has not stored it yet.
    Answered {
        permit: HeldPermit<R>,
        using: Option<Using>,
        token: u8,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct HeldPermit<R> {
    inner: R,
    since: u64,
    /// How many losses were still to come when it was given.
    losses_left: u8,
}

/// The refresh token of a request, and the stored one if that was dead and this was found
/// elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Using {
    refresh: u8,
    instead_of: Option<u8>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Request {
    id: u8,
    sent: u64,
    refresh: Option<u8>,
    losses_left: u8,
}

#[derive(Clone, Copy, Debug)]
struct Bounds {
    processes: usize,
    permits: u8,
    crashes: u8,
    ticks: u64,
    losses: u8,
    rotates: bool,
}

impl Bounds {
    const fn new(processes: usize, permits: u8, crashes: u8, ticks: u64) -> Self {
        Self { processes, permits, crashes, ticks, losses: 0, rotates: false }
    }
}

/// How many states there are, and in how many of them the stored token is claimed to be the newest.
#[derive(Debug)]
struct Searched {
    states: usize,
    claims: usize,
}

/// Searches all states; answers the first that breaks a property.
fn search<P: Protocol>(bounds: Bounds) -> Result<Searched, World<P>> {
    let mut store = P::default();
    if bounds.rotates {
        store.restore(0);
    }
    let start = World::<P> {
        store,
        saved: P::default(),
        now: 0,
        processes: vec![Process::Idle; bounds.processes],
        under_way: Vec::new(),
        newest: 0,
        known: true,
        dropped: false,
        permits_left: bounds.permits,
        // A refresh token that is dead costs one more.
        requests_left: if bounds.rotates { 2 * bounds.permits } else { bounds.permits },
        crashes_left: bounds.crashes,
        saves_left: bounds.losses,
        losses_left: bounds.losses,
        rotates: bounds.rotates,
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([start]);
    let mut claims = 0;
    while let Some(world) = queue.pop_front() {
        let idle = world.processes.iter().all(|process| *process == Process::Idle);
        let quiet = world.under_way.is_empty() && idle;
        if quiet && let Some(token) = world.store.claimed(world.now) {
            if world.known && token != world.newest {
                return Err(world);
            }
            claims += 1;
        }
        if world.dropped {
            return Err(world);
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
        let with = |change: &dyn Fn(&mut Self)| {
            let mut world = self.clone();
            change(&mut world);
            world
        };
        if self.now < ticks {
            next.push(with(&|world| {
                world.now += 1;
                // A request that has been under way for so long is lost.
                world.under_way.retain(|request| request.sent + u64::from(WINDOW) > world.now);
            }));
        }
        if self.losses_left > 0 {
            next.push(with(&|world| {
                world.losses_left -= 1;
                world.store = world.saved.clone();
                world.saved = P::default();
                world.known = false;
            }));
        }
        if self.saves_left > 0 && self.losses_left > 0 {
            next.push(with(&|world| {
                world.saves_left -= 1;
                world.saved = world.store.clone();
            }));
        }
        for (index, request) in self.under_way.iter().enumerate() {
            let mut world = self.clone();
            world.under_way.remove(index);
            let lost = world.clone();
            // Whoever waits for it may get the answer, or the answer may be lost.
            next.extend([world.answered(request, true), world.answered(request, false), lost]);
        }
        for index in 0..self.processes.len() {
            next.extend(self.steps_of(index));
        }
        next
    }

    /// Applies a request, and tells whoever waits for it.
    fn answered(&self, request: &Request, heard: bool) -> Self {
        let mut world = self.clone();
        let refused = request.refresh.is_some_and(|refresh| refresh != world.newest);
        if !refused {
            world.newest += 1;
            world.known = request.losses_left == world.losses_left;
        }
        let newest = world.newest;
        for process in world.processes.iter_mut().filter(|_| heard) {
            if let Process::Waiting { permit, using, request: id } = process
                && *id == request.id
            {
                let permit = permit.clone();
                *process = if refused {
                    // It asks WeChat for the one that lives.
                    let instead_of = using.and_then(|using| using.instead_of.or(Some(using.refresh)));
                    Process::Permitted { permit, using: Some(Using { refresh: newest, instead_of }) }
                } else {
                    Process::Answered { permit, using: *using, token: newest }
                };
            }
        }
        world
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
                if self.permits_left > 0 {
                    let mut world = self.clone();
                    if let Some(inner) = world.store.acquire(self.now, u64::from(self.permits_left)) {
                        world.permits_left -= 1;
                        let permit = HeldPermit { inner, since: self.now, losses_left: self.losses_left };
                        // A store that knows no refresh token has lost it, and WeChat is asked for
                        // it.
                        let refresh = || self.store.refresh().unwrap_or(self.newest);
                        let using = self.rotates.then(|| Using { refresh: refresh(), instead_of: None });
                        world.processes[index] = Process::Permitted { permit, using };
                        next.push(world);
                    }
                }
            }
            Process::Permitted { permit, using } => {
                if P::may_send(&permit.inner, permit.since, self.now) && self.requests_left > 0 {
                    next.push(with(&|world| {
                        world.requests_left -= 1;
                        let id = world.requests_left;
                        let refresh = using.map(|using| using.refresh);
                        let losses_left = permit.losses_left;
                        world.under_way.push(Request { id, sent: world.now, refresh, losses_left });
                        let (permit, using) = (permit.clone(), *using);
                        world.processes[index] = Process::Waiting { permit, using, request: id };
                    }));
                } else {
                    next.push(with(&|world| world.processes[index] = Process::Idle));
                }
                // A request that was refused leaves it where it was before it sent it, perhaps much
                // later.
                let mut world = self.clone();
                if permit.since < self.now && world.store.renew(&permit.inner, self.now) {
                    // What is stored now has the mark of this permit.
                    let losses_left = self.losses_left;
                    let permit = HeldPermit { since: self.now, losses_left, ..permit.clone() };
                    world.processes[index] = Process::Permitted { permit, using: *using };
                    next.push(world);
                }
            }
            // It gives up waiting, and leaves its marks in the store.
            Process::Waiting { .. } => next.push(with(&|world| world.processes[index] = Process::Idle)),
            Process::Answered { permit, using, token } => next.push(with(&|world| {
                let was_held = world.store.holds(world.newest);
                world.store.commit(&permit.inner, *token, *using, world.now);
                world.processes[index] = Process::Idle;
                let is_newest = *token == world.newest;
                world.known |= is_newest;
                let kept = !world.rotates || world.store.holds(world.newest);
                world.dropped |= (was_held || is_newest) && !kept;
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
#[derive(Clone, Default)]
struct Real(Record);

impl Real {
    fn text(&self) -> String {
        let encoded = self.0.encode().unwrap();
        let access = encoded.access.as_ref().map_or("", |(text, _)| text.expose());
        format!("{}{access}", encoded.lasting.expose())
    }
}

impl fmt::Debug for Real {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
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
        (self.0.generation(), self.0.fence(), self.refresh(), self.claimed(0)).hash(state);
        self.0.quiet_in(at(0), TICK).hash(state);
        self.0.is_contested().hash(state);
    }
}

fn at(now: u64) -> StoreTime {
    // Not from zero, so that a moment before the beginning can be told from none.
    StoreTime::from_millis((now + 1000) * 1000)
}

impl Protocol for Real {
    type Permit = Permit;

    fn acquire(&mut self, now: u64, nonce: u64) -> Option<Permit> {
        let (lease, unanswered_window) = (TICK * LEASE, TICK * WINDOW);
        self.0.acquire(0, Nonce::from_u64(nonce), at(now), lease, unanswered_window).ok()
    }

    fn restore(&mut self, refresh: u8) {
        self.0.restore(&token(refresh), None);
    }

    fn refresh(&self) -> Option<u8> {
        self.0.refresh_token().map(|token| token.expose().parse().unwrap())
    }

    fn holds(&self, refresh: u8) -> bool {
        let refresh = token(refresh);
        [self.0.refresh_token(), self.0.previous_refresh_token()].contains(&Some(&refresh))
    }

    fn renew(&mut self, permit: &Permit, now: u64) -> bool {
        self.0.renew(*permit, at(now), TICK * LEASE)
    }

    fn commit(&mut self, permit: &Permit, number: u8, using: Option<Using>, now: u64) {
        let left = Duration::from_secs(1000);
        let refresh = using.map(|using| {
            let used = token(using.refresh);
            if let Some(dead) = using.instead_of {
                self.0.restore(&used, Some(&token(dead)));
            }
            (used, Some(token(number)))
        });
        self.0.commit(
            *permit,
            &Commit { token: number.to_string().into(), left, life: left, refresh },
            at(now),
        );
    }

    fn claimed(&self, now: u64) -> Option<u8> {
        let stored = self.0.access(at(now))?;
        (!self.0.is_contested()).then(|| stored.token.expose().parse().unwrap())
    }
}

fn token(number: u8) -> RefreshToken {
    RefreshToken::new(number.to_string())
}

/// The record whose permits are told apart by their numbers alone, as those of the first format
/// were.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Numbered(Real);

impl Protocol for Numbered {
    type Permit = Permit;

    fn acquire(&mut self, now: u64, _: u64) -> Option<Permit> {
        // The number of the permit in place of its nonce. That of the next one is one more than
        // that of the last.
        let number = self.0.0.generation().max(self.0.0.fence()) + 1;
        self.0.acquire(now, number)
    }

    fn restore(&mut self, refresh: u8) {
        self.0.restore(refresh);
    }

    fn refresh(&self) -> Option<u8> {
        self.0.refresh()
    }

    fn holds(&self, refresh: u8) -> bool {
        self.0.holds(refresh)
    }

    fn renew(&mut self, permit: &Permit, now: u64) -> bool {
        self.0.renew(permit, now)
    }

    fn commit(&mut self, permit: &Permit, token: u8, using: Option<Using>, now: u64) {
        if self.0.0.generation() == permit.fence {
            // It was there already.
            self.0.0.release(*permit, false);
        } else {
            self.0.commit(permit, token, using, now);
        }
    }

    fn claimed(&self, now: u64) -> Option<u8> {
        self.0.claimed(now)
    }
}

/// Nobody asks anybody, and the last writer wins.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Blind(Option<u8>);

impl Protocol for Blind {
    type Permit = ();

    fn acquire(&mut self, _: u64, _: u64) -> Option<()> {
        Some(())
    }

    fn commit(&mut self, (): &(), token: u8, _: Option<Using>, _: u64) {
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
    type Permit = ();

    fn acquire(&mut self, now: u64, _: u64) -> Option<()> {
        if self.until > now {
            return None;
        }
        self.until = now + u64::from(LEASE);
        Some(())
    }

    fn commit(&mut self, (): &(), token: u8, _: Option<Using>, _: u64) {
        self.token = Some(token);
    }

    fn claimed(&self, _: u64) -> Option<u8> {
        self.token
    }
}

/// A lease, and a fence that keeps older permits from writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Fenced {
    until: u64,
    fence: u8,
    generation: u8,
    token: Option<u8>,
}

impl Protocol for Fenced {
    type Permit = u8;

    fn acquire(&mut self, now: u64, _: u64) -> Option<u8> {
        if self.until > now {
            return None;
        }
        self.until = now + u64::from(LEASE);
        self.fence += 1;
        Some(self.fence)
    }

    fn commit(&mut self, fence: &u8, token: u8, _: Option<Using>, _: u64) {
        if *fence > self.generation {
            self.generation = *fence;
            self.token = Some(token);
        }
    }

    fn claimed(&self, _: u64) -> Option<u8> {
        self.token
    }
}

/// The same, with a flag that only says whether another request is under way at the moment of
/// writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Flagged {
    inner: Fenced,
    markers: Vec<(u8, u64)>,
    contested: bool,
}

impl Protocol for Flagged {
    type Permit = u8;

    fn acquire(&mut self, now: u64, nonce: u64) -> Option<u8> {
        let fence = self.inner.acquire(now, nonce)?;
        self.markers.retain(|(_, since)| since + u64::from(WINDOW) > now);
        self.markers.push((fence, now));
        Some(fence)
    }

    fn commit(&mut self, fence: &u8, token: u8, using: Option<Using>, now: u64) {
        self.markers.retain(|(marked, _)| marked != fence);
        self.inner.commit(fence, token, using, now);
        self.contested = !self.markers.is_empty();
    }

    fn claimed(&self, now: u64) -> Option<u8> {
        let quiet = self.markers.iter().all(|(_, since)| since + u64::from(WINDOW) <= now);
        (quiet && !self.contested).then_some(self.inner.token).flatten()
    }
}

fn searched<P: Protocol>(bounds: &[Bounds]) -> usize {
    let mut total = 0;
    for bounds in bounds {
        match search::<P>(*bounds) {
            Ok(searched) => {
                println!("{bounds:?}: {searched:?}");
                assert!(
                    searched.claims > 20,
                    "a record that is always contested would be permit, and useless"
                );
                total += searched.states;
            }
            Err(world) => panic!("{world:#?}"),
        }
    }
    total
}

#[test]
fn the_record_never_claims_an_older_token_to_be_the_newest() {
    let total = searched::<Real>(
        &[(2, 3, 0), (2, 3, 1), (3, 3, 0)]
            .map(|(processes, permits, crashes)| Bounds::new(processes, permits, crashes, 4)),
    );
    assert!(total > 10_000, "the search looked at {total} states");
}

#[test]
fn no_commit_drops_the_newest_refresh_token() {
    let bounds = Bounds { rotates: true, ..Bounds::new(2, 3, 1, 4) };
    let total = searched::<Real>(&[bounds]);
    assert!(total > 10_000, "the search looked at {total} states");
}

#[test]
fn what_a_store_loses_makes_neither_of_them_wrong() {
    // Whoever gives its request up leaves the same behind as one that crashes then.
    let lossy = Bounds { losses: 1, ..Bounds::new(2, 3, 0, 2) };
    let total = searched::<Real>(&[lossy, Bounds { rotates: true, ticks: 1, ..lossy }]);
    assert!(total > 10_000, "the search looked at {total} states");
}

#[test]
fn rights_that_are_told_apart_by_number_fail_when_a_store_loses_what_was_written() {
    let sound = Bounds::new(2, 3, 0, 3);
    assert!(search::<Numbered>(sound).is_ok(), "it is permit as long as nothing is lost");
    let lossy = Bounds { losses: 1, ..sound };
    let world = search::<Numbered>(lossy).expect_err("an older token is claimed to be the newest");
    assert!(!world.dropped);
    let world =
        search::<Numbered>(Bounds { rotates: true, ..lossy }).expect_err("or a refresh token is dropped");
    assert!(world.losses_left == 0);
}

#[test]
fn simpler_protocols_fail() {
    let bounds = Bounds::new(2, 4, 1, 6);
    assert!(search::<Blind>(bounds).is_err(), "no lease, blind write");
    assert!(search::<Leased>(bounds).is_err(), "a lease, blind write");
    assert!(search::<Fenced>(bounds).is_err(), "a lease and a fence");
    assert!(search::<Flagged>(bounds).is_err(), "a lease, a fence and a flag of the moment");
}
