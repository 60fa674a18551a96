//! `tcbctl cloud open`

use tcb_types::cloudbase_common::{CloudUser, CreateCloudUser};

use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;

const AGAIN: &str = "tcbctl cloud open";

pub(super) async fn open(session: &Session) -> Result<Report, Box<Failure>> {
    let created = session.create(&CreateCloudUser::new()).await?;
    let report = session.report("cloud open");
    let (outcome, text, reason) = match created.answer {
        CloudUser::Opened => return Ok(report.field("outcome", "opened").settled(created.settled)),
        CloudUser::WaitingForConsent => (
            "waiting_for_consent",
            "waiting for consent: the administrator has been sent a message (-601049)",
            "admin_confirmation",
        ),
        CloudUser::WaitingForPhone => (
            "waiting_for_phone",
            "waiting for a phone number and consent: the administrator has been sent a message (-601048)",
            "admin_phone",
        ),
        CloudUser::AlreadyAsked => (
            "already_asked",
            "waiting: the administrator was asked within the last 24 hours, no message was sent (-601026)",
            "admin_confirmation",
        ),
        _ => ("waiting", "waiting for the administrator", "admin_confirmation"),
    };
    let next = match (&session.admin, &session.merchant) {
        (Some(admin), Some(merchant)) => vec![admin.how_to_agree(merchant).await?, AGAIN.to_owned()],
        _ => vec![format!("have the administrator answer the message in WeChat, then: {AGAIN}")],
    };
    Ok(report.field_as("outcome", outcome, text.to_owned()).action_required(reason, &next))
}
