//! `tcbctl token-policy get` and `set`

use tcb_types::cloudbase_common::{CloudAccessTokenPolicy, SetCloudAccessToken};

use crate::cli::SetTokenPolicy;
use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

pub(super) async fn get(session: &Session, env: &str) -> Result<Report, Box<Failure>> {
    let policy = session.client.env(env).token_policy().get().await?;
    Ok(show(session.report("token-policy get"), env, &policy))
}

pub(super) async fn set(session: &Session, wanted: SetTokenPolicy) -> Result<Report, Box<Failure>> {
    let SetTokenPolicy { env, open, allow, version } = wanted;
    let mut helper = session.client.env(env.as_str()).token_policy();
    if let Some(version) = version {
        helper = helper.version(version);
    }
    // What is about to be written is kept, so that a lost answer can be settled.
    let mut written = None;
    let change = |policy: &mut CloudAccessTokenPolicy| {
        policy.open = open.or(policy.open);
        if !allow.is_empty() {
            policy.api_whitelist = allow;
        }
        written = Some(policy.clone());
    };
    let mut policy = match (helper.change(change).await, written) {
        (Ok(policy), _) => policy,
        (Err(error), Some(sent)) if error.indeterminate().is_some() => {
            let version = version.or(sent.version).unwrap_or_default();
            let (open, paths) = (sent.open.unwrap_or(true), sent.api_whitelist.clone());
            session.settle(&SetCloudAccessToken::new(&*env, open, paths, version), error).await?;
            sent
        }
        (Err(error), _) => return Err(error.into()),
    };
    // Writing moves the version on, and only reading tells where to. It is written either way.
    policy.version = helper.get().await.ok().and_then(|now| now.version);
    Ok(show(session.report("token-policy set"), &env, &policy))
}

fn show(report: Report, env: &str, policy: &CloudAccessTokenPolicy) -> Report {
    report
        .field("env_id", env)
        .field("open", policy.open)
        .field("api_whitelist", policy.api_whitelist.clone())
        .field("version", policy.version)
}
