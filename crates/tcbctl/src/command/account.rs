//! `tcbctl account create`

use tcb_types::open_account::{CreateOpenAccount, GetOpenAccount, OpenAccount};

use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

pub(super) async fn create(session: &Session, appid: Option<String>) -> Result<Report, Box<Failure>> {
    let mut create = CreateOpenAccount::new();
    let mut read = GetOpenAccount::new();
    if let Some(appid) = appid {
        create = create.app_id(appid.as_str());
        read = read.app_id(appid);
    }
    let created = session.create(&create).await?;
    let (open_app_id, outcome) = match created.answer {
        OpenAccount::Created { open_app_id } => (Some(open_app_id), "created"),
        // Which account it is bound to, the refusal does not say.
        _ => (session.client.send(read).await?.open_app_id, "already_bound"),
    };
    Ok(session
        .report("account create")
        .field("outcome", outcome)
        .field("open_appid", open_app_id.map(tcb_types::OpenAppId::into_string))
        .settled(created.settled))
}
