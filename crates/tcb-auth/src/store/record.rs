use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize, Serializer};
use tcb_types::{
    AccessTokenValue, AuthorizationCode, AuthorizerAppId, Moment as _, RefreshToken, Secret, VerifyTicket,
};

/// A moment by the clock of a store, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreTime(u64);

impl StoreTime {
    /// The moment this many milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The moment so long after.
    pub(crate) fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// The moment so long before.
    pub(crate) fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// The same moment as another clock would show it that counts from the Unix epoch.
    pub(crate) fn to_wall_clock(self) -> SystemTime {
        SystemTime::UNIX_EPOCH.later_by(Duration::from_millis(self.0))
    }

    fn until(self, later: Self) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl From<SystemTime> for StoreTime {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Tells one permit from all others. It is random, and drawn by whoever asks for the permit: the
/// number of a permit is given again when a store has lost what was written, its nonce is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Nonce(u64);

impl Nonce {
    /// A nonce that no other permit has, in any process.
    pub(crate) fn random() -> Self {
        // The system's source of chance: two processes may have seeded their own alike.
        Self(getrandom::u64().unwrap_or_else(|_| fastrand::u64(..)).max(1))
    }

    /// The nonce with this number, for those who have to repeat it. Records of the first format
    /// have none, which is the number 0.
    #[cfg(test)]
    pub(crate) const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    fn is_none(&self) -> bool {
        self.0 == 0
    }
}

/// All that a store knows about one key: the access token, the authorisation behind it, and who is
/// refreshing it.
///
/// Its methods are the protocol by which several processes share a token. They are pure: the caller
/// loads a record, changes it and swaps it in, and begins anew when somebody else was faster.
#[derive(Clone, Default, PartialEq)]
pub struct Record {
    access: Option<Access>,
    lasting: Lasting,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Access {
    #[serde(serialize_with = "exposed")]
    token: AccessTokenValue,
    generation: u64,
    #[serde(default, skip_serializing_if = "Nonce::is_none")]
    nonce: Nonce,
    expires_at: StoreTime,
    /// How long its life was when it began, in milliseconds. Records of the first format may not
    /// say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    life: Option<u64>,
}

/// An access token that lives.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    pub(crate) token: &'a AccessTokenValue,
    pub(crate) generation: u64,
    /// How much of its life is left.
    pub(crate) left: Duration,
    /// How long its life was when it began, as far as that is known.
    pub(crate) life: Duration,
}

/// The part that must not be lost.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Lasting {
    format: Format,
    /// Number of the access token that was committed last. It decreases only when a store loses
    /// what was written.
    #[serde(skip_serializing_if = "is_zero")]
    generation: u64,
    /// The nonce of the permit by which that token came.
    #[serde(skip_serializing_if = "Nonce::is_none")]
    nonce: Nonce,
    /// Number of the permit that was given last. Like `generation`.
    #[serde(skip_serializing_if = "is_zero")]
    fence: u64,
    /// Another request may have been applied by WeChat after the one whose token is stored: it may
    /// not be the newest.
    #[serde(skip_serializing_if = "is_false")]
    contested: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<Held>,
    /// Requests that may still be on their way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    markers: Vec<Held>,
    /// When a token was last committed because the one before it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<StoreTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Ticket>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization: Option<Authorization>,
    /// In the record of a code: whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered: Option<Delivered>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Delivered {
    account: AuthorizerAppId,
    /// The end of the record.
    until: StoreTime,
}

/// By which rules a record is written. Records of the first format do not say.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Format(u32);

impl Format {
    /// The one that is written, and the newest that is read. In the second one permits have nonces,
    /// and codes have records of their own.
    const NEWEST: u32 = 2;
}

impl Default for Format {
    fn default() -> Self {
        Self(Self::NEWEST)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    fence: u64,
    #[serde(default, skip_serializing_if = "Nonce::is_none")]
    nonce: Nonce,
    /// End of a lease, beginning of a marker.
    at: StoreTime,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Ticket {
    #[serde(serialize_with = "exposed")]
    ticket: VerifyTicket,
    /// `CreateTime` of its push.
    created: StoreTime,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Authorization {
    #[serde(serialize_with = "exposed_option", skip_serializing_if = "Option::is_none")]
    current: Option<RefreshToken>,
    /// The refresh token before this one, kept until this one has worked.
    #[serde(serialize_with = "exposed_option", skip_serializing_if = "Option::is_none")]
    previous: Option<RefreshToken>,
    /// A code that has not been exchanged yet.
    #[serde(serialize_with = "exposed_option", skip_serializing_if = "Option::is_none")]
    code: Option<AuthorizationCode>,
    /// The code that was exchanged last, by which its second delivery is known.
    #[serde(serialize_with = "exposed_option", skip_serializing_if = "Option::is_none")]
    exchanged: Option<AuthorizationCode>,
    /// `CreateTime` of the last event that counted. It is only compared with those of other events,
    /// for it is WeChat's time.
    changed: StoreTime,
    /// `CreateTime` of the last cancellation that counted, by which its second delivery is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: Option<StoreTime>,
    /// When the authorisation changed here, by an event or by the exchange of a code. It is the
    /// store's time.
    #[serde(skip_serializing_if = "is_epoch")]
    heard: StoreTime,
    standing: Standing,
}

/// Whether an account's authorisation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// It does.
    #[default]
    Active,
    /// The account cancelled it.
    Revoked,
    /// Its refresh token is dead, and no step of the recovery has brought another.
    Dead,
}

impl Default for Authorization {
    fn default() -> Self {
        Self {
            current: None,
            previous: None,
            code: None,
            exchanged: None,
            changed: StoreTime(0),
            cancelled: None,
            heard: StoreTime(0),
            standing: Standing::Active,
        }
    }
}

/// What the next access token of an account is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Credential {
    Code(AuthorizationCode),
    RefreshToken(RefreshToken),
}

/// The permit to make one token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Permit {
    pub(crate) fence: u64,
    nonce: Nonce,
    /// No other request was on its way when the permit was given.
    alone: bool,
    /// The state of the authorisation then.
    stage: Stage,
    /// WeChat had refused the token before.
    after_rejection: bool,
}

/// How far an authorisation has come: `changed` and `heard` of it. A later one is greater, unless a
/// store has lost what was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Stage(StoreTime, StoreTime);

impl Permit {
    /// The same permit, used because WeChat refused the token.
    pub(crate) fn after_rejection(self) -> Self {
        Self { after_rejection: true, ..self }
    }

