//! `tcbctl env create`

use tcb_types::cloudbase_common::CreateEnv;

use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

pub(super) async fn create(session: &Session, alias: String) -> Result<Report, Box<Failure>> {
    let created = session.create(&CreateEnv::postpaid(&alias)).await?;
    Ok(session
        .report("env create")
        .field("alias", alias)
        .field("env_id", created.answer.env_id.into_string())
        .settled(created.settled))
}
