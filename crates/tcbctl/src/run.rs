//! What every command gets: settings, output, and calls of operations by name.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::{Value, json};
use tcb_api::{RawCall, RawResponse};
use tcb_catalogue::{Field, Method, Operation, TokenKind};
use tcb_types::cloudbase_common::ListEnvs;
use tcb_types::{Class, TokenKinds};
use tokio::sync::OnceCell;

use crate::admin::Admin;
use crate::args::{As, Global, InEnv};
use crate::command::class;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Watch;
use crate::language::say;
use crate::lookup;
use crate::masking;
use crate::output::Output;
use crate::report::{Report, column};
use crate::session::Session;
use crate::settings::sources::{Sources, is_this_machine};
use crate::settings::{AdminApi, Settings, TokenOwner, key, target};
use crate::words::of_system;

/// How many things of a list one call asks for.
const PAGE: u64 = 100;

/// One run of the program.
pub(crate) struct Run<'a> {
    pub(crate) global: Global,
    pub(crate) output: Output,
    pub(crate) sources: Sources<'static>,
    watch: &'a Watch,
    session: OnceCell<Session>,
}

/// Why a command ends before its report.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Box<Failure>),
    /// `--dry-run` has shown what would be sent.
    Shown(Box<Report>),
}

/// How a command ends.
pub(crate) type Ended = Result<Report, Stop>;

impl<F: Into<Box<Failure>>> From<F> for Stop {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// A call of an operation, as it would be sent.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) operation: &'static Operation,
    pub(crate) query: Vec<(String, String)>,
    /// The body; `null` when there is none.
    pub(crate) body: Value,
    pub(crate) owner: TokenOwner,
    pub(crate) class: Class,
    /// Whether a preview shows secrets.
    pub(crate) show_secrets: bool,
}

impl Planned {
    pub(crate) fn new(operation: &'static Operation, body: Value) -> Self {
        let owner = token_owner(operation, None).unwrap_or(TokenOwner::Merchant);
        let class = class::of(operation);
        Self { operation, query: Vec::new(), body, owner, class, show_secrets: false }
    }

    /// The call of the operation with this id.
    pub(crate) fn of(id: &str, body: Value) -> Result<Self, Box<Failure>> {
        let unknown = || Failure::new(Exit::Failed, "operation", format!("{id} is in no catalogue"));
        lookup::operation(id).map(|operation| Self::new(operation, body)).ok_or_else(unknown)
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn by(mut self, token_of: As) -> Self {
        self.owner = token_owner(self.operation, Some(token_of)).unwrap_or(self.owner);
        self
    }

    fn raw(&self) -> RawCall {
        let operation = self.operation;
        let call = match operation.method {
            Method::Get => RawCall::get(operation.path.as_str()),
            _ => RawCall::post(operation.path.as_str()).body(&self.body),
        };
        let call = match self.class {
            Class::Read => call.read(),
            Class::Idempotent => call.idempotent(),
            Class::NotRepeatable => call,
        };
        let mut call = call.token(tokens(operation));
        for (_, secret) in masking::secrets(&operation.id, &self.body) {
            call = call.secret(secret);
        }
        if operation.response.iter().any(holds_a_secret) {
            call = call.secret_response();
        }
        self.query.iter().fold(call, |call, (name, value)| call.query(name, value))
    }

    /// What would be sent.
    fn preview(&self, command: &'static str) -> Report {
        let Self { operation, query, owner, class, show_secrets, .. } = self;
        let mut body = self.body.clone();
        let masked = if *show_secrets { 0 } else { masking::mask(&operation.id, &mut body) };
        let pairs =
            query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n");
        let text = if body.is_null() { String::new() } else { format!("{body:#}") };
        let owner = match owner {
            TokenOwner::Merchant => "merchant",
            TokenOwner::Platform => "platform",
            TokenOwner::Nobody => "nobody",
        };
        let query: Vec<Value> =
            query.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let mut report = Report::new(command)
            .field("operation", operation.id.as_str())
            .field("dry_run", true)
            .field("method", operation.method.as_str())
            .field("path", operation.path.as_str())
            .field("token_of", owner)
            .field("class", class::words(*class))
            .field_as("query", query, pairs)
            .field_as("body", body, text);
        report.hint = masking::hint(masked);
        report
    }

    /// Whether what it does cannot be undone.
    fn is_irrevocable(&self) -> bool {
        let id = self.operation.id.to_ascii_lowercase();
        let takes_away = ["delete", "del", "batchdel", "unbind", "clear", "unshare"].iter();
        self.class != Class::Read
            && (takes_away.clone().any(|word| id.starts_with(word)) || id.ends_with("manage"))
    }
}

/// Whose token the call carries.
pub(crate) fn token_owner(operation: &Operation, asked_for: Option<As>) -> Result<TokenOwner, Box<Failure>> {
    let takes = |kind| operation.token.kinds.contains(&kind);
    let (merchant, platform) = (takes(TokenKind::Authorizer), takes(TokenKind::Component));
    match asked_for {
        None | Some(As::Merchant) if merchant => Ok(TokenOwner::Merchant),
        None | Some(As::Platform) if platform => Ok(TokenOwner::Platform),
        None => Ok(TokenOwner::Nobody),
        Some(_) => {
            let (id, token) = (&operation.id, words(operation));
            let message = say!("{id} takes {token}; nothing was sent", "{id} 使用{token}；什么都没有发送");
            Err(Failure::new(Exit::Usage, "token_kind", message).hint(say!("leave --as out", "去掉 --as")))
        }
    }
}

fn words(operation: &Operation) -> String {
    match tokens(operation) {
        TokenKinds::Authorizer => say!("the merchant's token", "授权方的令牌"),
        TokenKinds::Component => say!("the platform's token", "平台的令牌"),
        TokenKinds::Either => say!("either token", "两种令牌之一"),
        TokenKinds::None => say!("no token", "无需令牌"),
    }
}

fn tokens(operation: &Operation) -> TokenKinds {
    let takes = |kind| operation.token.kinds.contains(&kind);
    match (takes(TokenKind::Authorizer), takes(TokenKind::Component)) {
        (true, true) => TokenKinds::Either,
        (true, false) => TokenKinds::Authorizer,
        (false, true) => TokenKinds::Component,
        (false, false) => TokenKinds::None,
    }
}

/// Whether a member of an answer, or one inside it, is a secret.
fn holds_a_secret(field: &Field) -> bool {
    let items = std::iter::successors(field.items.as_deref(), |item| item.items.as_deref());
    field.secret || field.fields.iter().chain(items.flat_map(|item| &item.fields)).any(holds_a_secret)
}

impl<'a> Run<'a> {
    pub(crate) fn new(global: Global, output: Output, watch: &'a Watch) -> Result<Self, Box<Failure>> {
        let sources = Sources::of_run(&global)?;
        Ok(Self { global, output, sources, watch, session: OnceCell::new() })
    }

