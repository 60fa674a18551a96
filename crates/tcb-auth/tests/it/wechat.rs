use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tcb_transport::{Request, Response, Transport, TransportError, TransportErrorKind};

use crate::world::SimClock;

/// Answers token calls and remembers them. Each answer takes a second of the paused clock, so that
/// calls overlap.
///
/// As it is made, it takes every token that it is shown. With [`keeps_books`](Self::keeps_books) it
/// knows which tokens live.
#[derive(Clone, Default)]
pub(crate) struct WeChat {
    state: Arc<Mutex<State>>,
    caller: Caller,
}

/// The process that calls.
#[derive(Clone, Default)]
struct Caller {
    name: Arc<str>,
    killed: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    calls: Vec<(String, Value)>,
    scripted: VecDeque<(String, Script)>,
    minted: u32,
    /// How long an answer takes, unless it is a second.
    pace: Option<Duration>,
    on: HashMap<(Arc<str>, String), u32>,
    crowded: Vec<String>,
    /// Requests that nobody waits for any more and that have not been applied.
    late: u32,
    books: Option<Books>,
}

pub(crate) enum Script {
    Answer(Value),
    Status(u16),
    Fail(TransportError),
    Panic,
    Hang,
    /// It is applied at once, and answered after so long.
    Slow(Duration),
    /// It is applied, and the answer is lost.
    Lost,
    /// It is applied after so long, and never answered.
    Late(Duration),
}

/// What becomes of a refresh token that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// It comes back.
    Stable,
    /// Another one comes back; the former one works for five minutes more.
    Grace,
    /// Another one comes back; the former one is dead.
    Strict,
}

/// What lives, and what is the newest.
struct Books {
    clock: SimClock,
    rotation: Rotation,
    accounts: BTreeMap<String, Account>,
    codes: HashMap<String, String>,
    /// The newest access token of each key, and until when the one before it works.
    newest: HashMap<String, (String, Option<(String, Duration)>)>,
}

#[derive(Clone)]
struct Account {
    refresh: String,
    former: Option<(String, Duration)>,
}

const GRACE: Duration = Duration::from_secs(300);

impl WeChat {
    /// The same WeChat, called by another process.
    pub(crate) fn called_by(&self, name: &str) -> Self {
        let caller = Caller { name: name.into(), killed: Arc::default() };
        Self { state: Arc::clone(&self.state), caller }
    }

    /// The calling process dies: it neither sends nor hears anything any more.
    pub(crate) fn kill_caller(&self) {
        self.caller.killed.store(true, Ordering::Relaxed);
    }

    /// From now on only living tokens are taken, and refresh tokens change as `rotation` says.
    pub(crate) fn keeps_books(&self, rotation: Rotation, clock: SimClock) {
        self.state().books = Some(Books {
            clock,
            rotation,
            accounts: BTreeMap::new(),
            codes: HashMap::new(),
            newest: HashMap::new(),
        });
    }

    /// Each answer takes so long.
    pub(crate) fn answers_after(&self, pace: Duration) {
        self.state().pace = Some(pace);
    }

    /// The account has authorised, and this is its refresh token.
    pub(crate) fn has_account(&self, app_id: &str, refresh_token: &str) {
        let account = Account { refresh: refresh_token.to_owned(), former: None };
        self.books(|books| books.accounts.insert(app_id.to_owned(), account));
    }

    /// The account authorises, and this is the code for it. Until it is exchanged, the account has
    /// no refresh token.
    pub(crate) fn issues_code(&self, code: &str, app_id: &str) {
        self.has_account(app_id, "");
        self.books(|books| books.codes.insert(code.to_owned(), app_id.to_owned()));
    }

    /// The account cancels.
    pub(crate) fn forgets_account(&self, app_id: &str) {
        self.books(|books| {
            books.accounts.remove(app_id);
            books.codes.retain(|_, owner| owner != app_id);
            books.newest.remove(app_id);
        });
    }

    /// The newest access token of a key: an account's appid, or nothing for the platform's own.
    pub(crate) fn newest(&self, key: &str) -> Option<String> {
        self.books(|books| books.newest.get(key).map(|(token, _)| token.clone()))
    }

    /// Whether a call with this token would be served.
    pub(crate) fn accepts(&self, key: &str, token: &str) -> bool {
        self.books(|books| books.accepts(key, token))
    }

    /// Whether this refresh token would be served.
    pub(crate) fn accepts_refresh(&self, app_id: &str, token: &str) -> bool {
        self.books(|books| books.accepts_refresh(app_id, token))
    }

    /// The next call of `operation` ends like this instead of well.
    pub(crate) fn script(&self, operation: &str, script: Script) {
        self.state().scripted.push_back((operation.into(), script));
    }

