//! What to do about an errcode, in words.

use tcb_types::{ErrCode, Reaction};

/// Name and words for what a client does about `code`.
pub(crate) fn of(code: i64) -> (&'static str, &'static str) {
    let reaction = ErrCode::new(code).reaction();
    (reaction.name(), words(reaction))
}

fn words(reaction: Reaction) -> &'static str {
    match reaction {
        Reaction::Success => "go on",
        Reaction::Absent => "the thing asked for does not exist",
        Reaction::WaitForTicket => {
            "the platform's ticket is dead; WeChat pushes a new one every ten minutes, startPushTicket asks for it"
        }
        Reaction::AlreadyDone => "somebody did it before; read the state back and go on",
        Reaction::RetryLater => "wait with growing pauses, and repeat only what is safe to repeat",
        Reaction::RefreshTokenAndRetry => "refresh the token once, repeat once",
        Reaction::QuotaOrFrequency => {
            "a quota or frequency limit; stop until the minute, day or month is over"
        }
        Reaction::FixCaller => "the request or its data is wrong; correct it, repeating does not help",
        Reaction::ConfigurePlatform => {
            "the service provider's operator has to change something: IP whitelist, secret, ticket push, release"
        }
        Reaction::Permission => "a permission set is missing; ask the merchant for an extended authorisation",
        Reaction::NotAuthorized => "no authorisation stands; stop all work for the account",
        Reaction::Reauthorize => "the credentials are dead; the merchant has to authorise the platform again",
        Reaction::MerchantAction => "the merchant or its administrator has to do something outside the API",
        Reaction::Unknown => "the code is in no table; keep the number, the text and the request id",
        _ => "no advice is known for this reaction",
    }
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::*;

    #[test]
    fn every_reaction_of_the_table_has_words() {
        for fact in Catalogue::get().errors() {
            assert!(!of(fact.code).1.starts_with("no advice"), "{}", fact.reaction);
        }
    }
}
