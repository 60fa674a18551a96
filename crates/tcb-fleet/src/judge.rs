//! What follows from a pass: a pure function of its outcome and the time.

use std::error::Error as _;
use std::time::Duration;

use tcb_api::types::{ApiError, ErrCode, Reaction};
use tcb_deploy::{DeployError, DeployErrorKind};

use crate::condition::{Condition, Kind, State};
use crate::merchant::{Merchant, Standing};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// When one looks whether a person has done something: people answer soon or late.
const PERSON: [u64; 4] = [10 * MINUTE, HOUR, 6 * HOUR, DAY];

/// For how long absence from a list proves nothing.
const UNSETTLED: u64 = 10 * MINUTE;

/// The first pause after a failure, and the longest.
const RETRY: u64 = 30;
const LONGEST: u64 = HOUR;

/// Never by itself. JSON's readers take no larger number for what it is.
const NEVER: u64 = 1 << 53;

/// What a pass saw before it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The conditions of the desired state.
    pub(crate) wanted: Vec<Kind>,
    /// The conditions of the steps that are left, the one that failed first; `None` when the pass
    /// ended before there was a plan.
    pub(crate) left: Option<Vec<Kind>>,
    /// Whether what is inside of environments could not be seen.
    pub(crate) is_partial: bool,
}

/// Why a pass did not reach its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) standing: Standing,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) rid: Option<String>,
    /// How long WeChat asks one to wait.
    pub(crate) after: Duration,
}

const NOT_AUTHORIZED: &str = "not_authorized";

impl Failure {
    pub(crate) fn of(error: &DeployError) -> Self {
        let (standing, reason) = standing(error);
        let api = error.call().and_then(|call| call.api());
        let is_daily = api.is_some_and(|api| api.code() == ErrCode::DAILY_QUOTA);
        let asked = error.call().and_then(tcb_api::Error::retry_after);
        let after = if is_daily { Duration::from_secs(LONGEST) } else { asked.unwrap_or_default() };
        let rid = api.and_then(|api| api.rid()).map(ToOwned::to_owned);
        let message = match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        Self { standing, reason, message, rid, after }
    }

    /// One that another pass may be spared.
    pub(crate) fn retrying(message: &str) -> Self {
        Self {
            standing: Standing::Retrying,
            reason: "retrying",
            message: message.to_owned(),
            rid: None,
            after: Duration::ZERO,
        }
    }
}

fn standing(error: &DeployError) -> (Standing, &'static str) {
    let reaction = error.call().and_then(|call| call.api()).map(ApiError::reaction);
    match (error.kind(), reaction) {
        (DeployErrorKind::Person(_) | DeployErrorKind::Confirm(_), _) => (Standing::Waiting, "waiting"),
        (DeployErrorKind::Unsettled(_), _) => (Standing::Unsettled, "unsettled"),
        (_, Some(Reaction::NotAuthorized | Reaction::Reauthorize)) => (Standing::Waiting, NOT_AUTHORIZED),
        (_, Some(Reaction::Permission | Reaction::MerchantAction)) => (Standing::Waiting, "waiting"),
        _ if error.is_retryable() => (Standing::Retrying, "retrying"),
        _ => (Standing::Refused, "refused"),
    }
}

/// The row after a pass.
pub(crate) fn judge(before: &Merchant, seen: &Seen, failure: Option<&Failure>, now: u64) -> Merchant {
    let standing = failure.map_or(Standing::Ready, |failure| failure.standing);
    let attempts = if before.standing == standing { before.attempts.saturating_add(1) } else { 1 };
    let after = failure.map_or(Duration::ZERO, |failure| failure.after).as_secs();
    let mut conditions = conditions(before, seen, failure);
    Condition::date(&mut conditions, &before.conditions, now);
    Merchant {
        standing,
        attempts,
        conditions,
        due: due(standing, attempts, after, now),
        looked: now,
        step: None,
        lease: None,
        ..before.clone()
    }
}

fn due(standing: Standing, attempts: u32, after: u64, now: u64) -> u64 {
    let before = attempts.saturating_sub(1);
    let pause = match standing {
        Standing::Pending | Standing::Ready => 0,
        Standing::Waiting => PERSON.get(before as usize).copied().unwrap_or(DAY),
        Standing::Unsettled => UNSETTLED,
        Standing::Retrying => {
            let doubled = RETRY.checked_shl(before).filter(|pause| *pause < LONGEST && before < 16);
            doubled.unwrap_or(LONGEST).max(after)
        }
        Standing::Refused => return NEVER,
    };
    now.saturating_add(pause)
}

fn conditions(before: &Merchant, seen: &Seen, failure: Option<&Failure>) -> Vec<Condition> {
    let is_authorized = match failure {
        Some(failure) if failure.reason == NOT_AUTHORIZED => State::False,
        _ if seen.left.is_some() => State::True,
        // What else is wrong says nothing of it.
        _ => known(before, Kind::Authorized).unwrap_or(State::Unknown),
    };
    let mut conditions = vec![Condition::new(Kind::Authorized, is_authorized, "done")];
    for kind in &seen.wanted {
        let (state, reason) = match &seen.left {
            Some(left) if left.contains(kind) => (State::False, "pending"),
            Some(_) if seen.is_partial && kind.is_inside() => (State::Unknown, "pending"),
            Some(_) => (State::True, "done"),
            None => (known(before, *kind).unwrap_or(State::Unknown), "pending"),
        };
        conditions.push(Condition::new(*kind, state, reason));
    }
    let is_ready = if failure.is_none() { State::True } else { State::False };
    conditions.push(Condition::new(Kind::Ready, is_ready, "done"));
    let Some(failure) = failure else { return conditions };
    // What failed is told where it is, and with the whole.
    let about = match &seen.left {
        _ if failure.reason == NOT_AUTHORIZED => Kind::Authorized,
        Some(left) => left.first().copied().unwrap_or(Kind::Ready),
        None => Kind::Ready,
    };
    for condition in &mut conditions {
        if condition.kind == about || condition.kind == Kind::Ready {
            failure.reason.clone_into(&mut condition.reason);
            condition.message.clone_from(&failure.message);
            condition.rid.clone_from(&failure.rid);
        }
    }
    conditions
}

