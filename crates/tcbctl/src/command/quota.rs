//! `tcbctl quota`

use clap::Subcommand;
use serde_json::json;
use tcb_catalogue::Operation;

use crate::args::As;
use crate::lookup::OperationParser;
use crate::run::{Ended, Planned, Run};

#[derive(Debug, Subcommand)]
pub(crate) enum Quota {
    /// Show how much of an operation's quota is left || 显示接口的剩余额度
    Show {
        /// Official id of the operation, in any case, or its path || 接口的官方名称（不分大小写）或路径
        #[arg(value_parser = OperationParser, hide_possible_values = true)]
        operation: &'static Operation,
        /// Whose quota || 谁的额度
        #[arg(long = "as", value_name = "WHO", value_enum, default_value = "merchant")]
        token_of: As,
    },
    /// Clear the count of calls, of one operation or of all; WeChat allows few clearings a month ||
    /// 清零调用次数，某个接口或全部接口；微信每月只允许清零几次
    Clear {
        /// Official id of the operation, in any case, or its path; all if not given ||
        /// 接口的官方名称（不分大小写）或路径；不给出则为全部
        #[arg(value_parser = OperationParser, hide_possible_values = true)]
        operation: Option<&'static Operation>,
        /// Whose quota || 谁的额度
        #[arg(long = "as", value_name = "WHO", value_enum, default_value = "merchant")]
        token_of: As,
    },
}

pub(super) async fn quota(run: &Run<'_>, command: Quota) -> Ended {
    match command {
        Quota::Show { operation, token_of } => show(run, operation, token_of).await,
        Quota::Clear { operation, token_of } => clear(run, operation, token_of).await,
    }
}

async fn show(run: &Run<'_>, operation: &Operation, token_of: As) -> Ended {
    let planned = Planned::of("getApiQuota", json!({"cgi_path": operation.path}))?.by(token_of);
    let answer = run.send("quota show", &planned).await?.value;
    let report = run.session(planned.owner).await?.report("quota show");
    let report = report.field("operation", operation.id.as_str()).field("path", operation.path.as_str());
    let quota = &answer["quota"];
    let names = ["daily_limit", "used", "remain"];
    let report = names.into_iter().fold(report, |report, name| report.field(name, quota[name].clone()));
    let rate = &answer["rate_limit"];
    Ok(if rate.is_object() { super::call::with_rows(report, rate) } else { report }
        .member("rate_limit", rate.clone()))
}

async fn clear(run: &Run<'_>, operation: Option<&Operation>, token_of: As) -> Ended {
    let planned = match operation {
        Some(operation) => Planned::of("clearApiQuota", json!({"cgi_path": operation.path}))?.by(token_of),
        None => of_all(run, token_of).await?,
    };
    run.send("quota clear", &planned).await?;
    let report = run.session(planned.owner).await?.report("quota clear");
    let report = match operation {
        Some(operation) => report.field("operation", operation.id.as_str()),
        None => report,
    };
    Ok(report.field("outcome", "cleared"))
}

/// The call that clears the count of all operations names who is behind the token.
async fn of_all(run: &Run<'_>, token_of: As) -> Result<Planned, crate::run::Stop> {
    let planned = Planned::of("clearQuota", json!({}))?.by(token_of);
    let appid = if run.global.dry_run { None } else { run.session(planned.owner).await?.acts_for() };
    let body = json!({"appid": appid.unwrap_or_else(|| "APPID".to_owned())});
    Ok(Planned { body, ..planned })
}
