//! The store of a live service, which the commands share.

use std::fs;
use std::time::Duration;

use tcb_api::Platform;
use tcb_api::types::cloudbase_common::ListEnvs;
use tcb_auth::{Cipher, TokenStore};
use tcb_emulator::Emulator;
use tcb_store_redis::{RedisOptions, RedisStore};
use tcb_store_sqlite::SqliteStore;
use tcb_test_kit::redis::RedisServer;
use tcb_types::AuthorizerAppId;
use tempfile::TempDir;

use crate::support::{owner_only, run};

/// A service that keeps the tokens of its platform in a file. It has fetched none yet.
pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    pub(crate) merchant: AuthorizerAppId,
    platform: Platform,
    folder: TempDir,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("tokens.db")).unwrap();
        Self::over(store, folder, None).await
    }

    async fn over(store: impl TokenStore + 'static, folder: TempDir, cipher: Option<Cipher>) -> Self {
        let emulator = Emulator::start().await.unwrap();
        let component = emulator.component().clone();
        let mut merchants = emulator.seed_open_merchants(&component.app_id, 1, [18, 49]).unwrap();
        let (merchant, refresh_token) = merchants.pop().unwrap();
        let base_url = emulator.base_url().parse().unwrap();
        let platform = Platform::builder(&component.app_id, component.secret.clone()).base_url(base_url);
        let platform = match cipher {
            Some(cipher) => platform.cipher(cipher),
            None => platform,
        };
        let platform = platform.store(store).build().unwrap();
        let ticket = emulator.ticket(&component.app_id).unwrap();
        platform.tokens().ticket(ticket, emulator.now()).await.unwrap();
        platform.tokens().restore(&merchant, refresh_token).await.unwrap();
        Self { emulator, merchant, platform, folder }
    }

    pub(crate) fn file(&self) -> String {
        self.folder.path().join("tokens.db").to_str().unwrap().to_owned()
    }

    /// What a command needs beside a store.
    pub(crate) fn env(&self) -> [(&str, &str); 4] {
        let component = self.emulator.component();
        [
            ("TCBCTL_BASE_URL", self.emulator.base_url()),
            ("TCBCTL_COMPONENT_APPID", component.app_id.as_str()),
            ("TCBCTL_COMPONENT_APPSECRET", component.secret.expose()),
            ("TCBCTL_AUTHORIZER_APPID", self.merchant.as_str()),
        ]
    }

    /// Runs commands beside the service, and then the service goes on: both with one token each of
    /// platform and merchant.
    async fn shares_its_tokens_with_commands(&self, store: &[(&str, &str)]) {
        let env = [&self.env()[..], store].concat();
        // Where used refresh tokens and replaced tokens die at once, a second installation would be
        // noticed.
        self.emulator.assume("A-008", "strict").unwrap();
        self.emulator.set_overlap(Duration::ZERO);
        let own = format!("component_appid={}", self.emulator.component().app_id);
        for args in [&["cloud", "open"][..], &["call", "getEnvInfo"], &["call", "getPreAuthCode", "-f", &own]]
        {
            let done = run(&env, args);
            assert_eq!(done.exit, 0, "{done:?}");
            assert!(!done.stderr.contains("warning"), "{done:?}");
            self.platform.authorizer(&self.merchant).send(ListEnvs::new()).await.unwrap();
        }
        assert_eq!(self.emulator.total_mints(), 2, "one of the platform and one of the merchant");
        self.emulator.assert_clean();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_share_the_tokens_of_a_service_in_a_file() {
    let service = Service::start().await;
    service.shares_its_tokens_with_commands(&[("TCBCTL_STORE", &service.file())]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_share_an_encrypted_store_with_its_keys_and_do_not_touch_it_without() {
    let (old, new) =
        ("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=", "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=");
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tokens.db")).unwrap();
    let service = Service::over(store, folder, Some(Cipher::new("old", old).unwrap())).await;
    let file = service.file();
    let with = |keys: &str| {
        let env =
            [&service.env()[..], &[("TCBCTL_STORE", file.as_str()), ("TCBCTL_STORE_KEYS", keys)]].concat();
        run(&env, &["cloud", "open"])
    };
    for keys in ["", &format!("new:{new}"), new, "old:canary", &format!("old:{old},old:{new}")] {
        let refused = with(keys);
        assert_ne!(refused.exit, 0, "{refused:?}");
        assert!(refused.stderr.contains("TCBCTL_STORE_KEYS"), "{refused:?}");
        assert!(![new, old, "canary"].iter().any(|key| refused.stderr.contains(key)), "{refused:?}");
    }
    assert_eq!(service.emulator.total_mints(), 0);
    let keys = format!("old:{old}, new:{new}");
    service.shares_its_tokens_with_commands(&[("TCBCTL_STORE", &file), ("TCBCTL_STORE_KEYS", &keys)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_share_the_tokens_of_a_service_in_redis() {
    let Some(redis) = RedisServer::for_test(&["--requirepass", "canary"]) else { return };
    let url = format!("redis://:canary@127.0.0.1:{}", redis.port());
    let store = RedisStore::connect(RedisOptions::new(&url).unwrap()).await.unwrap();
    let service = Service::over(store, tempfile::tempdir().unwrap(), None).await;
    let path = service.folder.path().join("url");
    fs::write(&path, url).unwrap();
    owner_only(&path);
    service.shares_its_tokens_with_commands(&[("TCBCTL_STORE_FILE", path.to_str().unwrap())]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_a_command_says_that_it_is_a_second_installation() {
    let service = Service::start().await;
    let ticket = service.emulator.ticket(&service.emulator.component().app_id).unwrap();
    let env = [&service.env()[..], &[("TCBCTL_TICKET", ticket.expose())]].concat();
    let done = run(&env, &["cloud", "open"]);
    assert_eq!(done.exit, 0, "{done:?}");
    assert!(done.stderr.starts_with("warning: this command fetches tokens of its own"), "{done:?}");
    assert!(done.stderr.contains("\nhint: set TCBCTL_STORE"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_not_there_is_not_made() {
    let service = Service::start().await;
    let missing = service.folder.path().join("other.db");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("redis://:canary@127.0.0.1:{port}");
    for place in [missing.to_str().unwrap(), &nobody, "redis://:canary@"] {
        let env = [&service.env()[..], &[("TCBCTL_STORE", place)]].concat();
        let refused = run(&env, &["cloud", "open"]);
        assert_eq!((refused.exit, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains("TCBCTL_STORE") && !refused.stderr.contains("canary"), "{refused:?}");
    }
    assert!(!missing.exists());
    assert_eq!(service.emulator.total_mints(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_holds_is_not_given_beside_it() {
    let service = Service::start().await;
    for name in ["TCBCTL_TICKET", "TCBCTL_REFRESH_TOKEN"] {
        let file = service.file();
        let env = [&service.env()[..], &[("TCBCTL_STORE", file.as_str()), (name, "canary")]].concat();
        let refused = run(&env, &["cloud", "open"]);
        assert_eq!(refused.exit, 2, "{refused:?}");
        assert!(refused.stderr.contains(name) && !refused.stderr.contains("canary"), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_account_is_put_back_into_the_store() {
    let service = Service::start().await;
    let other =
        service.emulator.seed_open_merchants(&service.emulator.component().app_id, 1, [18, 49]).unwrap();
    let (lost, _) = other.into_iter().next().unwrap();
    let file = service.file();
    let env = [&service.env()[..], &[("TCBCTL_STORE", file.as_str())]].concat();
    for outcome in ["restored", "kept"] {
        let restored = run(&env, &["auth", "restore", lost.as_str(), "-o", "json"]);
        assert_eq!((restored.exit, &restored.json()["outcome"]), (0, &outcome.into()), "{restored:?}");
    }
    let reconciled = run(&env, &["auth", "reconcile", "-o", "json"]);
    assert_eq!((reconciled.exit, &reconciled.json()["listed"]), (0, &2.into()), "{reconciled:?}");
    let doctor = run(&env, &["doctor", "-o", "json"]).json();
    let sets = doctor["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&sets["check"], &sets["outcome"]), (&"permission_sets".into(), &"ok".into()), "{doctor}");
    assert!(sets["detail"].as_str().unwrap().contains("49 小程序云开发管理"), "{doctor}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_of_a_store_that_others_can_read_and_closes_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let service = Service::start().await;
    let file = service.file();
    let env = [&service.env()[..], &[("TCBCTL_STORE", file.as_str())]].concat();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let told = run(&env, &["doctor"]);
    assert_eq!(told.exit, 2, "{told:?}");
    assert!(told.stdout.contains(&format!("open to other users: {file}")), "{told:?}");
    assert!(told.stderr.ends_with(&format!("hint: chmod 600 {file}\n")), "{told:?}");
    let closed = run(&env, &["doctor", "--fix"]);
    assert_eq!(closed.exit, 0, "{closed:?}");
    assert_eq!(closed.stderr.lines().next().unwrap(), format!("chmod 600 {file}"), "{closed:?}");
}
