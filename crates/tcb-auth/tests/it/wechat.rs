use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tcb_transport::{Request, Response, Transport, TransportError};

/// Answers token calls and remembers them. Each answer takes a second of the paused clock, so that calls overlap.
#[derive(Clone, Default)]
pub(crate) struct WeChat(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    calls: Vec<(String, Value)>,
    scripted: VecDeque<(String, Script)>,
    minted: u32,
}

pub(crate) enum Script {
    Answer(Value),
    Fail(TransportError),
    Panic,
    Hang,
}

impl WeChat {
    /// The next call of `operation` ends like this instead of well.
    pub(crate) fn script(&self, operation: &str, script: Script) {
        self.0.lock().unwrap().scripted.push_back((operation.into(), script));
    }

    pub(crate) fn refuse(&self, operation: &str, code: i64) {
        self.script(operation, Script::Answer(json!({"errcode": code, "errmsg": "refused rid: 1-2-3"})));
    }

    pub(crate) fn calls(&self, operation: &str) -> Vec<Value> {
        let state = self.0.lock().unwrap();
        state.calls.iter().filter(|(called, _)| called == operation).map(|(_, body)| body.clone()).collect()
    }
}

impl fmt::Debug for WeChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeChat")
    }
}

#[async_trait]
impl Transport for WeChat {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let (number, script) = {
            let mut state = self.0.lock().unwrap();
            let mut seen: Value = serde_json::from_slice(request.body()).unwrap();
            if let Some(token) = request.token() {
                seen["token"] = token.value().expose().into();
            }
            state.calls.push((request.operation().to_owned(), seen));
            state.minted += 1;
            let next = state.scripted.iter().position(|(operation, _)| operation == request.operation());
            (state.minted, next.and_then(|index| state.scripted.remove(index)).map(|(_, script)| script))
        };
        tokio::time::sleep(Duration::from_secs(1)).await;
        match script {
            Some(Script::Answer(answer)) => return Ok(Response::json(answer)),
            Some(Script::Fail(error)) => return Err(error),
            Some(Script::Panic) => panic!("the transport is broken"),
            Some(Script::Hang) => std::future::pending().await,
            None => {}
        }
        Ok(Response::json(match request.operation() {
            "startPushTicket" => json!({"errcode": 0, "errmsg": "ok"}),
            "getComponentAccessToken" => {
                json!({"component_access_token": format!("component-{number}"), "expires_in": 7200})
            }
            "getAuthorizerAccessToken" => json!({
                "authorizer_access_token": format!("authorizer-{number}"),
                "expires_in": 7200,
                "authorizer_refresh_token": format!("refresh-{number}"),
            }),
            "getAuthorizerRefreshToken" => json!({"authorization_info": {
                "authorizer_appid": "wx_shop",
                "authorizer_access_token": format!("granted-{number}"),
                "expires_in": 7200,
                "authorizer_refresh_token": format!("granted-refresh-{number}"),
                "func_info": [{"funcscope_category": {"id": 49}}],
            }}),
            "getAuthorizerInfo" => json!({"authorization_info": {"authorizer_appid": "wx_shop"}}),
            "getAuthorizerList" => json!({"total_count": 0, "list": []}),
            other => panic!("{other} is not a token call"),
        }))
    }
}