    /// What was scripted and has not happened is forgotten.
    pub(crate) fn forget_scripts(&self) {
        self.state().scripted.clear();
    }

    pub(crate) fn refuse(&self, operation: &str, code: i64) {
        self.script(operation, Script::Answer(refusal(code)));
    }

    pub(crate) fn calls(&self, operation: &str) -> Vec<Value> {
        let state = self.state();
        state.calls.iter().filter(|(called, _)| called == operation).map(|(_, body)| body.clone()).collect()
    }

    /// Whether a request is on its way, waited for or not.
    pub(crate) fn is_busy(&self) -> bool {
        let state = self.state();
        state.late > 0 || state.on.values().any(|on| *on > 0)
    }

    /// Keys for which one process made two token calls at once.
    pub(crate) fn crowded(&self) -> Vec<String> {
        self.state().crowded.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn books<R>(&self, look: impl FnOnce(&mut Books) -> R) -> R {
        look(self.state().books.as_mut().unwrap())
    }

    /// Waits, unless the caller is dead by then: it hears nothing any more.
    async fn wait(&self, span: Duration) {
        tokio::time::sleep(span).await;
        if self.caller.killed.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

fn refusal(code: i64) -> Value {
    json!({"errcode": code, "errmsg": "refused rid: 1-2-3"})
}

impl fmt::Debug for WeChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeChat")
    }
}

/// Counts a call as long as its caller waits for it.
struct On {
    state: Arc<Mutex<State>>,
    key: (Arc<str>, String),
}

impl On {
    fn new(wechat: &WeChat, operation: &str, body: &Value) -> Option<Self> {
        let key = match operation {
            "getComponentAccessToken" => String::new(),
            "getAuthorizerAccessToken" => body["authorizer_appid"].as_str()?.to_owned(),
            _ => return None,
        };
        let key = (Arc::clone(&wechat.caller.name), key);
        let mut state = wechat.state();
        let on = state.on.entry(key.clone()).or_default();
        *on += 1;
        if *on > 1 {
            let crowd = format!("{} by {}", key.1, key.0);
            state.crowded.push(crowd);
        }
        drop(state);
        Some(Self { state: Arc::clone(&wechat.state), key })
    }
}

impl Drop for On {
    fn drop(&mut self) {
        if let Some(on) = self.state.lock().unwrap().on.get_mut(&self.key) {
            *on -= 1;
        }
    }
}

#[async_trait]
impl Transport for WeChat {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.wait(Duration::ZERO).await;
        let operation = request.operation().to_owned();
        let mut body: Value = serde_json::from_slice(request.body_bytes()).unwrap();
        if let Some(token) = request.query_token() {
            body["token"] = token.value().expose().into();
        }
        let _on = On::new(self, &operation, &body);
        let script = {
            let mut state = self.state();
            state.calls.push((operation.clone(), body.clone()));
            let next = state.scripted.iter().position(|(scripted, _)| *scripted == operation);
            next.and_then(|index| state.scripted.remove(index)).map(|(_, script)| script)
        };
        let second = self.state().pace.unwrap_or(Duration::from_secs(1));
        let answer = match script {
            None => {
                let answer = self.state().apply(&operation, &body);
                self.wait(second).await;
                answer
            }
            Some(Script::Answer(answer)) => {
                self.state().minted += 1;
                self.wait(second).await;
                answer
            }
            Some(Script::Status(status)) => {
                self.wait(second).await;
                return Ok(Response::new(http::StatusCode::from_u16(status).unwrap(), "<html>"));
            }
            Some(Script::Fail(error)) => {
                self.state().minted += 1;
                self.wait(second).await;
                return Err(error);
            }
            Some(Script::Panic) => {
                self.wait(second).await;
                panic!("the transport is broken")
            }
            Some(Script::Hang) => std::future::pending().await,
            Some(Script::Slow(span)) => {
                let answer = self.state().apply(&operation, &body);
                self.wait(span).await;
                answer
            }
            Some(Script::Lost) => {
                let _ = self.state().apply(&operation, &body);
                self.wait(second).await;
                return Err(TransportError::new(TransportErrorKind::Interrupted));
            }
            Some(Script::Late(span)) => {
                let state = Arc::clone(&self.state);
                self.state().late += 1;
                tokio::spawn(async move {
                    tokio::time::sleep(span).await;
                    let mut state = state.lock().unwrap();
                    let _ = state.apply(&operation, &body);
                    state.late -= 1;
                });
                self.wait(request.own_timeout().unwrap()).await;
                return Err(TransportError::new(TransportErrorKind::Timeout));
            }
        };
        Ok(Response::json(answer))
    }
}

