use serde::Deserialize;
use tcb_api::{Client, Error, RawCall};

// ANCHOR: raw
/// Any path that the SDK has no type for; here one of the cloud development calls, to compare.
pub(crate) async fn environments(shop: &Client) -> Result<usize, Error> {
    #[derive(Deserialize)]
    struct Answer {
        info_list: Vec<serde::de::IgnoredAny>,
    }

    let call = RawCall::post("/tcb/getenvinfo").read(); // without `.read()` it counts as a create
    let answer = shop.call_raw::<Answer>(call).await?;
    Ok(answer.value.info_list.len())
}
// ANCHOR_END: raw