    pub(crate) fn is_after_rejection(self) -> bool {
        self.after_rejection
    }
}

/// What a token request brought.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) token: AccessTokenValue,
    /// How much of its life is left.
    pub(crate) left: Duration,
    /// How long its life was when it began.
    pub(crate) life: Duration,
    /// The refresh token that was used, and the one that came back.
    pub(crate) refresh: Option<(RefreshToken, Option<RefreshToken>)>,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// It is in the record.
    Stored,
    /// It was there already.
    Already,
    /// A later request has committed, or the authorisation has ended: the record was left as it
    /// was, but for its marks.
    Superseded,
}

impl Record {
    /// The access token, while it lives.
    pub(crate) fn access(&self, now: StoreTime) -> Option<Stored<'_>> {
        let Access { token, generation, nonce, expires_at, life } = self.access.as_ref()?;
        let left = now.until(*expires_at);
        let life = life.map_or(left, Duration::from_millis);
        // The store's clock may have been set back.
        let left = left.min(life);
        let current = (*generation, *nonce) == (self.lasting.generation, self.lasting.nonce);
        (current && !left.is_zero()).then_some(Stored { token, generation: *generation, left, life })
    }

    pub(crate) fn generation(&self) -> u64 {
        self.lasting.generation
    }

    #[cfg(test)]
    pub(crate) fn fence(&self) -> u64 {
        self.lasting.fence
    }

    /// Whether the stored token may not be WeChat's newest: requests overlapped, or one is on its
    /// way or was left unanswered.
    pub(crate) fn is_contested(&self) -> bool {
        self.lasting.contested || !self.lasting.markers.is_empty()
    }

    /// How long until no request can be on its way any more.
    pub(crate) fn quiet_in(&self, now: StoreTime, unanswered_window: Duration) -> Duration {
        let lease = self.lasting.lease.map(|lease| now.until(lease.at));
        let marker =
            self.lasting.markers.iter().map(|marker| now.until(marker.at.plus(unanswered_window))).max();
        lease.max(marker).unwrap_or_default()
    }

    /// Gives the permit to make a request, unless another holder's lease runs: then the answer is
    /// how long it does.
    ///
    /// `seen` is the highest generation that the caller knows; a store that fell back does not make
    /// it count from the beginning again. `nonce` is one that no other permit has.
    pub(crate) fn acquire(
        &mut self,
        seen: u64,
        nonce: Nonce,
        now: StoreTime,
        lease: Duration,
        unanswered_window: Duration,
    ) -> Result<Permit, Duration> {
        let state = &mut self.lasting;
        // One that ends later than a lease can was given before the store's clock was set back.
        if let Some(held) = state.lease
            && held.at > now
            && held.at <= now.plus(lease)
        {
            return Err(now.until(held.at));
        }
        state.fence = state.fence.max(state.generation).max(seen) + 1;
        // One from the future was made before the store's clock was set back. How old it is cannot
        // be told, so it counts from now.
        for marker in &mut state.markers {
            marker.at = marker.at.min(now);
        }
        // A request that was left unanswered for so long is not applied any more, but it may have
        // been.
        let before = state.markers.len();
        state.markers.retain(|marker| marker.at.plus(unanswered_window) > now);
        state.contested |= state.markers.len() < before;
        let alone = state.markers.is_empty();
        let fence = state.fence;
        state.markers.push(Held { fence, nonce, at: now });
        state.lease = Some(Held { fence, nonce, at: now.plus(lease) });
        Ok(Permit { fence, nonce, alone, stage: self.stage(), after_rejection: false })
    }

    /// Lets a permit begin anew, for the next request of a holder whose last one has been answered.
    /// Returns whether it is still his: not when another permit has been given since, and not when
    /// the store has lost it.
    pub(crate) fn renew(&mut self, permit: Permit, now: StoreTime, lease: Duration) -> bool {
        let Permit { fence, nonce, .. } = permit;
        let state = &mut self.lasting;
        if state.fence != fence || !state.markers.iter().any(|marker| marker.nonce == nonce) {
            return false;
        }
        state.lease = Some(Held { fence, nonce, at: now.plus(lease) });
        state.markers.retain(|marker| marker.nonce != nonce);
        state.markers.push(Held { fence, nonce, at: now });
        true
    }

    /// Writes what a request brought.
    pub(crate) fn commit(&mut self, permit: Permit, commit: &Commit, now: StoreTime) -> Committed {
        let same = |access: &Access| access.token == commit.token;
        if self.lasting.nonce == permit.nonce && self.access.as_ref().is_none_or(same) {
            // The write that was not acknowledged has been done.
            return Committed::Already;
        }
        let marked = self.unmark(permit);
        if !marked {
            self.contest_others();
        }
        let superseded = permit.fence < self.lasting.generation;
        let revoked = self.is_revoked_since(permit);
        // What follows the stored refresh token does so whoever stored an access token meanwhile.
        if let Some((used, next)) = &commit.refresh
            && !revoked
            && (self.is_undisturbed(permit) || self.refresh_token() == Some(used))
        {
            self.refreshed(used, next.as_ref());
        }
        if superseded || revoked {
            self.lasting.contested |= superseded;
            return Committed::Superseded;
        }
        self.access = Some(Access {
            token: commit.token.clone(),
            generation: permit.fence,
            nonce: permit.nonce,
            expires_at: now.plus(commit.left),
            life: Some(millis(commit.life)),
        });
        let state = &mut self.lasting;
        (state.generation, state.nonce) = (permit.fence, permit.nonce);
        if permit.after_rejection {
            state.rejection = Some(now);
        }
        let last = state.fence == permit.fence;
        state.contested = !(marked && permit.alone && last && state.markers.is_empty());
        Committed::Stored
    }

    /// Gives a permit back whose request brought no token and is not on its way any more. When it
    /// may have been applied, the stored token may not be the newest.
    pub(crate) fn release(&mut self, permit: Permit, maybe_applied: bool) {
        let marked = self.unmark(permit);
        if maybe_applied && !marked {
            self.contest_others();
        }
        self.lasting.contested |= maybe_applied;
    }

    /// Sees to it that what others bring is contested who have a permit now: there was another
    /// request, and its mark was lost with what the store has lost, so they have not reckoned with
    /// it. None of them has the number that was given last then.
    fn contest_others(&mut self) {
        let state = &mut self.lasting;
        state.fence = state.fence.saturating_add(u64::from(!state.markers.is_empty()));
    }

    /// Takes the marks of a permit away. Returns whether there were any.
    fn unmark(&mut self, permit: Permit) -> bool {
        let state = &mut self.lasting;
        let before = state.markers.len();
        state.markers.retain(|marker| marker.nonce != permit.nonce);
        if state.lease.is_some_and(|lease| lease.nonce == permit.nonce) {
            state.lease = None;
        }
        state.markers.len() < before
    }

    /// Takes in a token that came without a permit, with the exchange of a code. `nonce` is one
    /// that no permit has.
    pub(crate) fn install(
        &mut self,
        token: &AccessTokenValue,
        left: Duration,
        life: Duration,
        nonce: Nonce,
        now: StoreTime,
    ) {
        let quiet = self.lasting.markers.is_empty() && self.lasting.lease.is_none();
        let state = &mut self.lasting;
        state.fence = state.fence.max(state.generation) + 1;
        (state.generation, state.nonce) = (state.fence, nonce);
        state.contested = !quiet;
        self.access = Some(Access {
            token: token.clone(),
            generation: state.generation,
            nonce,
            expires_at: now.plus(left),
            life: Some(millis(life)),
        });
    }

    /// Whether a rejection has led to the stored token within `interval`, anywhere.
    pub(crate) fn is_after_rejection(&self, now: StoreTime, interval: Duration) -> bool {
        self.lasting.rejection.is_some_and(|last| last <= now && last.plus(interval) > now)
    }

    /// The ticket and the `CreateTime` of its push.
    pub(crate) fn ticket(&self) -> Option<(&VerifyTicket, StoreTime)> {
        self.lasting.ticket.as_ref().map(|held| (&held.ticket, held.created))
    }

    /// Takes a ticket in, unless a newer one is there. Returns whether it was taken.
    pub(crate) fn take_ticket(&mut self, ticket: VerifyTicket, created: StoreTime) -> bool {
        if self.lasting.ticket.as_ref().is_some_and(|held| held.created > created || held.ticket == ticket) {
            return false;
        }
        self.lasting.ticket = Some(Ticket { ticket, created });
        true
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        self.lasting.authorization.as_ref().map(|authorization| authorization.standing)
    }

    /// What the next token is made of. A code comes first: it runs out.
    pub(crate) fn credential(&self) -> Option<Credential> {
        let authorization = self.lasting.authorization.as_ref()?;
        match (&authorization.code, &authorization.current) {
            (Some(code), _) => Some(Credential::Code(code.clone())),
            (None, Some(token)) => Some(Credential::RefreshToken(token.clone())),
            (None, None) => None,
        }
    }

    pub(crate) fn refresh_token(&self) -> Option<&RefreshToken> {
        self.lasting.authorization.as_ref()?.current.as_ref()
    }

    pub(crate) fn previous_refresh_token(&self) -> Option<&RefreshToken> {
        self.lasting.authorization.as_ref()?.previous.as_ref()
    }

    /// Whether an event or a code has changed the authorisation since `moment`, by the store's
    /// clock.
    pub(crate) fn heard_since(&self, moment: StoreTime) -> bool {
        self.lasting.authorization.as_ref().is_some_and(|authorization| authorization.heard >= moment)
    }

    /// Whether a code that is not exchanged has been there for longer than `life`. How old one from
    /// the future is cannot be told.
    pub(crate) fn code_is_old(&self, now: StoreTime, life: Duration) -> bool {
        self.lasting.authorization.as_ref().is_some_and(|authorization| {
            authorization.code.is_some()
                && (authorization.heard > now || authorization.heard.plus(life) <= now)
        })
    }

    /// Notes, in the record of a code, whose code it is; the record ends at `until`. Answers
    /// whether that was not known.
    pub(crate) fn note_owner(&mut self, account: &AuthorizerAppId, until: StoreTime) -> bool {
        if self.owner() == Some(account) {
            return false;
        }
        self.lasting.delivered = Some(Delivered { account: account.clone(), until });
        true
    }

    /// Whose code it is, in the record of a code.
    pub(crate) fn owner(&self) -> Option<&AuthorizerAppId> {
        self.lasting.delivered.as_ref().map(|delivered| &delivered.account)
    }

    /// Whether the authorisation is still that of which this permit was given to make a token: no
    /// event has come since, and no later token.
    pub(crate) fn is_unchanged_since(&self, permit: Permit) -> bool {
        self.is_undisturbed(permit)
            && self.lasting.generation <= permit.fence
            && !self.is_revoked_since(permit)
    }

    /// Whether no event and no code has come since. A store that has lost what it knew has not been
    /// told anything else.
    fn is_undisturbed(&self, permit: Permit) -> bool {
        self.stage() <= permit.stage
    }

    /// Whether the account has cancelled since. A cancellation that the authorisation has followed
    /// may be back in a store that fell back.
    fn is_revoked_since(&self, permit: Permit) -> bool {
        self.standing() == Some(Standing::Revoked) && self.stage() >= permit.stage
    }

    /// Whether something else has changed the authorisation since `asked`, when the exchange of
    /// this code began.
    pub(crate) fn has_moved_on(&self, code: &AuthorizationCode, asked: StoreTime) -> bool {
        self.heard_since(asked)
            && self
                .lasting
                .authorization
                .as_ref()
                .is_some_and(|authorization| authorization.code.as_ref() != Some(code))
    }

    /// Whether WeChat was asked for the access token at `moment` or later.
    pub(crate) fn minted_since(&self, moment: StoreTime) -> bool {
        self.access.as_ref().is_some_and(|access| {
            let life = Duration::from_millis(access.life.unwrap_or_default());
            access.life.is_some() && access.expires_at.minus(life) >= moment
        })
    }

    /// Whether it was this code that was exchanged last, and what it brought still stands.
    pub(crate) fn stands_by(&self, code: &AuthorizationCode) -> bool {
        self.lasting.authorization.as_ref().is_some_and(|authorization| {
            authorization.standing == Standing::Active && authorization.exchanged.as_ref() == Some(code)
        })
    }

    /// Whether the account's authorisation stands, and no code waits to be exchanged.
    pub(crate) fn stands(&self) -> bool {
        self.lasting.authorization.as_ref().is_some_and(|authorization| {
            let exchanged = authorization.exchanged.is_some() || authorization.current.is_some();
            authorization.standing == Standing::Active && authorization.code.is_none() && exchanged
        })
    }

    fn stage(&self) -> Stage {
        let authorization = self.lasting.authorization.as_ref();
        authorization.map(|it| Stage(it.changed, it.heard)).unwrap_or_default()
    }

    fn authorization(&mut self) -> &mut Authorization {
        self.lasting.authorization.get_or_insert_default()
    }

    /// A refresh with `used` brought `next`. When it cannot be told which is the newer one, that
    /// and the stored one are both kept.
    fn refreshed(&mut self, used: &RefreshToken, next: Option<&RefreshToken>) {
        let authorization = self.authorization();
        let next = next.filter(|next| !next.is_empty()).unwrap_or(used);
        let (current, previous) = (authorization.current.as_ref(), authorization.previous.as_ref());
        if current == Some(used) && next == used {
            // It has worked, so the one before is not needed any more.
            authorization.previous = None;
        } else if current == Some(next) || (previous == Some(next) && previous != Some(used)) {
            // It is known, and may have been used since.
        } else {
            // It follows the stored one; or the recovery went back to the former one, and that is
            // the one that lives; or the store has lost what `used` was.
            let former = authorization.current.replace(next.clone());
            authorization.previous = former.or_else(|| (used != next).then(|| used.clone()));
        }
        authorization.standing = Standing::Active;
    }

    /// Takes an `authorized` event in. Returns whether it changes anything.
    pub(crate) fn authorized(
        &mut self,
        code: &AuthorizationCode,
        created: StoreTime,
        now: StoreTime,
    ) -> bool {
        let authorization = self.authorization();
        let exchanged = authorization.exchanged.as_ref() == Some(code);
        // The redirect may have brought the code before, and did not say when the merchant
        // authorised.
        let dates = exchanged && created > authorization.changed;
        let known = exchanged || authorization.code.as_ref() == Some(code);
        if !dates && (known || created < authorization.changed) {
            return false;
        }
        if !known {
            authorization.code = Some(code.clone());
        }
        if !known || authorization.standing == Standing::Revoked {
            authorization.standing = Standing::Active;
        }
        authorization.changed = created;
        authorization.heard = now;
        true
    }

    /// Takes an `unauthorized` event in.
    pub(crate) fn unauthorized(&mut self, created: StoreTime, now: StoreTime) -> bool {
        let authorization = self.authorization();
        if created < authorization.changed || authorization.cancelled == Some(created) {
            // What came later stands; and the same push comes again when WeChat did not hear that
            // it was taken.
            return false;
        }
        authorization.changed = created;
        authorization.cancelled = Some(created);
        self.revoke(now);
        true
    }

    /// Notes that the authorisation has ended. What remains keeps a late answer from bringing
    /// secrets back.
    pub(crate) fn revoke(&mut self, now: StoreTime) {
        let authorization = self.authorization();
        *authorization = Authorization {
            exchanged: authorization.exchanged.take(),
            changed: authorization.changed,
            cancelled: authorization.cancelled,
            heard: now,
            standing: Standing::Revoked,
            ..Authorization::default()
        };
        self.access = None;
    }

    /// Takes in what the exchange of `code` brought.
    pub(crate) fn exchanged(
        &mut self,
        code: &AuthorizationCode,
        refresh_token: Option<&RefreshToken>,
        now: StoreTime,
    ) {
        let authorization = self.authorization();
        if let Some(token) = refresh_token.filter(|token| !token.is_empty()) {
            authorization.current = Some(token.clone());
            authorization.previous = None;
        }
        if authorization.code.as_ref() == Some(code) {
            authorization.code = None;
        }
        authorization.exchanged = Some(code.clone());
        authorization.heard = now;
        authorization.standing = Standing::Active;
    }

    /// Gives up a code that cannot be exchanged. Returns whether that is a change.
    pub(crate) fn drop_code(&mut self, code: &AuthorizationCode) -> bool {
        let authorization = self.authorization();
        let is_there = authorization.code.as_ref() == Some(code);
        if is_there {
            authorization.code = None;
        }
        is_there
    }

    /// Takes in a refresh token that comes from outside the chain: from the application, or from
    /// WeChat's lists. `known` is what the caller believes to be there; anything else has come
    /// meanwhile and is kept. Returns whether it was taken.
    pub(crate) fn restore(&mut self, token: &RefreshToken, known: Option<&RefreshToken>) -> bool {
        let authorization = self.authorization();
        if authorization.current.as_ref() != known || authorization.current.as_ref() == Some(token) {
            return false;
        }
        authorization.previous = authorization.current.replace(token.clone());
        authorization.standing = Standing::Active;
        true
    }

    /// Notes that no way leads to another refresh token than `dead`.
    pub(crate) fn give_up(&mut self, dead: &RefreshToken) -> bool {
        let authorization = self.authorization();
        if authorization.current.as_ref() != Some(dead) {
            return false;
        }
        authorization.standing = Standing::Dead;
        true
    }
}

