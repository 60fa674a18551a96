//! `tcbctl function create`

use tcb_types::cloudbase_common::{CreateFunction, CreateFunctionResponse};

use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

pub(super) async fn create(session: &Session, env: &str, name: &str) -> Result<Report, Box<Failure>> {
    let created = session.create(&CreateFunction::new(env, name)).await?;
    let outcome = match created.answer {
        CreateFunctionResponse::ExistsAlready => "existed",
        _ => "created",
    };
    Ok(session
        .report("function create")
        .field("env_id", env)
        .field("function", name)
        .field("outcome", outcome)
        .settled(created.settled))
}
