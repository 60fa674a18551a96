//! `tcbctl env create`

use tcb_types::EnvId;
use tcb_types::cloudbase_common::{CreateEnv, ListEnvs};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

/// Creates an environment, unless one has the alias.
pub(super) async fn create(session: &Session, alias: String, another: bool) -> Result<Report, Box<Failure>> {
    let existing = if another { Vec::new() } else { of_alias(session, &alias).await? };
    let (outcome, id, settled) = match existing.as_slice() {
        [] => {
            let created = session.create(&CreateEnv::postpaid(&alias)).await?;
            ("created", created.answer.id, created.settled)
        }
        [only] => ("existed", only.clone(), false),
        several => {
            let ids: Vec<&str> = several.iter().map(EnvId::as_str).collect();
            let message = format!("several environments already have the alias {alias}: {}", ids.join(", "));
            return Err(Failure::new(Exit::Failed, "ambiguous_alias", message)
                .hint("use one of them; --another creates one more, which is paid by use"));
        }
    };
    Ok(session
        .report("env create")
        .field("outcome", outcome)
        .field("alias", alias)
        .field("env_id", id.into_string())
        .settled(settled))
}

/// The environments of this alias. One that is new may be missing for ten minutes, and a second one
/// of its alias is created within them.
async fn of_alias(session: &Session, alias: &str) -> Result<Vec<EnvId>, Box<Failure>> {
    let envs = session.client.send(ListEnvs::new()).await?.envs;
    Ok(envs.into_iter().filter(|env| env.alias.as_deref() == Some(alias)).map(|env| env.id).collect())
}
