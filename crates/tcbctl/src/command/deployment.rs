//! What `function deploy` and `deploy` share: bringing a merchant to a desired state, in one run of
//! the program.

mod failure;
mod notes;
mod steps;
mod variables;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tcb_deploy::{Deployment, Desired, Env, Event, FileNotes, Plan};

use super::{call, cloud};
use crate::interrupt::Watch;
use crate::language::say;
use crate::progress::Progress;
use crate::report::Report;
use crate::run::{Ended, Run, Stop};
use crate::session::Session;
use crate::settings::{key, target};
pub(crate) use variables::variables;

/// A deployment for the merchant of the run.
pub(crate) struct Deploying<'a> {
    command: &'static str,
    session: &'a Session,
    deployment: Deployment,
    progress: Progress,
    watch: Watch,
    /// The steps that are done.
    done: Arc<Mutex<Vec<Value>>>,
    notes: PathBuf,
    /// Nobody else deploys for the merchant while this is open.
    _lock: File,
}

/// A function to invoke once all is done, and what it is given.
pub(crate) struct Invocation<'a> {
    pub(crate) env: &'a Env,
    pub(crate) function: &'a str,
    pub(crate) event: String,
}

impl<'a> Deploying<'a> {
    /// With the notes in this file, or where the merchant's are.
    pub(crate) async fn open(
        run: &'a Run<'_>,
        command: &'static str,
        notes: Option<&Path>,
    ) -> Result<Self, Stop> {
        let session = run.merchant().await?;
        let named = session.merchant.as_ref().map(ToString::to_string);
        let merchant =
            named.map_or_else(|| run.sources.value(key::AUTHORIZER_APPID), |name| Ok(Some(name)))?;
        let (notes, lock) = notes::open(notes, &target(&run.sources)?, merchant.as_deref())?;
        let progress = Progress::new(run.output, "deploy", say!("reading what is there", "正在读取现有状态"));
        let (watch, done) = (run.watch().clone(), Arc::default());
        let follower = Follower { progress: progress.clone(), watch: watch.clone(), done: Arc::clone(&done) };
        let mut deployment = Deployment::new(session.client.clone())
            .notes(FileNotes::new(&notes))
            .progress(move |event: &Event<'_>| follower.event(event));
        // With a token alone there is none, which matters to batch mode only.
        if let Ok(platform) = session.platform() {
            deployment = deployment.platform(platform.client().clone());
        }
        if let Some(merchant) = merchant {
            deployment = deployment.app_id(merchant);
        }
        Ok(Self { command, session, deployment, progress, watch, done, notes, _lock: lock })
    }

    fn report(&self) -> Report {
        self.session.report(self.command)
    }

    /// What would be done.
    pub(crate) async fn plan(&self, desired: &Desired) -> Result<(Plan, Report), Stop> {
        let plan = self.progress.during(self.deployment.plan(desired)).await;
        let plan = plan.map_err(|error| self.stopped(&error))?;
        let steps = plan.steps.iter().map(steps::told).collect();
        let mut report = self.report().items(&["step"], steps);
        if plan.more {
            report.hint = Some(say!(
                "what is in an environment shows once it can be used; plan again then",
                "环境可用之后才能看到其中的内容；届时请再次查看计划"
            ));
        } else {
            report = report.none(say!("there is nothing to do", "无需变更"));
        }
        Ok((plan, report))
    }

    /// Does what is missing, and invokes a function if it is asked to.
    pub(crate) async fn apply(&self, desired: &Desired, invocation: Option<Invocation<'_>>) -> Ended {
        // The state of a deployment is large.
        let deployed = Box::pin(self.progress.during(self.deployment.deploy(desired))).await;
        self.watch.created();
        let envs = match deployed {
            Ok(envs) => envs,
            Err(error) => return self.ended(&error).await,
        };
        let done = std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner));
        let lines: Vec<&str> = done.iter().filter_map(|step| step["step"].as_str()).collect();
        let lines = lines.join("\n");
        let outcome = if done.is_empty() { "unchanged" } else { "deployed" };
        let pairs: Vec<String> = envs.iter().map(|(alias, id)| format!("{alias}: {id}")).collect();
        let mut report = self
            .report()
            .field("outcome", outcome)
            .field_as("envs", json!(envs), pairs.join("\n"))
            .field_as("steps", done, lines);
        if let Some(Invocation { env, function, event }) = invocation {
            self.progress.say(say!("invoking {function}", "正在调用 {function}"));
            let answer = self.progress.during(self.deployment.invoke(env, function, event)).await;
            let answer = answer.map_err(|error| self.stopped(&error))?;
            let said = answer.as_ref().map_or("", |answer| answer.raw());
            let result = serde_json::from_str(said).unwrap_or_else(|_| json!(said));
            report = report.field("function", function).field_as("result", result, call::plain(said));
        }
        Ok(report)
    }

    /// How a deployment ends that did not reach its end. That a person has to agree is no failure.
    async fn ended(&self, error: &tcb_deploy::DeployError) -> Ended {
        use tcb_deploy::DeployErrorKind;
        match error.kind() {
            DeployErrorKind::Person(user) => {
                cloud::waiting(self.session, self.report(), *user, &again()).await
            }
            DeployErrorKind::Confirm(link) => {
                let text = say!(
                    "waiting: the administrator has to open the link and agree",
                    "等待中：管理员须打开链接并同意"
                );
                let report = self.report().field_as("outcome", "waiting_for_consent", text);
                Ok(report.field("link", link.as_str()).action_required("admin_confirmation", &[again()]))
            }
            _ => Err(self.stopped(error)),
        }
    }

    fn stopped(&self, error: &tcb_deploy::DeployError) -> Stop {
        failure::of(error, &self.notes).into()
    }
}

