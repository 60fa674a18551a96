use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use tcb_api::auth::{AccessToken, AuthError, TestClock, TokenSource};
use tcb_api::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use tcb_api::{Client, Error, RetryPolicy};

/// Answers in the order of its script and remembers what was sent.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    script: VecDeque<Result<Response, TransportError>>,
    sent: Vec<Request>,
}

impl Wire {
    pub(crate) fn then(self, response: Response) -> Self {
        self.0.lock().unwrap().script.push_back(Ok(response));
        self
    }

    /// An answer as WeChat gives it: with a code of 0 where `answer` names none.
    pub(crate) fn then_json(self, answer: &Value) -> Self {
        let mut answer = answer.clone();
        if let Value::Object(members) = &mut answer {
            members.entry("errcode").or_insert_with(|| json!(0));
        }
        self.then(Response::json(&answer))
    }

    pub(crate) fn then_code(self, code: i64) -> Self {
        self.then_json(&json!({"errcode": code, "errmsg": "text rid: 1-2-3"}))
    }

    pub(crate) fn then_status(self, status: u16) -> Self {
        self.then(Response::new(http::StatusCode::from_u16(status).unwrap(), "<html>"))
    }

    pub(crate) fn then_fail(self, kind: TransportErrorKind) -> Self {
        self.0.lock().unwrap().script.push_back(Err(TransportError::new(kind)));
        self
    }

    /// Tokens in the order in which they were sent.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        state.sent.iter().map(|sent| sent.query_token().unwrap().value().expose().to_owned()).collect()
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        let state = self.0.lock().unwrap();
        state.sent.iter().map(|sent| serde_json::from_slice(sent.body_bytes()).unwrap()).collect()
    }

    /// Everything that was sent.
    pub(crate) fn sent(&self) -> Vec<Request> {
        self.0.lock().unwrap().sent.clone()
    }

    /// What `call` sends, when the answer is an error that is not repeated: path, parameters of the
    /// URL, and body.
    pub(crate) async fn sent_by<T>(&self, call: impl Future<Output = Result<T, Error>>) -> String {
        let before = self.count();
        let _ = self.clone().then_code(40066);
        let _ = call.await;
        let state = self.0.lock().unwrap();
        let [sent] = &state.sent[before..] else { panic!("{} requests", state.sent.len() - before) };
        let query = sent.query_pairs().map(|(name, value)| format!("{name}={value}"));
        let body = Some(std::str::from_utf8(sent.body_bytes()).unwrap()).filter(|body| !body.is_empty());
        let parts = [sent.path().to_owned()].into_iter().chain(query).chain(body.map(str::to_owned));
        parts.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().sent.len()
    }

    /// A client over this wire, with tokens `t0`, `t1` and so on, and a clock that tokio's pause
    /// holds.
    pub(crate) fn client(&self) -> Client {
        self.client_with(RetryPolicy::default())
    }

    pub(crate) fn client_with(&self, policy: RetryPolicy) -> Client {
        Client::builder()
            .token(Numbered::default())
            .transport(self.clone())
            .clock(TestClock::default())
            .retry(policy)
            .build()
            .unwrap()
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut state = self.0.lock().unwrap();
        state.sent.push(request);
        state.script.pop_front().unwrap()
    }
}

/// Gives `t0` until it is rejected, then `t1`, and so on.
#[derive(Debug, Default)]
pub(crate) struct Numbered(Mutex<u32>);

#[async_trait]
impl TokenSource for Numbered {
    async fn token(&self) -> Result<AccessToken, AuthError> {
        Ok(AccessToken::authorizer(format!("t{}", self.0.lock().unwrap())))
    }

    async fn reject(&self, token: &AccessToken) {
        let mut number = self.0.lock().unwrap();
        if token.value().expose() == format!("t{number}") {
            *number += 1;
        }
    }
}