/// A record as a store keeps it: texts that mean nothing to the store, and when they may go.
///
/// Without a `Cipher` both parts hold secrets in the clear: keep them where only
/// the service can read them. No part is an empty text.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The part that must not be lost.
    pub lasting: Secret,
    /// The part with the access token, and when that part may be dropped.
    pub access: Option<(Secret, StoreTime)>,
    /// From when on the record as a whole is not there any more; `None` if it stays.
    pub ends_at: Option<StoreTime>,
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoded(..)")
    }
}

/// What a store holds cannot be read as a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordError {
    newer_format: Option<u32>,
}

impl RecordError {
    const MALFORMED: Self = Self { newer_format: None };

    /// Why this text is no lasting part that can be read.
    fn of(lasting: &str) -> Self {
        #[derive(Deserialize)]
        struct Stamp {
            format: u32,
        }
        let format = serde_json::from_str(lasting).ok().map(|Stamp { format }| format);
        Self { newer_format: format.filter(|format| *format > Format::NEWEST) }
    }

    /// The format of the record, when it is a newer one than this release reads: a newer release
    /// has written it.
    pub fn newer_format(&self) -> Option<u32> {
        self.newer_format
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.newer_format {
            Some(format) => write!(
                f,
                "the record is of format {format}, and this release reads those up to {}",
                Format::NEWEST
            ),
            None => f.write_str("the stored text is not a record"),
        }
    }
}

