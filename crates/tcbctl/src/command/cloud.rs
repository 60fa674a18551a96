//! `tcbctl cloud`

use clap::Subcommand;
use serde_json::{Value, json};
use tcb_types::ErrCode;
use tcb_types::cloudbase_common::{CloudUser, CreateCloudUser, ListEnvs};

use crate::language::say;
use crate::report::Report;
use crate::run::{Ended, Planned, Run};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Cloud {
    /// Open cloud development; run it again after the administrator has agreed || 开通云开发；管理员同意后再运行一次
    Open,
    /// Say whether cloud development is open, and with which environments || 查看云开发是否已开通，以及有哪些环境
    Status,
}

const AGAIN: &str = "tcbctl cloud open";

pub(super) async fn cloud(run: &Run<'_>, command: Cloud) -> Ended {
    match command {
        Cloud::Open => open(run).await,
        Cloud::Status => status(run).await,
    }
}

async fn open(run: &Run<'_>) -> Ended {
    run.preview("cloud open", &Planned::of("createCloudUser", json!({}))?)?;
    let session = run.merchant().await?;
    let created = session.create(&CreateCloudUser::new()).await?;
    let report = session.report("cloud open");
    match created.answer {
        CloudUser::Opened => Ok(report.field("outcome", "opened").settled(created.settled)),
        user => waiting(session, report, user, AGAIN).await,
    }
}

/// Ends a command that goes on with `again` once the administrator has agreed.
pub(super) async fn waiting(session: &Session, report: Report, user: CloudUser, again: &str) -> Ended {
    let (outcome, text, reason) = match user {
        CloudUser::WaitingForConsent => (
            "waiting_for_consent",
            say!(
                "waiting for consent: the administrator has been sent a message (-601049)",
                "等待同意：已向管理员发送消息（-601049）"
            ),
            "admin_confirmation",
        ),
        CloudUser::WaitingForPhone => (
            "waiting_for_phone",
            say!(
                "waiting for a phone number and consent: the administrator has been sent a message (-601048)",
                "等待绑定手机号并同意：已向管理员发送消息（-601048）"
            ),
            "admin_phone",
        ),
        CloudUser::AlreadyAsked => (
            "already_asked",
            say!(
                "waiting: the administrator was asked within the last 24 hours, no message was sent (-601026)",
                "等待中：24 小时内已询问过管理员，没有再发消息（-601026）"
            ),
            "admin_confirmation",
        ),
        _ => ("waiting", say!("waiting for the administrator", "等待管理员"), "admin_confirmation"),
    };
    let next = match (&session.admin, &session.merchant) {
        (Some(admin), Some(merchant)) => vec![admin.how_to_agree(merchant).await?, again.to_owned()],
        _ => vec![say!(
            "have the administrator answer the message in WeChat, then: {again}",
            "请管理员在微信中答复消息，然后运行：{again}"
        )],
    };
    Ok(report.field_as("outcome", outcome, text).action_required(reason, &next))
}

async fn status(run: &Run<'_>) -> Ended {
    run.preview("cloud status", &Planned::of("getEnvInfo", json!({}))?)?;
    let session = run.merchant().await?;
    let report = session.report("cloud status");
    match session.client.send(ListEnvs::new()).await {
        Ok(answer) => {
            let envs: Vec<Value> = answer.envs.into_iter().map(|env| json!(env.id.into_string())).collect();
            Ok(report.field("open", true).field("envs", envs))
        }
        Err(error) if error.api().is_some_and(|api| api.code() == ErrCode::CLOUD_NOT_OPEN) => {
            let mut report = report.field("open", false).field("envs", Value::Array(Vec::new()));
            report.hint = Some(AGAIN.to_owned());
            Ok(report)
        }
        Err(error) => Err(error.into()),
    }
}
