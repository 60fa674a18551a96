use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use redis::{Cmd, Pipeline};
use tcb_auth::{Encoded, Loaded, StoreError, StoreTime, Subject, TokenKey, TokenStore, Version};
use tcb_types::{AuthorizerAppId, ComponentAppId};

use crate::check;
use crate::dial::one;
use crate::failure::RedisFailure;
use crate::keys::{self, Keys};
use crate::script::{Around, Script};
use crate::servers::Servers;
use crate::{RedisOptions, RedisWarning};

/// Keeps records in Redis, for processes on many machines. Cheap to clone; all clones share one
/// connection.
///
/// See the [crate documentation](crate) for what the server has to be like.
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
}

struct Shared {
    options: Arc<RedisOptions>,
    servers: Servers,
    load: Script,
    swap: Script,
}

impl RedisStore {
    /// Connects. A connection that breaks later is replaced automatically.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](tcb_auth::StoreErrorKind::Unavailable) when the server cannot be reached,
    /// [`Misconfigured`](tcb_auth::StoreErrorKind::Misconfigured) when it refuses user name and
    /// password, its certificate is not trusted, there is no tokio runtime, or the server is
    /// another machine that would be reached in clear text without
    /// [`allow_clear_text`](RedisOptions::allow_clear_text).
    pub async fn connect(options: RedisOptions) -> Result<Self, StoreError> {
        let options = Arc::new(options);
        let servers = Servers::new(&options);
        servers.connect().await?;
        let shared = Shared { options, servers, load: Script::load(), swap: Script::swap() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Checks whether the server is set up to keep refresh tokens, and to keep them to itself. Call
    /// it at the start and log what it returns; an empty list is good.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn check(&self) -> Result<Vec<RedisWarning>, StoreError> {
        let mut info = Pipeline::new();
        for section in ["persistence", "memory"] {
            info.cmd("INFO").arg(section);
        }
        let mut warnings = Vec::new();
        for sections in self.shared.servers.ask_all::<Vec<String>>(&info).await? {
            for warning in check::warnings(&sections.concat()) {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
        }
        warnings.extend(check::of_the_way(&self.shared.options));
        Ok(warnings)
    }

    fn keys(&self, key: &TokenKey) -> Keys {
        Keys::new(&self.shared.options.prefix, key)
    }

    fn index(&self, component: &ComponentAppId) -> String {
        keys::index(&self.shared.options.prefix, component)
    }

    /// Lists an account before it gets its first record: one that is listed and has no record is
    /// left out on reading, one that has a record and is not listed would never be found. Where all
    /// keys are on one server the command goes ahead of the record in one round trip.
    async fn list(&self, key: &TokenKey) -> Result<Option<Cmd>, StoreError> {
        let Some(app_id) = key.authorizer() else { return Ok(None) };
        let index = self.index(key.component());
        let mut add = Cmd::new();
        add.arg("ZADD").arg(&index).arg(0).arg(app_id.as_str());
        if self.is_one_server() {
            return Ok(Some(add));
        }
        let (_,): (i64,) = self.shared.servers.ask(&index, &one(add)).await?;
        Ok(None)
    }

    fn is_one_server(&self) -> bool {
        matches!(self.shared.servers, Servers::One(_)) && !self.shared.options.behind_proxy
    }

    /// The command that answers how many replicas have what was written ahead of it.
    fn wait(&self) -> Option<Cmd> {
        let options = &self.shared.options;
        let limit = u64::try_from(options.timeout.as_millis() / 2).unwrap_or(u64::MAX).max(1);
        let mut wait = Cmd::new();
        wait.arg("WAIT").arg(options.replicas).arg(limit);
        (options.replicas > 0).then_some(wait)
    }
}

/// What the load script answers.
type Held = (Option<u64>, Option<String>, Option<String>, Option<String>, Option<String>, u64, u64);

/// A moment that the store has written, or nothing.
fn moment(text: Option<&str>) -> Result<Option<StoreTime>, RedisFailure> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map(StoreTime::from_millis).map_err(|_| RedisFailure::NoRecord)).transpose()
}

