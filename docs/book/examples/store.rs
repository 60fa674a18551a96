use std::path::Path;

use tcb_api::Platform;
use tcb_api::auth::Cipher;
use tcb_store_sqlite::SqliteStore;

pub(crate) fn with_store(file: &Path) -> Result<Platform, Box<dyn std::error::Error>> {
    // ANCHOR: store
    let platform = Platform::builder("wx_platform", "appsecret").store(SqliteStore::open(file)?).build()?;
    // ANCHOR_END: store
    Ok(platform)
}

pub(crate) fn with_cipher(
    file: &Path,
    key_2026: &str,
    key_2025: &str,
) -> Result<Platform, Box<dyn std::error::Error>> {
    let store = SqliteStore::open(file)?;
    // ANCHOR: cipher
    let cipher = Cipher::new("2026", key_2026)?.also_reads("2025", key_2025)?;
    let platform = Platform::builder("wx_platform", "appsecret").store(store).cipher(cipher).build()?;
    // ANCHOR_END: cipher
    Ok(platform)
}
