use std::time::Duration;

use async_trait::async_trait;
use tcb_types::cloudbase_common::{CreateFunction, CreateFunctionResponse, ListFunctions};

use super::{Probe, Settled, absent};
use crate::{Client, Error};

/// A function is found by its name, which is unique in its environment.
#[async_trait]
impl Probe for CreateFunction {
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<CreateFunctionResponse>, Error> {
        let mut functions = client.stream(ListFunctions::new(&self.env));
        while let Some(function) = functions.next().await {
            if function?.name.as_ref() == Some(&self.name) {
                return Ok(Settled::Landed(CreateFunctionResponse::default()));
            }
        }
        Ok(absent(age))
    }
}