impl Error for RecordError {}

impl Record {
    /// The record as text, for a store.
    ///
    /// # Errors
    ///
    /// Never in practice: nothing in a record can fail to be written.
    pub fn encode(&self) -> Result<Encoded, RecordError> {
        let text =
            |part: serde_json::Result<String>| part.map(Secret::from).map_err(|_| RecordError::MALFORMED);
        let ends_at = self.lasting.delivered.as_ref().map(|delivered| delivered.until);
        let access = match &self.access {
            Some(access) => Some((text(serde_json::to_string(access))?, access.expires_at)),
            None => None,
        };
        Ok(Encoded { lasting: text(serde_json::to_string(&self.lasting))?, access, ends_at })
    }

    /// The record from what a store kept. An access part that was dropped is no fault.
    ///
    /// # Errors
    ///
    /// When a text is not what [`encode`](Self::encode) wrote, or a newer release wrote it.
    pub fn decode(encoded: &Encoded) -> Result<Self, RecordError> {
        let text = encoded.lasting.expose();
        let lasting = serde_json::from_str(text).ok();
        let lasting = lasting.filter(|lasting: &Lasting| lasting.format.0 <= Format::NEWEST);
        let lasting = Lasting { format: Format::default(), ..lasting.ok_or_else(|| RecordError::of(text))? };
        let access = encoded.access.as_ref().map(|(access, _)| serde_json::from_str(access.expose()));
        let access = access.transpose().map_err(|_| RecordError::MALFORMED)?;
        Ok(Self { access, lasting })
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("generation", &self.lasting.generation)
            .field("fence", &self.lasting.fence)
            .field("contested", &self.lasting.contested)
            .field("standing", &self.standing())
            .finish_non_exhaustive()
    }
}

