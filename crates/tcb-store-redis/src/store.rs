use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use redis::{Cmd, Pipeline};
use tcb_auth::{Encoded, Loaded, StoreError, StoreTime, Subject, TokenKey, TokenStore, Version};
use tcb_types::{AuthorizerAppId, ComponentAppId};

use crate::check;
use crate::connection::{Commands, Connection};
use crate::failure::RedisFailure;
use crate::keys::{self, Keys};
use crate::script::Script;
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
    connection: Connection,
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
        if options.is_clear_text() && !options.clear_text_allowed {
            return Err(RedisFailure::Option(
                "redis is on another machine and would be spoken to in clear text: use rediss:// (feature `tls`), or RedisOptions::allow_clear_text",
            )
            .into());
        }
        let connection = Connection::new(options);
        connection.connect().await?;
        let shared = Shared { connection, load: Script::load(), swap: Script::swap() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Checks whether the server is set up to keep refresh tokens, and to keep them to itself. Call
    /// it at the start and log what it returns; an empty list is good.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn check(&self) -> Result<Vec<RedisWarning>, StoreError> {
        let mut info = String::new();
        for section in ["persistence", "memory"] {
            info += &self.ask::<String>(Cmd::new().arg("INFO").arg(section)).await?;
        }
        let mut warnings = check::warnings(&info);
        warnings.extend(check::of_the_way(self.shared.connection.options()));
        Ok(warnings)
    }

    async fn ask<T: redis::FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        Ok(self.shared.connection.ask(Commands::One(command)).await?)
    }

    fn keys(&self, key: &TokenKey) -> Keys {
        Keys::new(&self.shared.connection.options().prefix, key)
    }

    fn index(&self, component: &ComponentAppId) -> String {
        keys::index(&self.shared.connection.options().prefix, component)
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
        let (version, lasting, access_ends_at, ends_at, access, seconds, micros): Held =
            shared.load.run(&shared.connection, &self.keys(key), &[]).await?;
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
        if expected.is_none()
            && let Some(app_id) = key.authorizer()
        {
            // The index is on another node of a cluster, where the script cannot reach. So it comes
            // first: an account that is listed and has no record is left out on reading, one that
            // has a record and is not listed would never be found.
            let index = self.index(key.component());
            self.ask::<i64>(Cmd::new().arg("ZADD").arg(index).arg(0).arg(app_id.as_str())).await?;
        }
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
        let written: u8 = shared.swap.run(&shared.connection, &self.keys(key), &arguments).await?;
        Ok((written == 1).then_some(version))
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
            let listed: Vec<String> = self.ask(&range).await?;
            let Some(last) = listed.last() else { break };
            from = format!("({last}");
            let listed: Vec<_> = listed.into_iter().map(AuthorizerAppId::from).collect();
            let mut exist = Pipeline::new();
            for app_id in &listed {
                let key = TokenKey::new(component, Subject::Authorizer(app_id.clone()));
                exist.cmd("EXISTS").arg(self.keys(&key).lasting);
            }
            let exist: Vec<bool> = self.shared.connection.ask(Commands::Several(&exist)).await?;
            found.extend(
                listed.into_iter().zip(exist).filter(|(_, exists)| *exists).map(|(app_id, _)| app_id),
            );
        }
        Ok(found)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("options", self.shared.connection.options())
            .finish_non_exhaustive()
    }
}