    /// The session of this run. The first who asks decides for whom it acts; a session for a
    /// merchant can act for the platform as well.
    pub(crate) async fn session(&self, owner: TokenOwner) -> Result<&Session, Box<Failure>> {
        self.session
            .get_or_try_init(|| async {
                let settings = Settings::read(owner, &self.sources)?;
                Session::open(owner, settings, self.global.backend, self.output, self.watch).await
            })
            .await
    }

    /// The admin API of the emulator that the settings name.
    pub(crate) fn admin(&self) -> Result<Admin, Box<Failure>> {
        Admin::new(AdminApi::of_target(&self.sources)?, self.global.backend)
    }

    /// Sees what is on the wire.
    pub(crate) fn watch(&self) -> &Watch {
        self.watch
    }

    /// A session for the merchant.
    pub(crate) async fn merchant(&self) -> Result<&Session, Box<Failure>> {
        self.session(TokenOwner::Merchant).await
    }

    /// Ends the session, if one was opened.
    pub(crate) async fn close(self) {
        if let Some(session) = self.session.into_inner() {
            session.close().await;
        }
    }

    /// Stops here with what would be sent, if that is all that is asked for.
    pub(crate) fn preview(&self, command: &'static str, planned: &Planned) -> Result<(), Stop> {
        if self.global.dry_run { Err(Stop::Shown(Box::new(planned.preview(command)))) } else { Ok(()) }
    }

    /// Stops here when that is all that is asked for and nothing would be sent, for this reason.
    pub(crate) fn preview_nothing(&self, command: &'static str, why: String) -> Result<(), Stop> {
        if !self.global.dry_run {
            return Ok(());
        }
        let report = Report::new(command).field("dry_run", true);
        Err(Stop::Shown(Box::new(report.field_as("requests", json!([]), why))))
    }

    /// Sends the call and gives the answer as it is, secrets included.
    pub(crate) async fn send(
        &self,
        command: &'static str,
        planned: &Planned,
    ) -> Result<RawResponse<Value>, Stop> {
        self.preview(command, planned)?;
        let session = self.session(planned.owner).await?;
        if planned.is_irrevocable() {
            self.confirm(session)?;
        }
        if planned.class == Class::NotRepeatable {
            let id = &planned.operation.id;
            let look = say!(
                "read the state back before you call it again; tcbctl explain {id}",
                "再次调用之前先读回状态；tcbctl explain {id}"
            );
            // A call without a type goes by its path.
            session.creating(&planned.operation.path, look);
        }
        let answer = session.client_of(planned.owner).call_raw::<Value>(planned.raw()).await;
        session.created();
        Ok(answer?)
    }

    /// Calls an operation with this body.
    pub(crate) async fn call(&self, command: &'static str, id: &str, body: Value) -> Result<Value, Stop> {
        let planned = Planned::of(id, body)?;
        Ok(self.send(command, &planned).await?.value)
    }

