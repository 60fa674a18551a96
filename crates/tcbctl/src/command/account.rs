//! `tcbctl account`

use clap::Subcommand;
use serde_json::json;
use tcb_types::open_account::{CreateOpenAccount, GetOpenAccount, OpenAccount};

use crate::run::{Ended, Planned, Run};

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Create an open-platform account and bind the merchant to it || 创建开放平台账号并绑定授权方
    Create {
        /// The mini program, when it has to be named; always the one behind the token ||
        /// 需要写明的小程序 appid；始终是令牌对应的那个
        #[arg(long, value_name = "ID")]
        appid: Option<String>,
    },
    /// Bind the merchant to an open-platform account || 把授权方绑定到开放平台账号
    Bind {
        /// Appid of the open-platform account || 开放平台账号的 appid
        open_appid: String,
    },
    /// Take the merchant out of an open-platform account || 解除授权方与开放平台账号的绑定
    Unbind {
        /// Appid of the open-platform account || 开放平台账号的 appid
        open_appid: String,
    },
    /// Show which open-platform account the merchant is bound to || 显示授权方绑定的开放平台账号
    Show,
}

pub(super) async fn account(run: &Run<'_>, command: Account) -> Ended {
    match command {
        Account::Create { appid } => create(run, appid).await,
        Account::Bind { open_appid } => {
            change(run, "account bind", "bindOpenAccount", open_appid, "bound").await
        }
        Account::Unbind { open_appid } => {
            change(run, "account unbind", "unbindOpenAccount", open_appid, "unbound").await
        }
        Account::Show => show(run).await,
    }
}

async fn create(run: &Run<'_>, appid: Option<String>) -> Ended {
    let mut create = CreateOpenAccount::new();
    let mut read = GetOpenAccount::new();
    if let Some(appid) = appid {
        create = create.app_id(appid.as_str());
        read = read.app_id(appid);
    }
    run.preview("account create", &Planned::of("createOpenAccount", json!(create))?)?;
    let session = run.merchant().await?;
    let created = session.create(&create).await?;
    let (open_app_id, outcome) = match created.answer {
        OpenAccount::Created { open_app_id } => (Some(open_app_id), "created"),
        // Which account it is bound to, the refusal does not say.
        _ => (session.client.send(read).await?.open_app_id, "already_bound"),
    };
    let open_app_id = open_app_id.map(tcb_types::OpenAppId::into_string);
    Ok(session
        .report("account create")
        .field("outcome", outcome)
        .field("open_appid", open_app_id.clone())
        .named(open_app_id.unwrap_or_default())
        .settled(created.settled))
}

async fn change(
    run: &Run<'_>,
    command: &'static str,
    operation: &str,
    open_appid: String,
    outcome: &'static str,
) -> Ended {
    run.call(command, operation, json!({"open_appid": open_appid})).await?;
    let report = run.merchant().await?.report(command).field("outcome", outcome);
    Ok(report.field("open_appid", open_appid))
}

async fn show(run: &Run<'_>) -> Ended {
    let have = run.call("account show", "getBindOpenAccount", json!(null)).await?;
    let report = run.merchant().await?.report("account show").field("have_open", have["have_open"].clone());
    if have["have_open"] != true {
        return Ok(report);
    }
    let account = run.call("account show", "getOpenAccount", json!({})).await?;
    let entity = run.call("account show", "getBindOpenAccountEntity", json!(null)).await?;
    let name = account["open_appid"].as_str().unwrap_or_default().to_owned();
    let report = report.field("open_appid", account["open_appid"].clone());
    Ok(report.field("same_entity", entity["same_entity"].clone()).named(name))
}
