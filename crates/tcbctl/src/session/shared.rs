//! The tokens of a live service, out of its store.

use std::path::Path;
use std::sync::Arc;

use tcb_api::Platform;
use tcb_auth::{Cipher, StoreError, TokenStore};
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_store_sqlite::SqliteStore;
use tcb_transport::Transport;
use tcb_types::{ComponentAppId, ComponentSecret, Secret};

use crate::failure::Failure;
use crate::language::say;
use crate::settings::key::{STORE, STORE_KEYS};
use crate::settings::secret::{files_of_store, is_open};
use crate::words::told_as;

/// How an address begins that is no path.
const REDIS: [&str; 4] = ["redis://", "rediss://", "valkey://", "valkeys://"];

/// A platform over the store at `place`, which is encrypted if there are keys.
pub(super) async fn platform(
    app_id: ComponentAppId,
    secret: ComponentSecret,
    place: &Secret,
    keys: Option<&Secret>,
    wire: Arc<dyn Transport>,
) -> Result<Platform, Box<Failure>> {
    let mut platform = Platform::builder(app_id, secret).transport(wire).store(open(place).await?);
    if let Some(keys) = keys {
        platform = platform.cipher(cipher(keys)?);
    }
    platform.build().map_err(|error| Failure::config(error.to_string()))
}

/// `id:key` and further ones after commas. It writes with the first, as the service does.
fn cipher(keys: &Secret) -> Result<Cipher, Box<Failure>> {
    let mut cipher: Option<Cipher> = None;
    for key in keys.expose().split(',') {
        let Some((id, key)) = key.trim().split_once(':') else {
            let name = STORE_KEYS.variable;
            return Err(Failure::config(say!(
                "{name}: a key stands there without an id",
                "{name}：其中一个密钥没有 id"
            ))
            .hint(say!(
                "give ID:KEY, the one to write with first, further ones after commas",
                "写作 ID:KEY，写入用的放最前，其余以逗号分隔"
            )));
        };
        let added = match cipher {
            None => Cipher::new(id, key),
            Some(cipher) => cipher.also_reads(id, key),
        };
        cipher = Some(added.map_err(|error| unusable(STORE_KEYS.variable, &error))?);
    }
    cipher.ok_or_else(|| Failure::config(say!("{name} is empty", "{name} 为空", name = STORE_KEYS.variable)))
}

async fn open(place: &Secret) -> Result<Arc<dyn TokenStore>, Box<Failure>> {
    let place = place.expose();
    if REDIS.iter().any(|scheme| place.starts_with(scheme)) || place.starts_with("unix://") {
        let options = RedisOptions::new(place).map_err(|error| unusable(STORE.variable, &error))?;
        return Ok(Arc::new(
            RedisStore::connect(options).await.map_err(|error| unusable(STORE.variable, &error))?,
        ));
    }
    // Opening makes the file, and an empty store is nobody's.
    if !Path::new(place).exists() {
        let name = STORE.variable;
        return Err(Failure::config(say!("{name}: there is no file {place}", "{name}：没有文件 {place}")));
    }
    check_readers(place)?;
    Ok(Arc::new(SqliteStore::open(place).map_err(|error| unusable(STORE.variable, &error))?))
}

/// The store refuses files that others can read. Which they are and how to close them is better
/// said here.
fn check_readers(place: &str) -> Result<(), Box<Failure>> {
    let open = files_of_store(place).filter(|path| is_open(path));
    let open: Vec<String> = open.map(|path| path.display().to_string()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let (name, files) = (STORE.variable, open.join(" "));
    Err(Failure::config(say!("{name}: open to other users: {files}", "{name}：其他用户可以读取：{files}"))
        .hint(format!("chmod 600 {files}")))
}

fn unusable(setting: &str, error: &StoreError) -> Box<Failure> {
    let failure =
        Failure::config(say!("{setting}: {why}", "{setting}：{why}", why = told_as(error, "令牌存储不可用")));
    match std::error::Error::source(error) {
        Some(cause) => failure.why(cause.to_string()),
        None => failure,
    }
}
