use std::time::Duration;

use async_trait::async_trait;
use tcb_types::cloudbase_common::{CreateFunction, CreateFunctionResponse, ListFunctions};

use super::{Probe, Settled, absent};
use crate::{Client, Error};

/// A function is found by its name, which is unique in its environment.
#[async_trait]
impl Probe for CreateFunction {
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<CreateFunctionResponse>, Error> {
        const PAGE: u32 = 100;
        let mut seen = 0;
        loop {
            let list = ListFunctions::new(&self.env).limit(PAGE).offset(seen);
            let page = client.send(list).await?;
            if page.functions.iter().any(|function| function.name.as_ref() == Some(&self.name)) {
                return Ok(Settled::Landed(CreateFunctionResponse::default()));
            }
            let listed = u64::try_from(page.functions.len()).unwrap_or(u64::MAX);
            seen = seen.saturating_add(listed);
            // Without a total a short page is the last one; the service may cap pages below what was asked for.
            let more = page.total_count.map_or(listed >= u64::from(PAGE), |total| seen < total);
            if listed == 0 || !more {
                return Ok(absent(age));
            }
        }
    }
}
