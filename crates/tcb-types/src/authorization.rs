//! Family `authorization`: the chain from the platform's ticket to a merchant's access token.

mod get_authorizer_access_token;
mod get_authorizer_info;
#[cfg(feature = "operations")]
mod get_authorizer_option;
mod get_authorizer_refresh_token;
mod get_component_access_token;
mod get_pre_auth_code;
mod list_authorizers;
#[cfg(feature = "operations")]
mod set_authorizer_option;
mod start_push_ticket;

family! {
    get_authorizer_access_token: GetAuthorizerAccessToken => GetAuthorizerAccessTokenResponse;
    get_authorizer_info: GetAuthorizerInfo => GetAuthorizerInfoResponse, Authorization, AuthorizerInfo, BasicConfig, BusinessInfo, Category, DomainConfig, MiniProgramInfo, NumberedKind, PresenceMark;
    #[cfg(feature = "operations")]
    get_authorizer_option: GetAuthorizerOption => AuthorizerOption, AuthorizerOptionName;
    get_authorizer_refresh_token: GetAuthorizerRefreshToken => GetAuthorizerRefreshTokenResponse, GrantedAuthorization, PermissionSet, PermissionSetGrant;
    get_component_access_token: GetComponentAccessToken => GetComponentAccessTokenResponse;
    get_pre_auth_code: GetPreAuthCode => GetPreAuthCodeResponse;
    list_authorizers: ListAuthorizers => ListAuthorizersResponse, ListedAuthorizer;
    #[cfg(feature = "operations")]
    set_authorizer_option: SetAuthorizerOption => SetAuthorizerOptionResponse;
    start_push_ticket: StartPushTicket => StartPushTicketResponse;
}
