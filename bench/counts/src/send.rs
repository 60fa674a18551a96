//! `Client::send` over the backends.

use std::net::SocketAddr;
use std::sync::Arc;

use tcb_api::{Client, Platform, StaticToken};
use tcb_transport::{BaseUrl, HttpOptions, HyperTransport, ReqwestTransport, Transport};
use tcb_types::cloudbase_common::{CreateFunction, ListFunctions};
use tcb_types::{Clock as _, SystemClock};

use crate::drive::Caller;
use crate::{Result, bare, sample};

/// Sends `CreateFunction`.
#[derive(Clone, Debug)]
pub struct Sdk {
    client: Client,
    operation: CreateFunction,
}

impl Sdk {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, operation: sample::create_function() }
    }
}

impl Caller for Sdk {
    async fn call(&mut self) -> Result {
        self.client.send(&self.operation).await?;
        Ok(())
    }
}

/// Sends `ListFunctions`.
pub(crate) struct List {
    client: Client,
    operation: ListFunctions,
}

impl Caller for List {
    async fn call(&mut self) -> Result {
        let listed = self.client.send(&self.operation).await?;
        if listed.functions.len() == 100 { Ok(()) } else { Err("not a hundred functions".into()) }
    }
}

/// The call that is counted everywhere.
pub async fn one(server: SocketAddr, backend: &str, source: &str) -> Result<Sdk> {
    Ok(Sdk::new(client(transport(server, backend)?, source).await?))
}

/// An answer with a list.
pub(crate) async fn list(server: SocketAddr, backend: &str) -> Result<List> {
    let client = client(transport(server, backend)?, "static").await?;
    Ok(List { client, operation: ListFunctions::new("shop-prod-1a2b3c4d").limit(100) })
}

/// A backend that leads to `server`.
pub fn transport(server: SocketAddr, backend: &str) -> Result<Arc<dyn Transport>> {
    let base_url: BaseUrl = format!("http://{server}").parse()?;
    Ok(match backend {
        "hyper" => Arc::new(HyperTransport::new(HttpOptions::new(base_url))?),
        "reqwest" => {
            let builder = bare::reqwest::builder();
            Arc::new(ReqwestTransport::from_builder(builder, HttpOptions::new(base_url))?)
        }
        _ => return Err(format!("there is no backend {backend}").into()),
    })
}

async fn client(transport: Arc<dyn Transport>, source: &str) -> Result<Client> {
    match source {
        "static" => {
            Ok(Client::builder().token(StaticToken::new(sample::TOKEN)).transport(transport).build()?)
        }
        "authorizer" => {
            let platform = Platform::builder("wx_platform", "appsecret").transport(transport).build()?;
            platform.tokens().ticket("ticket@@@some_verify_ticket", SystemClock.wall()).await?;
            platform.tokens().restore(sample::APP_ID, "refreshtoken@@@abc").await?;
            Ok(platform.authorizer(sample::APP_ID))
        }
        _ => Err(format!("there is no token source {source}").into()),
    }
}
