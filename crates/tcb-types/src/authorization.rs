//! Family `authorization`: the chain from the platform's ticket to a merchant's access token.

mod get_authorizer_access_token;
mod get_authorizer_info;
mod get_authorizer_refresh_token;
mod get_component_access_token;
mod get_pre_auth_code;
mod list_authorizers;
mod start_push_ticket;

family! {
    get_authorizer_access_token: GetAuthorizerAccessToken => GetAuthorizerAccessTokenResponse;
    get_authorizer_info: GetAuthorizerInfo => GetAuthorizerInfoResponse, Authorization, AuthorizerInfo, BasicConfig, BusinessInfo, Category, DomainConfig, MiniProgramInfo, NumberedKind, PresenceMark;
    get_authorizer_refresh_token: GetAuthorizerRefreshToken => GetAuthorizerRefreshTokenResponse, GrantedAuthorization, PermissionSet, PermissionSetGrant;
    get_component_access_token: GetComponentAccessToken => GetComponentAccessTokenResponse;
    get_pre_auth_code: GetPreAuthCode => GetPreAuthCodeResponse;
    list_authorizers: ListAuthorizers => ListAuthorizersResponse, ListedAuthorizer;
    start_push_ticket: StartPushTicket => StartPushTicketResponse;
}
