//! Each operation over the mock, as a user's own unit test would be written.

use serde_json::{Value, json};
use tcb_api::transport::{MockTransport, Response};
use tcb_api::types::Operation;
use tcb_api::types::authorization::{
    GetAuthorizerAccessToken, GetAuthorizerInfo, GetAuthorizerRefreshToken, GetComponentAccessToken,
    GetPreAuthCode, ListAuthorizers, StartPushTicket,
};
use tcb_api::types::cloudbase_common::{CloudUser, GetTokenPolicy, ListEnvs, ListFunctions, SetTokenPolicy};
use tcb_api::types::open_account::{CreateOpenAccount, GetOpenAccount, OpenAccount};
use tcb_api::{Client, CreateCloudUser, CreateEnv, CreateFunction, ErrorKind, StaticToken};

/// Sends `operation`, which has to put `body` on `path`, and answers it with `answer`.
async fn send<O: Operation>(operation: O, path: &'static str, body: Value, answer: Value) -> O::Response {
    let mut wire = MockTransport::new();
    wire.expect_send()
        .withf(move |request| {
            request.operation() == O::SPEC.id
                && request.path() == path
                && serde_json::from_slice::<Value>(request.body_bytes()).unwrap() == body
                && request.query_token().is_some() == (O::SPEC.tokens != tcb_api::types::TokenKinds::None)
        })
        .times(1)
        .returning(move |_| Ok(Response::json(&answer)));
    let client = Client::builder().token(StaticToken::new("token")).transport(wire).build().unwrap();
    client.send(operation).await.unwrap()
}

#[tokio::test]
async fn the_five_operations() {
    let ok = || json!({"errcode": 0, "errmsg": "ok"});
    let opened = send(CreateCloudUser::new(), "/tcb/createclouduser", json!({}), ok()).await;
    assert_eq!(opened, CloudUser::Opened);

    let body = json!({"type": "CreatePostpayPackage", "alias": "shop"});
    let answer = json!({"errcode": 0, "errmsg": "ok", "envid": "shop-1a2b"});
    let env = send(CreateEnv::postpaid("shop"), "/tcb/createenvandresource", body, answer).await.id;
    assert_eq!(env, "shop-1a2b");

    let body = json!({"env": "shop-1a2b", "function_name": "hello"});
    send(CreateFunction::new(&env, "hello"), "/tcb/createfunction", body, ok()).await;

    let path = "/tcb/usecloudaccesstoken";
    let answer = json!({"errcode": 0, "open": true, "api_whitelist": ["/*"], "version": 2});
    let policy =
        send(GetTokenPolicy::new(&env), path, json!({"action": "get", "env": "shop-1a2b"}), answer).await;
    assert_eq!((policy.open, policy.version), (Some(true), Some(2)));
    let body = json!({"action": "set", "env": "shop-1a2b", "open": false, "api_whitelist": [], "version": 2});
    let set = SetTokenPolicy::new(&env, false, Vec::<String>::new(), 2);
    assert_eq!(send(set, path, body, json!({"errcode": 0, "open": false})).await.open, Some(false));

    let created =
        send(CreateOpenAccount::new(), "/cgi-bin/open/create", json!({}), json!({"open_appid": "wxopen"}))
            .await;
    assert_eq!(created, OpenAccount::Created { open_app_id: "wxopen".into() });
}

#[tokio::test]
async fn the_probes() {
    let answer = json!({"errcode": 0, "info_list": [{"env": "e", "alias": "a", "status": "NORMAL"}]});
    let envs = send(ListEnvs::new().env("e"), "/tcb/getenvinfo", json!({"env": "e"}), answer).await.envs;
    assert_eq!(envs[0].alias.as_deref(), Some("a"));
    let answer = json!({"errcode": 0, "total_count": 1, "functions": [{"name": "f", "run_time": "Nodejs18", "status": "Odd"}]});
    let list = ListFunctions::new("e").limit(20).offset(0);
    let body = json!({"env": "e", "limit": 20, "offset": 0});
    let functions = send(list, "/tcb/listfunctions", body, answer).await.functions;
    assert_eq!(functions[0].runtime.as_deref(), Some("Nodejs18"));
    let none = send(GetOpenAccount::new(), "/cgi-bin/open/get", json!({}), json!({"errcode": 89002})).await;
    assert_eq!(none.open_app_id, None);
}

#[tokio::test]
async fn the_token_chain() {
    let body = json!({"component_appid": "p", "component_secret": "s"});
    let path = "/cgi-bin/component/api_start_push_ticket";
    send(StartPushTicket::new("p", "s"), path, body, json!({"errcode": 0, "errmsg": "in a normal state"}))
        .await;

    let body = json!({"component_appid": "p", "component_appsecret": "s", "component_verify_ticket": "t"});
    let answer = json!({"component_access_token": "c", "expires_in": "7200"});
    let path = "/cgi-bin/component/api_component_token";
    let token = send(GetComponentAccessToken::new("p", "s", "t"), path, body, answer).await;
    assert_eq!((token.access_token.expose(), token.expires_in), ("c", 7200));

    let answer = json!({"pre_auth_code": "preauthcode@@@x", "expires_in": 600});
    let path = "/cgi-bin/component/api_create_preauthcode";
    let code = send(GetPreAuthCode::new("p"), path, json!({"component_appid": "p"}), answer).await;
    assert_eq!(code.expires_in, 600);

    let body = json!({"component_appid": "p", "authorization_code": "x"});
    let answer = json!({"authorization_info": {"authorizer_appid": "a", "func_info": null}});
    let path = "/cgi-bin/component/api_query_auth";
    let granted = send(GetAuthorizerRefreshToken::new("p", "x"), path, body, answer).await.authorization_info;
    assert_eq!((granted.app_id.as_str(), granted.permission_sets().count()), ("a", 0));

    let body = json!({"component_appid": "p", "authorizer_appid": "a", "authorizer_refresh_token": "r"});
    let answer =
        json!({"authorizer_access_token": "t", "expires_in": 7200, "authorizer_refresh_token": "r2"});
    let path = "/cgi-bin/component/api_authorizer_token";
    let tokens = send(GetAuthorizerAccessToken::new("p", "a", "r"), path, body, answer).await;
    assert_eq!(tokens.refresh_token.unwrap().expose(), "r2");

    let body = json!({"component_appid": "p", "authorizer_appid": "a"});
    let answer = json!({"authorizer_info": {"nick_name": "n"}, "authorization_info": {"func_info": [{"funcscope_category": {"id": 49}}]}});
    let path = "/cgi-bin/component/api_get_authorizer_info";
    let info = send(GetAuthorizerInfo::new("p", "a"), path, body, answer).await;
    assert_eq!(info.authorization_info.unwrap().permission_sets().collect::<Vec<_>>(), [49]);

    let body = json!({"component_appid": "p", "offset": 0, "count": 500});
    let answer =
        json!({"total_count": 1, "list": [{"authorizer_appid": "a", "refresh_token": "r", "auth_time": 1}]});
    let path = "/cgi-bin/component/api_get_authorizer_list";
    assert_eq!(send(ListAuthorizers::new("p", 0, 500), path, body, answer).await.list.len(), 1);
}

#[tokio::test]
async fn a_documented_limit_is_checked_before_sending() {
    let client =
        Client::builder().token(StaticToken::new("t")).transport(MockTransport::new()).build().unwrap();
    let error = client.send(ListAuthorizers::new("p", 0, 501)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Request, 0));
    assert_eq!(
        error.to_string(),
        "getAuthorizerList: the request cannot be sent: request field `count` breaks the rule: at most 500; correct it"
    );
}
