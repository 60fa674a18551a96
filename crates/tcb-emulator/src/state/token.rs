use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::time::UnixTime;
use crate::trace::TokenHistory;

/// How long an access token is good.
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(7200);

/// For whom an access token speaks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Owner {
    /// The platform itself.
    Component(String),
    /// A merchant, through a platform.
    Account { component: String, authorizer: String },
}

impl Owner {
    /// The appid that counters list the token under.
    pub(crate) fn identity(&self) -> &str {
        match self {
            Self::Component(component) => component,
            Self::Account { authorizer, .. } => authorizer,
        }
    }
}

/// Tokens that have ended and whose story is still told.
const REMEMBERED: usize = 10_000;

/// Access tokens.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Tokens {
    by_value: HashMap<String, Token>,
    /// Values of the tokens of each owner in the order in which they were made. All but the last
    /// are replaced.
    #[serde(with = "crate::serial::pairs")]
    by_owner: HashMap<Owner, VecDeque<String>>,
    /// Those that have ended, for who asks what became of them, the oldest first.
    ended: VecDeque<(String, Token)>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) owner: Owner,
    made: Change,
    expires: UnixTime,
    pub(crate) replaced: Option<Change>,
}

/// When something became of a token, and by which request.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) at: UnixTime,
    rid: String,
}

impl Token {
    /// Whether a newer token has ended this one. Such a token is as good as unknown.
    fn is_replaced(&self, now: UnixTime, overlap: Duration) -> bool {
        self.replaced.as_ref().is_some_and(|replaced| now.since(replaced.at) >= overlap)
    }

    pub(crate) fn is_expired(&self, now: UnixTime) -> bool {
        self.expires <= now
    }
}

impl Tokens {
    pub(crate) fn get(&self, value: &str) -> Option<&Token> {
        self.by_value.get(value)
    }

    /// Ends a token before its time.
    pub(crate) fn expire(&mut self, value: &str, now: UnixTime) {
        if let Some(token) = self.by_value.get_mut(value) {
            token.expires = token.expires.min(now);
        }
    }

    /// The story of a token, also of one of the last that ended.
    pub(crate) fn history(&self, value: &str) -> Option<TokenHistory> {
        let has_ended = || self.ended.iter().rev().find(|(ended, _)| ended == value).map(|(_, token)| token);
        let token = self.by_value.get(value).or_else(has_ended)?;
        Some(TokenHistory {
            appid: token.owner.identity().to_owned(),
            made: token.made.at.seconds(),
            made_by: token.made.rid.clone(),
            expires: token.expires.seconds(),
            replaced: token.replaced.as_ref().map(|replaced| replaced.at.seconds()),
            replaced_by: token.replaced.as_ref().map(|replaced| replaced.rid.clone()),
        })
    }

    /// Adds a token that replaces the owner's former one, and forgets those that have ended. Other
    /// owners' tokens, and how many there are, do not matter. `rid` is the request that asks.
    pub(crate) fn mint(&mut self, value: String, owner: Owner, now: UnixTime, overlap: Duration, rid: &str) {
        let change = Change { at: now, rid: rid.to_owned() };
        let values = self.by_owner.entry(owner.clone()).or_default();
        if let Some(former) = values.back().and_then(|former| self.by_value.get_mut(former)) {
            former.replaced = Some(change.clone());
        }
        while let Some(first) = values.front()
            && self.by_value.get(first).is_none_or(|token| token.is_replaced(now, overlap))
        {
            let ended = self.by_value.remove_entry(first);
            values.pop_front();
            self.ended.extend(ended);
            if self.ended.len() > REMEMBERED {
                self.ended.pop_front();
            }
        }
        values.push_back(value.clone());
        let token = Token { owner, made: change, expires: now.plus(TOKEN_LIFE), replaced: None };
        self.by_value.insert(value, token);
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn shop(number: u32) -> Owner {
        Owner::Account { component: "platform".to_owned(), authorizer: number.to_string() }
    }

    #[test]
    fn tokens_that_have_ended_are_forgotten() {
        let mut tokens = Tokens::default();
        let overlap = Duration::from_secs(300);
        for second in 0..1000 {
            let now = UnixTime::at(UNIX_EPOCH).plus(Duration::from_secs(second));
            tokens.mint(second.to_string(), shop(1), now, overlap, "rid");
        }
        // The newest, and those that it and the 299 before it replaced.
        assert_eq!(tokens.by_value.len(), 301);
        assert_eq!(tokens.by_owner[&shop(1)].len(), 301);
        assert!(tokens.get("698").is_none() && tokens.get("699").is_some());
        let start = UnixTime::at(UNIX_EPOCH).seconds();
        assert_eq!(tokens.history("698").unwrap().replaced, Some(start + 699));
        assert_eq!(tokens.history("0").unwrap().made, start);
        assert_eq!(tokens.history("1000"), None);
    }

    #[test]
    fn a_mint_touches_the_tokens_of_its_owner_alone() {
        let mut tokens = Tokens::default();
        let now = UnixTime::at(UNIX_EPOCH);
        for number in 0..10 {
            tokens.mint(format!("{number}-1"), shop(number), now, Duration::ZERO, "rid");
        }
        tokens.mint("3-2".to_owned(), shop(3), now, Duration::ZERO, "rid");
        assert!(tokens.get("3-1").is_none() && tokens.get("4-1").is_some());
        assert_eq!(tokens.by_value.len(), 10);
    }
}
