//! `tcbctl function create`

use tcb_types::cloudbase_common::CreateFunction;

use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

pub(super) async fn create(session: &Session, env: &str, name: &str) -> Result<Report, Box<Failure>> {
    let created = session.create(&CreateFunction::new(env, name)).await?;
    Ok(session
        .report("function create")
        .field("env_id", env)
        .field("function", name)
        .settled(created.settled))
}
