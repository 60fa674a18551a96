//! `tcbctl token-policy get` and `set`

use tcb_types::cloudbase_common::CloudAccessTokenPolicy;

use crate::cli::SetTokenPolicy;
use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

pub(super) async fn get(session: &Session, env: &str) -> Result<Report, Box<Failure>> {
    let policy = session.client.env(env).token_policy().get().await?;
    Ok(show(session.report("token-policy get"), env, &policy))
}

pub(super) async fn set(session: &Session, args: SetTokenPolicy) -> Result<Report, Box<Failure>> {
    let SetTokenPolicy { env, open, allow, version } = args;
    let mut helper = session.client.env(env.as_str()).token_policy();
    if let Some(version) = version {
        helper = helper.version(version);
    }
    let change = |policy: &mut CloudAccessTokenPolicy| {
        policy.open = open.or(policy.open);
        if !allow.is_empty() {
            policy.api_whitelist = allow;
        }
    };
    let report = session.report("token-policy set");
    let Some(set) = helper.prepare(change).await? else {
        return Ok(show(report, &env, &helper.get().await?));
    };
    session.create(&set).await?;
    // Writing moves the version on, and only reading tells where to. It is written either way.
    let version = helper.get().await.ok().and_then(|now| now.version);
    let report =
        report.field("env_id", env).field("open", set.open).field("api_whitelist", set.api_whitelist);
    Ok(report.field("version", version))
}

fn show(report: Report, env: &str, policy: &CloudAccessTokenPolicy) -> Report {
    report
        .field("env_id", env)
        .field("open", policy.open)
        .field("api_whitelist", policy.api_whitelist.clone())
        .field("version", policy.version)
}