impl State {
    fn apply(&mut self, operation: &str, body: &Value) -> Value {
        self.minted += 1;
        let number = self.minted;
        if let Some(books) = &mut self.books {
            return books.apply(operation, body, number);
        }
        match operation {
            "startPushTicket" => json!({"errcode": 0, "errmsg": "ok"}),
            "getComponentAccessToken" => component(number),
            "getAuthorizerAccessToken" => authorizer(number, &format!("refresh-{number}")),
            "getAuthorizerRefreshToken" => granted(number, "wx_shop"),
            "getAuthorizerInfo" => json!({"authorization_info": {"authorizer_appid": "wx_shop"}}),
            "getAuthorizerList" => json!({"total_count": 0, "list": []}),
            other => panic!("{other} is not a token call"),
        }
    }
}

fn component(number: u32) -> Value {
    json!({"component_access_token": format!("component-{number}"), "expires_in": 7200})
}

fn authorizer(number: u32, refresh_token: &str) -> Value {
    json!({
        "authorizer_access_token": format!("authorizer-{number}"),
        "expires_in": 7200,
        "authorizer_refresh_token": refresh_token,
    })
}

fn granted(number: u32, app_id: &str) -> Value {
    json!({"authorization_info": {
        "authorizer_appid": app_id,
        "authorizer_access_token": format!("granted-{number}"),
        "expires_in": 7200,
        "authorizer_refresh_token": format!("granted-refresh-{number}"),
        "func_info": [{"funcscope_category": {"id": 49}}],
    }})
}

impl Books {
    fn accepts(&self, key: &str, token: &str) -> bool {
        let now = self.clock.elapsed();
        self.newest.get(key).is_some_and(|(newest, former)| {
            newest == token || former.as_ref().is_some_and(|(former, until)| former == token && now < *until)
        })
    }

    fn accepts_refresh(&self, app_id: &str, token: &str) -> bool {
        let now = self.clock.elapsed();
        self.accounts.get(app_id).is_some_and(|account| {
            !token.is_empty() && account.refresh == token
                || account.former.as_ref().is_some_and(|(former, until)| former == token && now < *until)
        })
    }

    fn make(&mut self, key: &str, token: String) {
        let until = self.clock.elapsed() + GRACE;
        let former = self.newest.remove(key).map(|(former, _)| (former, until));
        self.newest.insert(key.to_owned(), (token, former));
    }

    fn apply(&mut self, operation: &str, body: &Value, number: u32) -> Value {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        if operation == "getComponentAccessToken" {
            self.make("", format!("component-{number}"));
            return component(number);
        }
        if !self.accepts("", &text("token")) {
            return refusal(40001);
        }
        let app_id = text("authorizer_appid");
        match operation {
            "getAuthorizerAccessToken" => {
                let used = text("authorizer_refresh_token");
                if !self.accepts_refresh(&app_id, &used) {
                    return refusal(61023);
                }
                let until = self.clock.elapsed() + GRACE;
                let rotation = self.rotation;
                let account = self.accounts.get_mut(&app_id).unwrap();
                if rotation != Rotation::Stable {
                    let former = std::mem::replace(&mut account.refresh, format!("refresh-{number}"));
                    account.former = (rotation == Rotation::Grace).then_some((former, until));
                }
                let refresh = account.refresh.clone();
                self.make(&app_id, format!("authorizer-{number}"));
                authorizer(number, &refresh)
            }
            "getAuthorizerRefreshToken" => {
                let Some(app_id) = self.codes.remove(&text("authorization_code")) else {
                    return refusal(61010);
                };
                let refresh = format!("granted-refresh-{number}");
                self.accounts.insert(app_id.clone(), Account { refresh, former: None });
                self.newest.remove(&app_id);
                self.make(&app_id, format!("granted-{number}"));
                granted(number, &app_id)
            }
            "getAuthorizerInfo" => match self.accounts.get(&app_id) {
                Some(account) => json!({"authorization_info": {
                    "authorizer_appid": app_id, "authorizer_refresh_token": account.refresh,
                }}),
                None => refusal(61003),
            },
            "getAuthorizerList" => {
                let number = |name: &str| usize::try_from(body[name].as_u64().unwrap()).unwrap();
                let page = self.accounts.iter().skip(number("offset")).take(number("count"));
                let page: Vec<_> = page
                    .map(|(app_id, account)| {
                        json!({"authorizer_appid": app_id, "refresh_token": account.refresh, "auth_time": 1})
                    })
                    .collect();
                json!({"total_count": self.accounts.len(), "list": page})
            }
            other => panic!("{other} is not a token call"),
        }
    }
}
