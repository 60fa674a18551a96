use tcb_api::types::EnvId;
use tcb_api::{Client, CreateEnv, Error, ErrorKind, Settled};

// ANCHOR: settle
/// Creates an environment, and finds it again when the answer was lost. None: a person has to look.
pub(crate) async fn create(shop: &Client, alias: &str) -> Result<Option<EnvId>, Error> {
    let create = CreateEnv::postpaid(alias);
    match shop.send(&create).await {
        Ok(answer) => Ok(Some(answer.id)),
        Err(error) if error.kind() == ErrorKind::Indeterminate => match shop.settle(&create, &error).await? {
            Settled::Landed(answer) => Ok(Some(answer.id)),
            Settled::NotLanded => Ok(Some(shop.send(&create).await?.id)),
            _ => Ok(None),
        },
        Err(error) => Err(error),
    }
}
// ANCHOR_END: settle
