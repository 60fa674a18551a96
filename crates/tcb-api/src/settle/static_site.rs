use std::time::Duration;

use async_trait::async_trait;
use tcb_types::cloudbase_batch::{CreateStaticSite, CreateStaticSiteResponse, ListStaticSites};

use super::{Look, Probe, Settled, ask};
use crate::{Client, Error};

/// Hosting is open, or being opened, where a website is listed, whatever its state.
#[async_trait]
impl Probe for CreateStaticSite {
    async fn probe(
        &self,
        client: &Client,
        age: Duration,
    ) -> Result<Settled<CreateStaticSiteResponse>, Error> {
        let (answer, listed) = ask(client, ListStaticSites::new(&self.env), &["data", "Data"]).await?;
        let found = match (answer.sites.is_empty(), listed) {
            (false, _) => Look::Found,
            (true, true) => Look::Absent,
            (true, false) => Look::NoList,
        };
        Ok(found.settled(age, CreateStaticSiteResponse::default()))
    }
}
