//! Whether all has come to rest: the store holds WeChat's newest token for each merchant, and knows
//! it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tcb_api::auth::{Subject, TokenKey, TokenStore};
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_api::types::{AuthorizerAppId, ComponentAppId};
use tcb_api::{Client, Platform, RetryPolicy, StaticToken};
use tcb_emulator::Emulator;

use crate::scale::ScaledTransport;

/// What is not at rest, a line for each merchant. Nobody else may be at work.
pub(crate) async fn unsettled(
    emulator: &Emulator,
    platform: &Platform,
    store: &dyn TokenStore,
    keys: &[AuthorizerAppId],
) -> Vec<String> {
    // From now on only the newest token of each merchant is good.
    emulator.set_overlap(Duration::ZERO);
    let transport = Arc::new(ScaledTransport::new(emulator.base_url()));
    let mut unsettled = Vec::new();
    for key in keys {
        if let Err(what) = has_newest(&transport, store, platform.app_id(), key).await {
            unsettled.push(format!("{key}: {what}"));
        }
    }
    // The list has the refresh tokens as WeChat knows them.
    let reconciled = platform.tokens().reconcile().await.unwrap();
    let different = [reconciled.added, reconciled.changed, reconciled.revoked].concat();
    unsettled.extend(different.iter().map(|key| format!("{key}: the refresh token is not WeChat's")));
    unsettled
}

async fn has_newest(
    transport: &Arc<ScaledTransport>,
    store: &dyn TokenStore,
    component: &ComponentAppId,
    key: &AuthorizerAppId,
) -> Result<(), String> {
    let key = TokenKey::new(component, Subject::Authorizer(key.clone()));
    let loaded = store.load(&key).await.map_err(|error| format!("{error:?}"))?;
    let (_, encoded) = loaded.held.ok_or("there is no record")?;
    let lasting: Value = serde_json::from_str(encoded.lasting.expose()).unwrap();
    if lasting["contested"] == true {
        return Err("the token may not be the newest".to_owned());
    }
    let (access, _) = encoded.access.ok_or("there is no access token")?;
    let access: Value = serde_json::from_str(access.expose()).unwrap();
    let client = Client::builder()
        .token(StaticToken::new(access["token"].as_str().unwrap_or_default()))
        .transport(Arc::clone(transport))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    client.send(ListEnvs::new()).await.map(drop).map_err(|error| format!("{error:?}"))
}