fn exposed<S: Serializer, T: AsRef<Secret>>(secret: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.as_ref().expose())
}

#[expect(clippy::ref_option, reason = "serde passes fields by reference")]
fn exposed_option<S: Serializer, T: AsRef<Secret>>(
    secret: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => exposed(secret, serializer),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_epoch(time: &StoreTime) -> bool {
    time.0 == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(15);
    const WINDOW: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> StoreTime {
        StoreTime::from_millis(1_000_000 + seconds * 1000)
    }

    /// Another one each time.
    fn nonce() -> Nonce {
        Nonce::random()
    }

    fn commit(token: &str) -> Commit {
        let life = Duration::from_secs(7200);
        Commit { token: token.into(), left: life, life, refresh: None }
    }

    fn refreshed(token: &str, used: &str, next: &str) -> Commit {
        Commit { refresh: Some((used.into(), Some(next.into()))), ..commit(token) }
    }

    /// A record with this refresh token.
    fn of(refresh: &str) -> Record {
        let mut record = Record::default();
        record.restore(&refresh.into(), None);
        record
    }

    fn refresh_tokens(record: &Record) -> [Option<&str>; 2] {
        [record.refresh_token(), record.previous_refresh_token()].map(|token| token.map(RefreshToken::expose))
    }

    #[test]
    fn a_record_of_the_first_format_is_read_and_written_in_the_next_one() {
        let lasting =
            r#"{"generation":3,"fence":3,"authorization":{"current":"r","changed":7,"standing":"Active"}}"#;
        let access = r#"{"token":"t","generation":3,"expires_at":1100000}"#;
        let access = Some((access.into(), at(100)));
        let encoded = Encoded { lasting: lasting.into(), access, ends_at: None };
        let record = Record::decode(&encoded).unwrap();
        let stored = record.access(at(0)).unwrap();
        assert_eq!((stored.left, stored.life), (Duration::from_secs(100), Duration::from_secs(100)));
        assert!(!record.heard_since(at(0)) && !record.code_is_old(at(0), LEASE));
        let next = lasting.replacen('{', r#"{"format":2,"#, 1);
        assert_eq!(record.encode().unwrap().lasting.expose(), next);
        let told = Encoded { lasting: r#"{"format":1,"fence":3}"#.into(), access: None, ends_at: None };
        let told = Record::decode(&told).unwrap().encode().unwrap();
        assert_eq!(told.lasting.expose(), r#"{"format":2,"fence":3}"#);
    }

    /// A permit that was given at `at` and is never heard of again.
    fn unanswered(record: &mut Record, at: StoreTime) -> Permit {
        record.acquire(0, nonce(), at, LEASE, WINDOW).unwrap()
    }

    #[test]
    fn a_request_that_was_never_answered_leaves_the_stored_token_in_doubt_once_it_is_given_up() {
        let window = WINDOW.as_secs();
        let mut record = of("r0");
        unanswered(&mut record, at(0));
        let next = unanswered(&mut record, at(window + 1));
        record.release(next, false);
        assert!(record.is_contested(), "it may have been applied");
        // What the next request brings is newer, if the first one cannot overtake it any more.
        for (waits, in_doubt) in [(window - 1, true), (window, false)] {
            let mut record = of("r0");
            unanswered(&mut record, at(0));
            let next = unanswered(&mut record, at(waits));
            record.commit(next, &commit("t"), at(waits));
            assert_eq!(record.is_contested(), in_doubt, "{waits} s");
        }
        let mut record = of("r0");
        let only = unanswered(&mut record, at(0));
        record.release(only, false);
        assert!(!record.is_contested(), "nothing was left unanswered");
    }

    #[test]
    fn renewing_a_permit_forgets_no_other_request() {
        let mut record = of("r0");
        unanswered(&mut record, at(0));
        let next = unanswered(&mut record, at(16));
        assert!(record.renew(next, at(17), LEASE));
        record.release(next, false);
        assert!(record.is_contested(), "the first request may still be applied");
    }

    #[test]
    fn a_release_contests_what_others_bring_only_when_its_own_mark_was_lost() {
        let numbers = |lost: bool, maybe_applied: bool| {
            let mut record = of("r0");
            let before = record.clone();
            let permit = unanswered(&mut record, at(0));
            if lost {
                record = before;
                unanswered(&mut record, at(0));
            } else {
                unanswered(&mut record, at(16));
            }
            let fence = record.fence();
            record.release(permit, maybe_applied);
            record.fence() - fence
        };
        assert_eq!([numbers(false, false), numbers(false, true), numbers(true, false)], [0, 0, 0]);
        assert_eq!(numbers(true, true), 1, "the other permit has not reckoned with its request");
    }

    #[test]
    fn a_token_of_a_code_is_in_doubt_while_any_request_may_be_on_its_way() {
        let life = Duration::from_secs(7200);
        let installed = |mut record: Record| {
            record.install(&"t".into(), life, life, nonce(), at(17));
            record.is_contested()
        };
        assert!(!installed(of("r0")), "nobody has asked");
        let mut record = of("r0");
        unanswered(&mut record, at(0));
        assert!(installed(record), "a lease runs");
        let mut record = of("r0");
        let first = unanswered(&mut record, at(0));
        let next = unanswered(&mut record, at(16));
        record.release(next, false);
        record.install(&"t".into(), life, life, nonce(), at(17));
        record.release(first, false);
        assert!(record.is_contested(), "no lease ran, and the first request was on its way");
    }

    #[test]
    fn of_two_tickets_of_one_second_the_one_that_came_later_counts() {
        let mut record = Record::default();
        assert!(record.take_ticket("first".into(), at(7)));
        assert!(record.take_ticket("second".into(), at(7)));
        assert!(!record.take_ticket("second".into(), at(7)), "it is there");
        assert!(!record.take_ticket("older".into(), at(6)));
    }

    /// A record of an account whose code came at `heard`.
    fn authorized(heard: StoreTime) -> Record {
        let mut record = Record::default();
        assert!(record.authorized(&"code".into(), heard, heard));
        record
    }

    #[test]
    fn a_code_is_old_when_its_life_is_over_or_when_it_is_from_the_future() {
        let record = authorized(at(100));
        let old = |now| record.code_is_old(at(now), Duration::from_secs(600));
        assert_eq!([99, 100, 699, 700, 701].map(old), [true, false, false, true, true]);
        assert!(!of("r0").code_is_old(at(9999), LEASE), "there is no code");
    }

    #[test]
    fn a_permit_makes_a_token_of_the_authorisation_that_it_was_given_for_and_of_no_other() {
        let mut record = authorized(at(100));
        let permit = unanswered(&mut record, at(101));
        assert!(record.is_unchanged_since(permit));
        let mut anew = record.clone();
        anew.authorized(&"other".into(), at(102), at(102));
        assert!(!anew.is_unchanged_since(permit), "the merchant has authorised anew");
        let mut cancelled = record.clone();
        cancelled.unauthorized(at(102), at(102));
        assert!(!cancelled.is_unchanged_since(permit), "the merchant has cancelled");
        let life = Duration::from_secs(7200);
        record.install(&"t".into(), life, life, nonce(), at(102));
        assert!(!record.is_unchanged_since(permit), "there is a later token");
    }

    #[test]
    fn an_exchange_is_kept_unless_something_else_was_heard_after_it_began() {
        let code = "code".into();
        let record = authorized(at(100));
        assert!(!record.has_moved_on(&code, at(99)), "it is this very code that was heard");
        let mut anew = record;
        anew.authorized(&"other".into(), at(102), at(102));
        assert!(anew.has_moved_on(&code, at(101)) && anew.has_moved_on(&code, at(102)));
        assert!(!anew.has_moved_on(&code, at(103)), "that was before");
        assert!(!Record::default().has_moved_on(&code, at(0)));
    }

    #[test]
    fn a_cancellation_remembers_when_it_was_heard_and_which_code_is_used_up() {
        let mut record = authorized(at(100));
        record.exchanged(&"code".into(), Some(&"r0".into()), at(101));
        assert!(record.unauthorized(at(105), at(106)));
        assert!(!record.unauthorized(at(105), at(107)), "the same push comes again");
        assert!(record.heard_since(at(106)) && !record.heard_since(at(107)));
        record.authorized(&"code".into(), at(109), at(109));
        assert!(record.credential().is_none(), "the code is not exchanged once more");
    }

    #[test]
    fn an_authorisation_stands_by_the_code_that_it_was_made_of_until_it_is_cancelled() {
        let code = "code".into();
        let mut record = authorized(at(100));
        assert!(!record.stands_by(&code) && !record.stands(), "the code was not exchanged");
        record.exchanged(&code, Some(&"r0".into()), at(101));
        assert!(record.stands_by(&code) && record.stands());
        assert!(!record.stands_by(&"other".into()));
        let mut without_rights = authorized(at(100));
        without_rights.exchanged(&code, None, at(101));
        assert!(without_rights.stands(), "an account without API rights has no refresh token");
        assert!(of("r0").stands() && !Record::default().stands());
        let mut dead = record.clone();
        dead.give_up(&"r0".into());
        assert!(!dead.stands_by(&code) && !dead.stands());
        record.unauthorized(at(105), at(105));
        assert!(!record.stands_by(&code) && !record.stands());
    }

    #[test]
    fn an_event_of_the_same_second_counts_and_revives_what_was_given_up() {
        let mut record = authorized(at(100));
        assert!(record.authorized(&"other".into(), at(100), at(101)), "which came first nobody knows");
        assert!(!record.authorized(&"third".into(), at(99), at(102)));
        let mut dead = of("r0");
        dead.give_up(&"r0".into());
        assert!(dead.standing() == Some(Standing::Dead));
        dead.authorized(&"code".into(), at(100), at(100));
        assert!(dead.standing() == Some(Standing::Active));
    }

    #[test]
    fn a_token_was_minted_its_life_before_its_end() {
        let mut record = of("r0");
        assert!(!record.minted_since(at(0)), "there is none");
        let permit = unanswered(&mut record, at(100));
        record.commit(permit, &commit("t"), at(100));
        assert_eq!([99, 100, 101].map(|moment| record.minted_since(at(moment))), [true, true, false]);
        let access = Some((r#"{"token":"t","generation":0,"expires_at":9100000}"#.into(), at(9100)));
        let first_format = Encoded { lasting: "{}".into(), access, ends_at: None };
        assert!(!Record::decode(&first_format).unwrap().minted_since(at(0)), "its life is not known");
    }

    #[test]
    fn the_codes_that_a_platform_of_the_first_format_knew_are_left_out() {
        let lasting = r#"{"ticket":{"ticket":"t","created":7},"codes":[{"code":"c","account":"wx","at":7}]}"#;
        let encoded = Encoded { lasting: lasting.into(), access: None, ends_at: None };
        let record = Record::decode(&encoded).unwrap();
        assert!(record.ticket().is_some() && record.owner().is_none());
        assert!(!record.encode().unwrap().lasting.expose().contains("codes"));
    }

    #[test]
    fn a_record_of_a_newer_format_is_refused_with_both_numbers() {
        let read = |lasting: &str| {
            Record::decode(&Encoded { lasting: lasting.into(), access: None, ends_at: None }).unwrap_err()
        };
        // Its other members may be of any shape, or of the one that they have now.
        for lasting in [r#"{"format":3}"#, r#"{"format":3,"generation":"iv","authorization":[]}"#] {
            let error = read(lasting);
            assert_eq!(error.newer_format(), Some(3));
            assert_eq!(error.to_string(), "the record is of format 3, and this release reads those up to 2");
        }
        for lasting in [r#"{"format":2,"generation":"iv"}"#, r#"{"format":"2"}"#, "7", ""] {
            assert_eq!(read(lasting).newer_format(), None, "{lasting}");
        }
    }

    #[test]
    fn a_token_knows_how_long_its_life_was() {
        let mut record = Record::default();
        let permit = record.acquire(0, nonce(), at(0), LEASE, WINDOW).unwrap();
        record.commit(permit, &commit("t"), at(1));
        let read = Record::decode(&record.encode().unwrap()).unwrap();
        let stored = read.access(at(7101)).unwrap();
        assert_eq!((stored.left.as_secs(), stored.life.as_secs()), (100, 7200));
    }

    #[test]
    fn no_token_has_more_left_than_its_life() {
        let mut record = Record::default();
        let permit = record.acquire(0, nonce(), at(3600), LEASE, WINDOW).unwrap();
        record.commit(permit, &commit("t"), at(3600));
        // The store's clock was set back by an hour.
        let stored = record.access(at(0)).unwrap();
        assert_eq!((stored.left.as_secs(), stored.life.as_secs()), (7200, 7200));
    }

    #[test]
    fn a_permit_is_renewed_as_long_as_nobody_else_has_got_one() {
        let mut record = Record::default();
        let first = record.acquire(0, nonce(), at(0), LEASE, WINDOW).unwrap();
        // It has run out, and nobody has noticed.
        assert!(record.renew(first, at(20), LEASE));
        assert_eq!(record.acquire(0, nonce(), at(30), LEASE, WINDOW), Err(Duration::from_secs(5)));
        assert_eq!(
            record.quiet_in(at(30), WINDOW),
            Duration::from_secs(20),
            "its next request may unanswered_window"
        );
        let second = record.acquire(0, nonce(), at(35), LEASE, WINDOW).unwrap();
        let before = record.clone();
        assert!(!record.renew(first, at(36), LEASE));
        assert!(record == before, "what is refused changes nothing");
        assert!(record.renew(second, at(36), LEASE));
        assert_eq!(record.commit(second, &commit("t2"), at(37)), Committed::Stored);
        assert!(record.is_contested(), "the first permit's request may be on its way");
        assert!(!record.renew(first, at(38), LEASE));
    }

    #[test]
    fn an_answer_that_is_stored_again_changes_nothing() {
        let mut record = of("r0");
        let permit = record.acquire(0, nonce(), at(0), LEASE, WINDOW).unwrap().after_rejection();
        assert_eq!(record.commit(permit, &refreshed("t1", "r0", "r1"), at(1)), Committed::Stored);
        let stored = record.clone();
        assert_eq!(record.commit(permit, &refreshed("t1", "r0", "r1"), at(9)), Committed::Already);
        assert!(record == stored, "the write was not acknowledged, and had been done");
        assert!(!record.is_contested());
    }

    #[test]
    fn another_answer_of_the_same_permit_is_not_taken_for_the_one_that_is_stored() {
        let mut record = of("r0");
        let permit = record.acquire(0, nonce(), at(0), LEASE, WINDOW).unwrap();
        assert_eq!(record.commit(permit, &refreshed("t1", "r0", "r1"), at(1)), Committed::Stored);
        assert_eq!(record.commit(permit, &refreshed("t2", "r1", "r2"), at(2)), Committed::Stored);
        assert_eq!(record.access(at(2)).unwrap().token.expose(), "t2");
        assert_eq!(record.refresh_token().unwrap().expose(), "r2");
    }

    #[test]
    fn a_permit_that_the_store_has_lost_is_told_from_the_one_that_has_its_number() {
        let before = of("r0");
        let mut record = before.clone();
        let lost = record.acquire(0, nonce(), at(0), LEASE, WINDOW).unwrap();
        record = before;
        let given = record.acquire(0, nonce(), at(1), LEASE, WINDOW).unwrap();
        assert_eq!(lost.fence, given.fence);
        assert!(!record.renew(lost, at(2), LEASE), "the lost one is no permit any more");

        assert_eq!(record.commit(lost, &refreshed("t1", "r0", "r1"), at(3)), Committed::Stored);
        assert!(record.is_contested(), "the other request is on its way");
        assert!(record.acquire(0, nonce(), at(4), LEASE, WINDOW).is_err(), "and has its lease");
        assert_eq!(refresh_tokens(&record), [Some("r1"), Some("r0")]);

        assert_eq!(record.commit(given, &refreshed("t2", "r1", "r2"), at(5)), Committed::Stored);
        assert!(record.is_contested(), "which of them is the newer one cannot be told");
        assert_eq!(record.access(at(6)).unwrap().token.expose(), "t2");
        assert_eq!(refresh_tokens(&record), [Some("r2"), Some("r1")]);
    }

    #[test]
    fn of_two_answers_whose_order_cannot_be_told_both_refresh_tokens_are_kept() {
        for (known, used, next, kept) in [
            // It follows the stored one.
            (["r1", "r0"], "r1", "r2", [Some("r2"), Some("r1")]),
            // It has come before.
            (["r1", "r0"], "r0", "r1", [Some("r1"), Some("r0")]),
            (["r2", "r1"], "r0", "r1", [Some("r2"), Some("r1")]),
            // It follows one that the store has lost.
            (["r1", "r0"], "r7", "r8", [Some("r8"), Some("r1")]),
            // The former one lived.
            (["r1", "r0"], "r0", "r2", [Some("r2"), Some("r1")]),
            (["r1", "r0"], "r0", "r0", [Some("r0"), Some("r1")]),
            // The stored one has worked and stays.
            (["r1", "r0"], "r1", "r1", [Some("r1"), None]),
        ] {
            let mut record = of(known[1]);
            record.restore(&known[0].into(), Some(&known[1].into()));
            let permit = record.acquire(0, nonce(), at(0), LEASE, WINDOW).unwrap();
            record.commit(permit, &refreshed("t", used, next), at(1));
            assert_eq!(refresh_tokens(&record), kept, "{used} brought {next} where {known:?} were");
        }
    }

    #[test]
    fn what_was_made_of_the_stored_refresh_token_follows_it_even_when_a_later_token_is_stored() {
        let mut record = of("r0");
        let late = record.acquire(0, nonce(), at(0), LEASE, WINDOW).unwrap();
        let later = record.acquire(0, nonce(), at(20), LEASE, WINDOW).unwrap();
        record.commit(later, &refreshed("t2", "r0", "r1"), at(21));
        assert_eq!(record.commit(late, &refreshed("t1", "r1", "r2"), at(22)), Committed::Superseded);
        assert_eq!(record.access(at(23)).unwrap().token.expose(), "t2");
        assert!(record.is_contested());
        assert_eq!(refresh_tokens(&record), [Some("r2"), Some("r1")]);
    }

    #[test]
    fn a_cancellation_that_came_back_with_an_older_state_does_not_drop_an_answer() {
        let mut record = of("r0");
        assert!(record.unauthorized(at(1), at(1)));
        let cancelled = record.clone();
        assert!(record.authorized(&"c1".into(), at(2), at(2)));
        let permit = record.acquire(0, nonce(), at(3), LEASE, WINDOW).unwrap();

        let mut fell_back = cancelled;
        assert!(fell_back.is_unchanged_since(permit));
        fell_back.exchanged(&"c1".into(), Some(&"r1".into()), at(4));
        assert_eq!(fell_back.commit(permit, &commit("t1"), at(4)), Committed::Stored);
        assert_eq!(fell_back.standing(), Some(Standing::Active));

        assert!(record.unauthorized(at(5), at(5)));
        assert!(!record.is_unchanged_since(permit));
        assert_eq!(record.commit(permit, &commit("t1"), at(6)), Committed::Superseded);
        assert_eq!(record.standing(), Some(Standing::Revoked), "one that came since does");
    }

    #[test]
    fn the_two_parts_of_a_record_are_of_one_permit() {
        let mut records = [of("r0"), of("r0")].map(|mut record| {
            let permit = record.acquire(0, nonce(), at(0), LEASE, WINDOW).unwrap();
            record.commit(permit, &commit("t"), at(1));
            record
        });
        assert!(records[0].access(at(2)).is_some());
        records[0].access = records[1].access.take();
        assert!(records[0].access(at(2)).is_none(), "the same number, of another permit");
    }

    #[test]
    fn the_record_of_a_code_says_whose_it_is() {
        let mut record = Record::default();
        assert!(record.note_owner(&"wx_shop".into(), at(600)));
        assert!(!record.note_owner(&"wx_shop".into(), at(900)), "it is known");
        assert_eq!(record.owner().unwrap(), "wx_shop");
        assert!(record.note_owner(&"wx_other".into(), at(900)));
        let encoded = record.encode().unwrap();
        assert_eq!(encoded.ends_at, Some(at(900)));
        assert!(Record::decode(&encoded).unwrap() == record);
        assert_eq!(Record::default().encode().unwrap().ends_at, None, "no other record ends");
    }
}
