//! Many merchants at once.

use std::collections::HashSet;

use serde_json::json;
use tcb_emulator::{Emulator, EmulatorErrorKind, Merchant};

use crate::support::*;

#[tokio::test]
async fn seeded_merchants_have_authorised_and_can_be_refreshed() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    // Nobody listens there; a push would be in the log.
    emulator.set_callback_url(&component, "http://127.0.0.1:9/").unwrap();
    let seeded = emulator.seed_merchants(&component, 3, [18, 49]).unwrap();
    assert_eq!(seeded.len(), 3);
    assert!(emulator.callbacks().is_empty());
    assert_eq!(emulator.total_mints(), 0);

    for (app_id, refresh_token) in seeded {
        let shop = Shop { app_id, token: String::new(), refresh_token: refresh_token.expose().to_owned() };
        let answer = refresh(&emulator, &shop, &shop.refresh_token).await;
        assert_eq!(answer["authorizer_refresh_token"], shop.refresh_token);
        let token = text(&answer, "/authorizer_access_token");
        assert_code(&call(&emulator, OPEN_CLOUD, &token, json!({})).await, -601_049);
        assert_code(&call(&emulator, CREATE_ACCOUNT, &token, json!({})).await, 61007);
        assert_eq!(emulator.mints(&shop.app_id), 1);
    }
    emulator.assert_clean();
}

#[tokio::test]
async fn cloud_development_can_be_open_for_all_of_them() {
    let emulator = Emulator::start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let (app_id, token) = emulator.seed_open_merchants(&component, 1, [49]).unwrap().remove(0);
    let shop = Shop { app_id, token: String::new(), refresh_token: token.expose().to_owned() };
    let token = text(&refresh(&emulator, &shop, &shop.refresh_token).await, "/authorizer_access_token");
    assert_code(&call(&emulator, LIST_ENVS, &token, json!({})).await, 0);
    assert!(emulator.prompts().is_empty());
}

#[tokio::test]
async fn only_a_platform_that_is_there_gets_merchants() {
    let emulator = Emulator::start().await.unwrap();
    let error = emulator.seed_merchants(&"wx0".into(), 3, [49]).unwrap_err();
    assert_eq!(error.kind(), EmulatorErrorKind::UnknownComponent);
    assert!(emulator.merchants().is_empty());
}

#[tokio::test]
async fn a_hundred_thousand_merchants_are_listed_and_counted() {
    let emulator = Emulator::builder().validation(false).start().await.unwrap();
    let component = emulator.component().app_id.clone();
    let other = emulator.add_component().app_id;
    let seeded = emulator.seed_merchants(&component, 100_000, [49]).unwrap();
    emulator.seed_merchants(&other, 10, [49]).unwrap();
    let app_ids: HashSet<_> = seeded.iter().map(|(app_id, _)| app_id.clone()).collect();
    let refresh_tokens: HashSet<_> = seeded.iter().map(|(_, token)| token.expose()).collect();
    assert_eq!((app_ids.len(), refresh_tokens.len()), (100_000, 100_000));
    assert_eq!(emulator.merchants().len(), 100_010);

    let token = component_token(&emulator).await;
    let body = json!({"component_appid": component, "offset": 99_600, "count": 500});
    let page = call(&emulator, AUTHORIZER_LIST, &token, body).await;
    assert_eq!(page["total_count"], 100_000);
    assert_eq!(page["list"].as_array().unwrap().len(), 400);

    for (app_id, token) in seeded.into_iter().take(20) {
        let shop = Shop { app_id, token: String::new(), refresh_token: token.expose().to_owned() };
        assert_code(&refresh(&emulator, &shop, &shop.refresh_token).await, 0);
        assert_eq!(emulator.mints(&shop.app_id), 1);
    }
    let counters = emulator.counters();
    assert_eq!(counters.mints.values().sum::<u64>(), counters.total_mints);
    assert_eq!(counters.executed("getAuthorizerAccessToken"), 20);
}

#[tokio::test]
async fn seeding_is_part_of_what_the_seed_decides() {
    async fn seeded(seed: u64) -> Vec<String> {
        let emulator = Emulator::builder().seed(seed).start().await.unwrap();
        emulator.add_merchant(Merchant::new());
        let seeded = emulator.seed_merchants(&emulator.component().app_id, 5, [49]).unwrap();
        seeded.into_iter().map(|(app_id, token)| format!("{app_id} {}", token.expose())).collect()
    }
    assert_eq!(seeded(7).await, seeded(7).await);
    assert_ne!(seeded(7).await, seeded(8).await);
}
