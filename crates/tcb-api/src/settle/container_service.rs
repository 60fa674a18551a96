use std::time::Duration;

use async_trait::async_trait;
use tcb_types::cloudbase_batch::{
    CreateContainerService, CreateContainerServiceResponse, ListContainerServices,
};

use super::{Probe, Settled, look};
use crate::{Client, Error};

/// A service is found by its name, which is unique in its environment.
#[async_trait]
impl Probe for CreateContainerService {
    async fn probe(
        &self,
        client: &Client,
        age: Duration,
    ) -> Result<Settled<CreateContainerServiceResponse>, Error> {
        let list = ListContainerServices::new(&self.env);
        let found = look(client, list, "cslist", |found| found.name == self.service).await?;
        Ok(found.settled(age, CreateContainerServiceResponse::default()))
    }
}
