use serde::{Deserialize, Serialize};
use std::mem;
use std::time::Duration;

use crate::Credentials;
use crate::push::CallbackUrl;
use crate::state::Environments;
use crate::time::UnixTime;

/// How long a ticket is good.
const TICKET_LIFE: Duration = Duration::from_secs(12 * 3600);
/// The time from one ticket push to the next.
const PUSH_PERIOD: Duration = Duration::from_secs(600);

/// A third-party platform.
#[derive(Serialize, Deserialize)]
pub(crate) struct Component {
    #[serde(with = "crate::serial::credentials")]
    pub(crate) credentials: Credentials,
    /// The key before that of the credentials.
    pub(crate) former_key: Option<String>,
    pub(crate) callback: Option<CallbackUrl>,
    /// Whether tickets are pushed. `startPushTicket` switches it on.
    pub(crate) pushing: bool,
    next_push: Option<UnixTime>,
    /// All tickets so far, the newest last: a later one does not end the earlier ones.
    tickets: Vec<(String, UnixTime)>,
    /// Codes of authorisation links that no authorisation has used, the newest last.
    pre_auth_codes: Vec<(String, UnixTime)>,
    /// Whether cloud development is open for it, in batch mode.
    pub(crate) opened: bool,
    /// Batch mode's switch of `cloudbase_access_token`.
    pub(crate) open: bool,
    pub(crate) environments: Environments,
}

/// How long a code of an authorisation link is good. The page's sample says 600 seconds, its text
/// 1800; clients believe the answer.
pub(crate) const PRE_AUTH_CODE_LIFE: Duration = Duration::from_secs(600);

/// What a presented ticket is worth.
pub(crate) enum TicketState {
    Valid,
    Expired,
    Unknown,
}

impl Component {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            former_key: None,
            callback: None,
            pushing: true,
            next_push: None,
            tickets: Vec::new(),
            pre_auth_codes: Vec::new(),
            opened: true,
            open: true,
            environments: Environments::default(),
        }
    }

    /// Replaces the key of callbacks.
    pub(crate) fn change_key(&mut self, key: String) -> Credentials {
        let former = mem::replace(&mut self.credentials.encoding_aes_key, key.into());
        self.former_key = Some(former.expose().to_owned());
        self.credentials.clone()
    }

    /// Sets or takes away where events are pushed to. The next ticket comes one period later.
    pub(crate) fn set_callback(&mut self, callback: Option<CallbackUrl>, now: UnixTime) {
        self.next_push = callback.as_ref().map(|_| now.plus(PUSH_PERIOD));
        self.callback = callback;
    }

    /// When the next ticket push is due.
    pub(crate) fn next_push(&self) -> Option<UnixTime> {
        self.next_push.filter(|_| self.pushing)
    }

    pub(crate) fn push_done(&mut self, now: UnixTime) {
        self.next_push = Some(now.plus(PUSH_PERIOD));
    }

    pub(crate) fn add_ticket(&mut self, ticket: String, now: UnixTime) {
        self.tickets.push((ticket, now));
    }

    pub(crate) fn fresh_ticket(&self, now: UnixTime) -> Option<String> {
        let (ticket, made) = self.tickets.last()?;
        (now.since(*made) < TICKET_LIFE).then(|| ticket.clone())
    }

    pub(crate) fn add_pre_auth_code(&mut self, code: String, now: UnixTime) {
        self.pre_auth_codes.retain(|(_, made)| now.since(*made) < PRE_AUTH_CODE_LIFE);
        self.pre_auth_codes.push((code, now));
    }

    /// Whether this code of a link is good.
    pub(crate) fn has_pre_auth_code(&self, code: &str, now: UnixTime) -> bool {
        let is_good = |made: &UnixTime| now.since(*made) < PRE_AUTH_CODE_LIFE;
        self.pre_auth_codes.iter().any(|(known, made)| known == code && is_good(made))
    }

    /// Uses a code up: the one that is named, else the newest. Nothing when there is none that is
    /// good.
    pub(crate) fn use_pre_auth_code(&mut self, named: Option<&str>, now: UnixTime) -> Option<String> {
        self.pre_auth_codes.retain(|(_, made)| now.since(*made) < PRE_AUTH_CODE_LIFE);
        let at = self.pre_auth_codes.iter().rposition(|(code, _)| named.is_none_or(|named| named == code))?;
        Some(self.pre_auth_codes.remove(at).0)
    }

    pub(crate) fn ticket_state(&self, ticket: &str, now: UnixTime) -> TicketState {
        match self.tickets.iter().find(|(known, _)| known == ticket) {
            Some((_, made)) if now.since(*made) < TICKET_LIFE => TicketState::Valid,
            Some(_) => TicketState::Expired,
            None => TicketState::Unknown,
        }
    }
}
