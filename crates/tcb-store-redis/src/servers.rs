//! Those who keep the records: one server, or the nodes of a cluster.

use std::collections::HashSet;
use std::sync::Arc;

use redis::{FromRedisValue, Pipeline};

use crate::RedisOptions;
use crate::cluster::Cluster;
use crate::connection::{Connection, Whom};
use crate::failure::RedisFailure;
use crate::options;

pub(crate) enum Servers {
    One(Connection),
    Cluster(Cluster),
}

impl Servers {
    pub(crate) fn new(options: &Arc<RedisOptions>) -> Self {
        let whom = match &options.servers {
            options::Servers::One(place) => Whom::Server(place.clone()),
            options::Servers::Master(master, sentinels) => Whom::Master(master.clone(), sentinels.clone()),
            options::Servers::Cluster(like, seeds) => {
                return Self::Cluster(Cluster::new(options.clone(), like.clone(), seeds.clone()));
            }
        };
        Self::One(Connection::new(options.clone(), whom))
    }

    pub(crate) async fn connect(&self) -> Result<(), RedisFailure> {
        match self {
            Self::One(connection) => connection.connect().await,
            Self::Cluster(cluster) => cluster.connect().await,
        }
    }

    /// Sends commands about `key` and reads the answers, in their order. They may be carried out
    /// twice.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        key: &str,
        commands: &Pipeline,
    ) -> Result<T, RedisFailure> {
        match self {
            Self::One(connection) => connection.ask(commands).await,
            Self::Cluster(cluster) => cluster.ask(key, commands).await,
        }
    }

    /// Asks all servers.
    pub(crate) async fn ask_all<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<Vec<T>, RedisFailure> {
        match self {
            Self::One(connection) => Ok(vec![connection.ask(commands).await?]),
            Self::Cluster(cluster) => cluster.ask_all(commands).await,
        }
    }

    /// Those of `keys` that there are.
    pub(crate) async fn existing(&self, keys: Vec<String>) -> Result<HashSet<String>, RedisFailure> {
        let groups = match self {
            Self::One(_) => vec![keys],
            Self::Cluster(cluster) => cluster.together(keys).await?,
        };
        let mut existing = HashSet::new();
        for group in groups {
            let found = match self.exist(&group).await {
                // Some of them are on their way to another node.
                Err(failure) if failure.is_code("TRYAGAIN") => {
                    let mut found = Vec::new();
                    for key in &group {
                        found.extend(self.exist(std::slice::from_ref(key)).await?);
                    }
                    found
                }
                found => found?,
            };
            existing.extend(group.into_iter().zip(found).filter(|(_, exists)| *exists).map(|(key, _)| key));
        }
        Ok(existing)
    }

    async fn exist(&self, keys: &[String]) -> Result<Vec<bool>, RedisFailure> {
        let Some(first) = keys.first() else { return Ok(Vec::new()) };
        let mut exist = Pipeline::new();
        for key in keys {
            exist.cmd("EXISTS").arg(key);
        }
        self.ask(first, &exist).await
    }
}