fn known(before: &Merchant, kind: Kind) -> Option<State> {
    before.conditions.iter().find(|old| old.kind == kind).map(|old| old.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(standing: Standing, reason: &'static str) -> Failure {
        let message = "why".to_owned();
        Failure { standing, reason, message, rid: Some("rid".into()), after: Duration::ZERO }
    }

    fn seen(left: Option<&[Kind]>, is_partial: bool) -> Seen {
        let wanted = vec![Kind::CloudOpened, Kind::EnvReady, Kind::FunctionsReady];
        Seen { wanted, left: left.map(<[Kind]>::to_vec), is_partial }
    }

    /// `kind state reason`, of a row.
    fn told(row: &Merchant) -> Vec<String> {
        let one = |it: &Condition| format!("{} {:?} {}", it.kind, it.state, it.reason);
        row.conditions.iter().map(one).collect()
    }

    #[test]
    fn pauses_grow_with_the_attempts() {
        use Standing::{Ready, Refused, Retrying, Unsettled, Waiting};
        // After so many in a row, and with so long a wait as WeChat asks for.
        let table: [(Standing, &[u64], u64); 6] = [
            (Waiting, &[600, 3600, 21_600, 86_400, 86_400], 0),
            (Retrying, &[30, 60, 120, 240, 480, 960, 1920, 3600, 3600], 0),
            (Retrying, &[100, 100, 120], 100),
            (Unsettled, &[600, 600, 600], 0),
            (Refused, &[NEVER - 1000, NEVER - 1000], 0),
            (Ready, &[0, 0], 0),
        ];
        for (standing, pauses, after) in table {
            let mut row = Merchant::default();
            for pause in pauses {
                let why = Failure { after: Duration::from_secs(after), ..failure(standing, "x") };
                row = judge(&row, &seen(None, false), (standing != Ready).then_some(&why), 1000);
                assert_eq!((row.standing, row.due - 1000), (standing, *pause), "{row:?}");
            }
        }
        let last = Merchant { attempts: u32::MAX, standing: Retrying, ..Merchant::default() };
        assert_eq!(judge(&last, &seen(None, false), Some(&failure(Retrying, "x")), 0).due, 3600);
    }

    /// What is left, whether more may be, what failed, and the conditions.
    type Case<'a> = (Option<&'a [Kind]>, bool, Option<&'a Failure>, &'a [&'a str]);

    #[test]
    fn conditions_follow_from_what_is_left() {
        use Kind::{CloudOpened, EnvReady, FunctionsReady};
        let waiting = failure(Standing::Waiting, "waiting");
        let retrying = failure(Standing::Retrying, "retrying");
        let gone = failure(Standing::Waiting, NOT_AUTHORIZED);
        let new = Merchant::default();
        let table: [Case<'_>; 5] = [
            (
                Some(&[]),
                false,
                None,
                &[
                    "Authorized True done",
                    "CloudOpened True done",
                    "EnvReady True done",
                    "FunctionsReady True done",
                    "Ready True done",
                ],
            ),
            (
                Some(&[CloudOpened, EnvReady, FunctionsReady]),
                false,
                Some(&waiting),
                &[
                    "Authorized True done",
                    "CloudOpened False waiting",
                    "EnvReady False pending",
                    "FunctionsReady False pending",
                    "Ready False waiting",
                ],
            ),
            (
                Some(&[EnvReady]),
                true,
                Some(&retrying),
                &[
                    "Authorized True done",
                    "CloudOpened True done",
                    "EnvReady False retrying",
                    "FunctionsReady Unknown pending",
                    "Ready False retrying",
                ],
            ),
            (
                None,
                false,
                Some(&gone),
                &[
                    "Authorized False not_authorized",
                    "CloudOpened Unknown pending",
                    "EnvReady Unknown pending",
                    "FunctionsReady Unknown pending",
                    "Ready False not_authorized",
                ],
            ),
            (
                None,
                false,
                Some(&retrying),
                &[
                    "Authorized Unknown done",
                    "CloudOpened Unknown pending",
                    "EnvReady Unknown pending",
                    "FunctionsReady Unknown pending",
                    "Ready False retrying",
                ],
            ),
        ];
        for (left, is_partial, why, conditions) in table {
            let row = judge(&new, &seen(left, is_partial), why, 5);
            assert_eq!(told(&row), conditions);
            let ready = row.conditions.last().unwrap();
            assert_eq!(ready.message.is_empty(), why.is_none());
            assert_eq!(ready.rid.is_some(), why.is_some());
        }
    }

    #[test]
    fn a_condition_is_as_old_as_its_state() {
        let done = judge(&Merchant::default(), &seen(Some(&[]), false), None, 10);
        let retrying = failure(Standing::Retrying, "retrying");
        let later = judge(&done, &seen(Some(&[Kind::FunctionsReady]), false), Some(&retrying), 20);
        let ages: Vec<u64> = later.conditions.iter().map(|it| it.since).collect();
        assert_eq!(ages, [10, 10, 10, 20, 20]);
        // An error of the network says nothing of what was so before.
        let blind = judge(&done, &seen(None, false), Some(&retrying), 30);
        assert_eq!(blind.conditions[1].state, State::True);
        assert_eq!(blind.conditions[1].since, 10);
    }
}
