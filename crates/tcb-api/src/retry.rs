use std::time::Duration;

use tcb_transport::{AttemptError, AttemptErrorKind, Phase, TransportErrorKind};
use tcb_types::{Class, ErrCode, Reaction, scaled};

use crate::ErrorKind;

/// How often and how long a call is repeated. What may be repeated at all follows from the
/// operation's [`Class`] and from how far the failed attempt got; it cannot be extended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Maximum number of attempts; 3. One more is made for each token that was refused and
    /// replaced, two at most.
    pub attempts: u32,
    /// Time for the whole call, pauses and token calls included; 30 seconds. A pause that would
    /// exceed it is not begun.
    pub deadline: Duration,
    /// Time for one attempt; 10 seconds.
    pub attempt_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, deadline: Duration::from_secs(30), attempt_timeout: Duration::from_secs(10) }
    }
}

impl RetryPolicy {
    /// Every call is sent once.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// Sets the maximum number of attempts; 0 counts as 1.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// Sets the time for the whole call.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Sets the time for one attempt.
    #[must_use]
    pub fn attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout, ..self }
    }
}

/// What follows from a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Disposition {
    /// What the failure is if it is final.
    pub(crate) kind: ErrorKind,
    /// Which pause leads to the next attempt, if one is allowed.
    pub(crate) pause: Option<Pause>,
    /// What the server or the rule says about when to come back.
    pub(crate) retry_after: Option<Duration>,
}

/// A pause that grows with each attempt, and whose length is random so that callers do not come
/// back together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pause {
    /// Never shorter than this.
    at_least: Duration,
    /// The random part is at most this for the first repeat, and doubles.
    step: Duration,
    limit: Duration,
    /// How many repeats this failure is worth.
    repeats: u32,
}

impl Pause {
    const fn new(step_ms: u64, limit_s: u64) -> Self {
        Self {
            at_least: Duration::ZERO,
            step: Duration::from_millis(step_ms),
            limit: Duration::from_secs(limit_s),
            repeats: u32::MAX,
        }
    }

    const fn repeats(self, repeats: u32) -> Self {
        Self { repeats, ..self }
    }

    fn at_least(self, at_least: Option<Duration>) -> Self {
        Self { at_least: at_least.unwrap_or_default(), ..self }
    }

    /// Length of the pause after `failed` attempts, or `None` when this failure is not worth
    /// another one.
    pub(crate) fn after(&self, failed: u32, random: f64) -> Option<Duration> {
        if failed > self.repeats {
            return None;
        }
        let doublings = 1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
        Some(
            self.at_least.saturating_add(scaled(self.step.saturating_mul(doublings).min(self.limit), random)),
        )
    }
}

const NO_CONNECTION: Pause = Pause::new(100, 2);
const BROKEN: Pause = Pause::new(200, 5);
const BUSY: Pause = Pause::new(1000, 4);
const THROTTLED: Pause = Pause::new(1000, 60);
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);
const NEXT_MINUTE: Duration = Duration::from_secs(60);

