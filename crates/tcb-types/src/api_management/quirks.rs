//! Choices between sources that contradict each other, where they are facts of the call itself. Others stand in the operations' files.

use super::{CheckCallback, GetApiQuota, ListApiAddresses};
use crate::{Operation, TokenKinds};

#[test]
fn paths_and_tokens_are_the_chosen_ones() {
    for (spec, id, path, tokens) in [
        // One page has capitals in the path.
        (GetApiQuota::SPEC, "getApiQuota", "/cgi-bin/openapi/quota/get", TokenKinds::Either),
        // One client sends an account's token too.
        (CheckCallback::SPEC, "callbackCheck", "/cgi-bin/callback/check", TokenKinds::Component),
        (ListApiAddresses::SPEC, "getApiDomainIp", "/cgi-bin/get_api_domain_ip", TokenKinds::Component),
    ] {
        assert_eq!((spec.id, spec.path, spec.tokens), (id, path, tokens));
    }
}