    /// All things of a list that is read page by page, with our names for their members.
    pub(crate) async fn all(
        &self,
        command: &'static str,
        id: &str,
        mut body: Value,
        member: &str,
        names: &[(&'static str, &str)],
    ) -> Result<Vec<Value>, Stop> {
        let (mut all, mut count) = (Vec::new(), 0);
        loop {
            body["limit"] = json!(PAGE);
            body["offset"] = json!(count);
            let page = column(&self.call(command, id, body.clone()).await?[member], names);
            let got = page.len() as u64;
            count += got;
            all.extend(self.pass_on(page)?);
            if got < PAGE {
                return Ok(all);
            }
        }
    }

    /// Prints a page of a list now if it is printed line by line; what is left is for the report.
    pub(crate) fn pass_on(&self, page: Vec<Value>) -> Result<Vec<Value>, Box<Failure>> {
        self.output.pass_on(page).map_err(|error| {
            let message =
                say!("nobody reads the list: {error}", "列表无人读取：{error}", error = of_system(&error));
            Failure::new(Exit::Failed, "output", message)
        })
    }

    /// The merchant's environment that a command is about: the one that is named, that of the
    /// settings, or the only one.
    pub(crate) async fn env(&self, place: &InEnv) -> Result<String, Stop> {
        let set = self.named_env(place)?;
        self.env_among(set, self.listed_envs()).await
    }

    /// The same, also when nothing may be changed: for what reads before it does something.
    pub(crate) async fn env_to_read(&self, place: &InEnv) -> Result<String, Stop> {
        match self.named_env(place)? {
            Some(env) => Ok(env),
            None => only(self.listed_envs().await?),
        }
    }

    async fn listed_envs(&self) -> Result<Vec<String>, Stop> {
        let known = self.merchant().await?.client.send(ListEnvs::new()).await?;
        Ok(known.envs.into_iter().map(|env| env.id.into_string()).collect())
    }

    fn named_env(&self, place: &InEnv) -> Result<Option<String>, Box<Failure>> {
        place.env.clone().map_or_else(|| self.sources.value(key::ENV), |env| Ok(Some(env)))
    }

    /// The same for environments that are the platform's own.
    pub(crate) async fn own_env(&self, command: &'static str, place: &InEnv) -> Result<String, Stop> {
        let ids = async {
            let answer = self.call(command, "getTcbEnvList", json!({})).await?;
            let envs = answer["info_list"].as_array().cloned().unwrap_or_default();
            Ok(envs.iter().filter_map(|env| env["env"].as_str()).map(str::to_owned).collect())
        };
        self.env_among(self.named_env(place)?, ids).await
    }

    async fn env_among(
        &self,
        set: Option<String>,
        ids: impl Future<Output = Result<Vec<String>, Stop>>,
    ) -> Result<String, Stop> {
        if let Some(env) = set {
            return Ok(env);
        }
        if self.global.dry_run {
            return Err(unclear(Exit::Usage, say!("no environment is named", "没有给出环境"))
                .hint(say!("add --env ID", "加上 --env ID"))
                .into());
        }
        only(ids.await?)
    }

    /// Has a person type who is meant, before something that cannot be undone happens to a live
    /// account.
    fn confirm(&self, session: &Session) -> Result<(), Stop> {
        if self.global.yes || is_this_machine(&target(&self.sources)?) {
            return Ok(());
        }
        let who = session.acts_for().unwrap_or_else(|| "yes".to_owned());
        let refused = |message| {
            Failure::new(Exit::Usage, "confirmation", message)
                .hint(say!("add --yes to do it without a question", "加上 --yes 则不再询问"))
        };
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(refused(say!(
                "this cannot be undone, and nobody is there to be asked",
                "此操作不可撤销，而且没有人可以确认"
            ))
            .into());
        }
        let question =
            say!("This cannot be undone. Type {who} to go on: ", "此操作不可撤销。输入 {who} 以继续：");
        // Whoever cannot read the question cannot answer it.
        let _ = write!(io::stderr(), "{question}");
        let mut typed = String::new();
        let read = io::stdin().read_line(&mut typed);
        if read.is_ok() && typed.trim() == who {
            return Ok(());
        }
        Err(refused(say!("not confirmed; nothing was sent", "未确认；什么都没有发送")).into())
    }
}

fn unclear(exit: Exit, message: String) -> Box<Failure> {
    Failure::new(exit, "env", message)
}

/// The environment that is meant when none is named.
fn only(mut ids: Vec<String>) -> Result<String, Stop> {
    match (ids.pop(), ids.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(unclear(Exit::NotFound, say!("there is no environment yet", "还没有云环境"))
            .hint(say!(
                "tcbctl env create ALIAS   (a new one may take ten minutes to be listed: name it with --env)",
                "tcbctl env create ALIAS   （新环境可能要十分钟后才会列出：用 --env 给出）"
            ))
            .into()),
        (Some(last), others) => {
            let count = others + 1;
            ids.push(last);
            let message = say!(
                "there are {count} environments; say which one is meant",
                "有 {count} 个环境；请说明是哪一个"
            );
            Err(unclear(Exit::Usage, message).hint(format!("export TCBCTL_ENV={}", ids.join("|"))).into())
        }
    }
}