#[async_trait]
impl TokenStore for RedisStore {
    async fn load(&self, key: &TokenKey) -> Result<Loaded, StoreError> {
        let shared = &*self.shared;
        let ((version, lasting, access_ends_at, ends_at, access, seconds, micros),): (Held,) =
            shared.load.run(&shared.servers, &self.keys(key), &[], &Around::default()).await?;
        let now = StoreTime::from_millis(seconds * 1000 + micros / 1000);
        let held = match (version, lasting) {
            (None, None) => None,
            (Some(version), Some(lasting)) => {
                // Earlier releases have not noted it here. The server knows it, and the access part
                // itself.
                let access_ends_at = moment(access_ends_at.as_deref())?.unwrap_or(now);
                let access = access.map(|access| (access.into(), access_ends_at));
                let ends_at = moment(ends_at.as_deref())?;
                Some((Version::from_u64(version), Encoded { lasting: lasting.into(), access, ends_at }))
            }
            _ => return Err(RedisFailure::NoRecord.into()),
        };
        Ok(Loaded { held, now })
    }

    async fn swap(
        &self,
        key: &TokenKey,
        expected: Option<Version>,
        record: &Encoded,
    ) -> Result<Option<Version>, StoreError> {
        // The moment is a number of Lua there, which is exact up to here.
        const LATEST: u64 = 1 << 53;
        let before = if expected.is_none() { self.list(key).await? } else { None };
        let millis = |time: &StoreTime| time.as_millis().min(LATEST).to_string();
        let (access, access_ends_at) = match &record.access {
            Some((access, end)) => (access.expose(), millis(end)),
            None => ("", String::new()),
        };
        let ends_at = record.ends_at.as_ref().map(millis).unwrap_or_default();
        let version = Version::random();
        let shared = &*self.shared;
        let arguments = [
            &expected.map(|version| version.to_u64().to_string()).unwrap_or_default(),
            &version.to_u64().to_string(),
            record.lasting.expose(),
            access,
            &access_ends_at,
            &ends_at,
        ];
        let around = Around { before, after: self.wait() };
        let answers: Vec<u32> =
            shared.swap.run(&shared.servers, &self.keys(key), &arguments, &around).await?;
        match answers[..] {
            [1, replicas] if replicas < shared.options.replicas => Err(RedisFailure::FewReplicas.into()),
            [1, ..] => Ok(Some(version)),
            _ => Ok(None),
        }
    }

    async fn authorizers(
        &self,
        component: &ComponentAppId,
        after: Option<&AuthorizerAppId>,
        limit: usize,
    ) -> Result<Vec<AuthorizerAppId>, StoreError> {
        const PAGE: usize = 1000;
        let index = self.index(component);
        let mut found = Vec::new();
        let mut from = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
        while found.len() < limit {
            let page = PAGE.min(limit - found.len());
            let mut range = Cmd::new();
            range.arg("ZRANGEBYLEX").arg(&index).arg(&from).arg("+").arg("LIMIT").arg(0).arg(page);
            let (listed,): (Vec<String>,) = self.shared.servers.ask(&index, &one(range)).await?;
            let Some(last) = listed.last() else { break };
            from = format!("({last}");
            let listed: Vec<_> = listed.into_iter().map(AuthorizerAppId::from).collect();
            let key = |app_id: &AuthorizerAppId| {
                self.keys(&TokenKey::new(component, Subject::Authorizer(app_id.clone()))).lasting
            };
            let existing = self.shared.servers.existing(listed.iter().map(key).collect()).await?;
            found.extend(listed.into_iter().filter(|app_id| existing.contains(&key(app_id))));
        }
        Ok(found)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("options", &self.shared.options).finish_non_exhaustive()
    }
}