/// Judges a failed attempt of an operation of `class`. Refused tokens are handled elsewhere.
pub(crate) fn judge(class: Class, failure: &AttemptError) -> Disposition {
    let create = class == Class::NotRepeatable;
    let done = |kind| Disposition { kind, pause: None, retry_after: None };
    // Once the call may have run, a create is settled by reading back, and everything else by
    // asking again.
    let maybe_run = |kind, pause| {
        if create {
            done(ErrorKind::Indeterminate)
        } else {
            Disposition { kind, pause: Some(pause), retry_after: None }
        }
    };
    match failure.kind() {
        AttemptErrorKind::Request => done(ErrorKind::Request),
        AttemptErrorKind::Transport(kind) => match (kind, failure.phase()) {
            (TransportErrorKind::Certificate | TransportErrorKind::Proxy, _) => done(ErrorKind::Unavailable),
            (TransportErrorKind::Invalid, _) => done(ErrorKind::Request),
            (TransportErrorKind::Source | TransportErrorKind::Length, _) => done(ErrorKind::Content),
            (_, Phase::NotSent) => {
                Disposition { kind: ErrorKind::Unavailable, pause: Some(NO_CONNECTION), retry_after: None }
            }
            (TransportErrorKind::TooLarge, _) if create => done(ErrorKind::Indeterminate),
            (TransportErrorKind::TooLarge, _) => done(ErrorKind::Malformed),
            _ => maybe_run(ErrorKind::Unavailable, BROKEN),
        },
        AttemptErrorKind::Status(status) => match status.as_u16() {
            // Refused before execution, so a create may be repeated too.
            429 => Disposition {
                kind: ErrorKind::RateLimited,
                pause: Some(THROTTLED.at_least(failure.retry_after())),
                retry_after: failure.retry_after(),
            },
            // A gateway in front of the service may say so after the service ran the call; 303
            // means just that.
            300..=399 | 408 | 409 | 425 | 499 if create => done(ErrorKind::Indeterminate),
            300..=399 => done(ErrorKind::RedirectRefused),
            500..=599 => {
                let pause =
                    BROKEN.at_least(failure.retry_after().map(|after| after.min(LONGEST_RETRY_AFTER)));
                Disposition { retry_after: failure.retry_after(), ..maybe_run(ErrorKind::Unavailable, pause) }
            }
            _ => done(ErrorKind::Http),
        },
        AttemptErrorKind::Malformed => maybe_run(ErrorKind::Malformed, BUSY.repeats(1)),
        AttemptErrorKind::Api(code) => match (code, code.reaction()) {
            // Refused before execution; the quota is counted by the minute.
            (ErrCode::MINUTE_QUOTA, _) => Disposition {
                kind: ErrorKind::RateLimited,
                pause: Some(BUSY.repeats(1).at_least(Some(NEXT_MINUTE))),
                retry_after: Some(NEXT_MINUTE),
            },
            (_, Reaction::QuotaOrFrequency) => done(ErrorKind::RateLimited),
            (_, Reaction::RetryLater) => maybe_run(ErrorKind::Unavailable, BUSY),
            // No table says whether the call ran.
            (ErrCode::CLOUD_RESOURCE, _) | (_, Reaction::Unknown) if create => done(ErrorKind::Indeterminate),
            _ => done(ErrorKind::Refused),
        },
        // A failure that this version does not know may have run.
        _ => maybe_run(ErrorKind::Unavailable, BROKEN),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use tcb_transport::TransportError;
    use tcb_types::ApiError;

    use super::*;

    const ALL: [Class; 3] = [Class::Read, Class::Idempotent, Class::NotRepeatable];

    fn wire(kind: TransportErrorKind) -> AttemptError {
        TransportError::new(kind).into()
    }

    fn status(status: u16, retry_after: Option<u64>) -> AttemptError {
        let status = StatusCode::from_u16(status).unwrap();
        AttemptError::status(status, retry_after.map(Duration::from_secs), String::new())
    }

    fn api(code: i64) -> AttemptError {
        ApiError::new(ErrCode::new(code), "text").into()
    }

    /// Kind of the failure for reads and idempotent writes, whether those repeat, kind for creates,
    /// whether those repeat.
    #[test]
    fn the_table_of_what_may_be_repeated() {
        use ErrorKind::{
            Content, Http, Indeterminate, Malformed, RateLimited, RedirectRefused, Refused, Request,
            Unavailable,
        };
        use TransportErrorKind::{
            AllBusy, Certificate, Connect, Interrupted, Invalid, Length, Proxy, Source, Timeout, TooLarge,
            Truncated,
        };
        let malformed = {
            let body = tcb_types::read_raw_response::<u8>(b"<html>", &tcb_types::Scrubber::default());
            let Err(tcb_types::ResponseError::Malformed(error)) = body else { panic!() };
            AttemptError::malformed(error, String::new())
        };
        for (failure, other, other_repeats, create, create_repeats) in [
            (wire(Connect), Unavailable, true, Unavailable, true),
            (wire(AllBusy), Unavailable, true, Unavailable, true),
            (wire(Certificate), Unavailable, false, Unavailable, false),
            (wire(Proxy), Unavailable, false, Unavailable, false),
            (tcb_types::EncodeError::json().into(), Request, false, Request, false),
            (wire(Invalid), Request, false, Request, false),
            (wire(Source), Content, false, Content, false),
            (wire(Length), Content, false, Content, false),
            (wire(Interrupted), Unavailable, true, Indeterminate, false),
            (wire(Timeout), Unavailable, true, Indeterminate, false),
            (wire(Truncated), Unavailable, true, Indeterminate, false),
            (wire(TooLarge), Malformed, false, Indeterminate, false),
            (malformed, Malformed, true, Indeterminate, false),
            (status(500, None), Unavailable, true, Indeterminate, false),
            (status(503, Some(3)), Unavailable, true, Indeterminate, false),
            (status(429, Some(3)), RateLimited, true, RateLimited, true),
            (status(302, None), RedirectRefused, false, Indeterminate, false),
            (status(303, None), RedirectRefused, false, Indeterminate, false),
            (status(307, None), RedirectRefused, false, Indeterminate, false),
            (status(404, None), Http, false, Http, false),
            (status(408, None), Http, false, Indeterminate, false),
            (status(409, None), Http, false, Indeterminate, false),
            (status(425, None), Http, false, Indeterminate, false),
            (status(499, None), Http, false, Indeterminate, false),
            (api(-1), Unavailable, true, Indeterminate, false),
            (api(-1000), Unavailable, true, Indeterminate, false),
            (api(45009), RateLimited, false, RateLimited, false),
            (api(45011), RateLimited, true, RateLimited, true),
            (api(40097), Refused, false, Refused, false),
            (api(85088), Refused, false, Refused, false),
            (api(89001), Refused, false, Refused, false),
            (api(-501_000), Refused, false, Indeterminate, false),
            (api(987_654), Refused, false, Indeterminate, false),
        ] {
            for class in ALL {
                let disposition = judge(class, &failure);
                let expected = if class == Class::NotRepeatable {
                    (create, create_repeats)
                } else {
                    (other, other_repeats)
                };
                assert_eq!(
                    (disposition.kind, disposition.pause.is_some()),
                    expected,
                    "{class:?} {failure:?}"
                );
            }
        }
    }

    #[test]
    fn pauses_grow_are_random_and_bounded() {
        let ms = |pause: Pause, failed, random| pause.after(failed, random).unwrap().as_millis();
        assert_eq!([1, 2, 3, 30].map(|failed| ms(NO_CONNECTION, failed, 1.0)), [100, 200, 400, 2000]);
        assert_eq!(ms(BUSY, 1, 0.5), 500);
        assert_eq!(ms(BROKEN.at_least(Some(Duration::from_secs(3))), 1, 0.0), 3000);
        assert_eq!(BUSY.repeats(1).after(2, 1.0), None);
        assert_eq!(BUSY.at_least(Some(Duration::MAX)).after(1, 1.0), Some(Duration::MAX));
    }

    #[test]
    fn what_is_set_of_a_policy_is_what_counts() {
        let second = Duration::from_secs(1);
        let policy = RetryPolicy::default().attempts(7).deadline(2 * second).attempt_timeout(second);
        assert_eq!((policy.attempts, policy.deadline, policy.attempt_timeout), (7, 2 * second, second));
        assert_eq!(policy.attempts(0).attempts, 1);
    }

    #[test]
    fn what_a_server_asks_for_is_told_to_the_caller() {
        for status in [status(503, Some(3)), status(429, Some(3))] {
            let after = judge(Class::Read, &status).retry_after;
            assert_eq!(after, Some(Duration::from_secs(3)), "{status:?}");
        }
    }

    #[test]
    fn a_server_cannot_make_a_caller_wait_for_long() {
        let disposition = judge(Class::Read, &status(503, Some(86_400)));
        assert!(disposition.pause.unwrap().after(1, 1.0).unwrap() <= Duration::from_secs(31));
    }
}
