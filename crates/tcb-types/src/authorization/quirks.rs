//! Choices between sources that contradict each other, where they are facts of the call itself. Others stand in the operations' files.

use super::{
    GetAuthorizerOption, GetAuthorizerRefreshToken, GetComponentAccessToken, ListAuthorizers,
    SetAuthorizerOption, StartPushTicket,
};
use crate::{Operation, TokenKinds};

#[test]
fn paths_and_tokens_are_the_chosen_ones() {
    for (spec, id, path, tokens) in [
        // One client sends a merchant's token.
        (ListAuthorizers::SPEC, "getAuthorizerList", "api_get_authorizer_list", TokenKinds::Component),
        // Editions and clients disagree on the `api_` and on the token.
        (GetAuthorizerOption::SPEC, "getAuthorizerOptionInfo", "get_authorizer_option", TokenKinds::Either),
        (SetAuthorizerOption::SPEC, "setAuthorizerOptionInfo", "set_authorizer_option", TokenKinds::Either),
        // The path has another name than the page.
        (
            GetAuthorizerRefreshToken::SPEC,
            "getAuthorizerRefreshToken",
            "api_query_auth",
            TokenKinds::Component,
        ),
        // One page has a capital in the path.
        (GetComponentAccessToken::SPEC, "getComponentAccessToken", "api_component_token", TokenKinds::None),
        // One edition asks for a token, though the call is there to get the first one.
        (StartPushTicket::SPEC, "startPushTicket", "api_start_push_ticket", TokenKinds::None),
    ] {
        let path = format!("/cgi-bin/component/{path}");
        assert_eq!((spec.id, spec.path, spec.tokens), (id, path.as_str(), tokens));
    }
}
