use std::time::Duration;

use async_trait::async_trait;
use tcb_types::{cloudbase_batch, cloudbase_common};

use super::{Probe, Settled, look};
use crate::{Client, Error};

/// A collection is found by its name, which is unique in its environment.
#[async_trait]
impl Probe for cloudbase_common::CreateCollection {
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<Self::Response>, Error> {
        let list = cloudbase_common::ListCollections::new(&self.env);
        let found = look(client, list, "collections", |found| found.name == self.name).await?;
        Ok(found.settled(age, cloudbase_common::CreateCollectionResponse::Created))
    }
}

/// As in ordinary mode.
#[async_trait]
impl Probe for cloudbase_batch::CreateCollection {
    async fn probe(&self, client: &Client, age: Duration) -> Result<Settled<Self::Response>, Error> {
        let list = cloudbase_batch::ListCollections::new(&self.env);
        let found = look(client, list, "collections", |found| found.name == self.collection).await?;
        Ok(found.settled(age, cloudbase_batch::CreateCollectionResponse::Created))
    }
}