/// Shows what a deployment does.
struct Follower {
    progress: Progress,
    watch: Watch,
    done: Arc<Mutex<Vec<Value>>>,
}

impl Follower {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Settling { create, .. } => {
                let what = steps::created(create);
                self.progress.say(say!(
                    "finding out whether {what} was created before",
                    "正在确认此前是否已创建{what}"
                ));
            }
            Event::Begun { step, number, of, .. } => {
                if let Some(operation) = steps::create(step) {
                    self.watch.creating(operation, look());
                }
                let told = steps::told(step);
                self.progress.part(*number, *of, told["step"].as_str().unwrap_or_default().to_owned());
                self.tell("begun", *number, *of, told);
            }
            Event::Done { step, number, of, .. } => {
                self.watch.created();
                let told = steps::told(step);
                self.done.lock().unwrap_or_else(PoisonError::into_inner).push(told.clone());
                self.tell("done", *number, *of, told);
            }
            _ => {}
        }
    }

    fn tell(&self, event: &str, number: usize, of: usize, mut told: Value) {
        told["event"] = json!(event);
        told["number"] = json!(number);
        told["of"] = json!(of);
        self.progress.tell(&told);
    }
}

/// What a person does after Ctrl-C.
fn look() -> String {
    let again = again();
    say!(
        "{again}   (it looks first what became of it, and creates nothing twice)",
        "{again}   （它会先确认上次的结果，不会重复创建）"
    )
}

/// The command line of this run.
fn again() -> String {
    let args = std::env::args_os().skip(1).map(|arg| quoted(&arg.to_string_lossy()));
    std::iter::once("tcbctl".to_owned()).chain(args).collect::<Vec<_>>().join(" ")
}

/// An argument as a shell reads it.
pub(super) fn quoted(arg: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_=./:,@%+".contains(c);
    if !arg.is_empty() && arg.chars().all(is_plain) {
        return arg.to_owned();
    }
    format!("'{}'", arg.replace('\'', r"'\''"))
}
