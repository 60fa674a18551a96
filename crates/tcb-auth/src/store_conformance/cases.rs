//! The cases. Each gets a store of its own.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use tcb_types::{AuthorizerAppId, Clock, ComponentAppId, SystemClock};
use tokio::sync::Barrier;

use super::numbered::{access_of, number_of, numbered, record};
use crate::store::{Commit, Nonce};
use crate::{CodeDigest, Encoded, Loaded, Record, StoreTime, Subject, TokenKey, TokenStore, Version};

/// The store under test.
pub(super) type Store = Arc<dyn TokenStore>;

pub(super) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

type Case = fn(Store) -> Running;

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), |store| Box::pin($name(store)))),*]
    };
}

pub(super) const ALL: &[(&str, Case)] = cases![
    a_key_that_was_never_written_is_absent,
    a_record_is_created_only_where_there_is_none,
    a_record_is_replaced_only_at_its_version,
    every_write_brings_another_version,
    one_of_many_creators_wins,
    one_of_many_successors_wins,
    no_update_is_lost,
    both_parts_come_back_as_they_were,
    both_parts_are_of_one_write,
    an_access_part_goes_with_the_write_that_has_none,
    the_lasting_part_outlives_the_access_part,
    a_record_that_has_ended_is_not_there,
    an_end_is_that_of_the_last_write,
    codes_are_no_accounts,
    keys_with_odd_characters_are_apart,
    platforms_are_apart,
    accounts_come_in_order_and_in_pages,
    only_the_accounts_of_the_platform_are_listed,
    a_thousand_accounts_are_kept,
    a_swap_that_is_given_up_leaves_the_store_usable,
    the_time_does_not_go_back,
];

const COMPONENT: &str = "wx_platform";
const MANY: usize = 64;
const LIFE: Duration = Duration::from_secs(7200);

fn platform() -> TokenKey {
    TokenKey::new(COMPONENT, Subject::Platform)
}

fn account(app_id: &str) -> TokenKey {
    TokenKey::new(COMPONENT, Subject::Authorizer(app_id.into()))
}

fn code(code: &str) -> TokenKey {
    TokenKey::new(COMPONENT, Subject::Code(CodeDigest::of(&code.into())))
}

async fn now(store: &Store) -> StoreTime {
    store.load(&platform()).await.unwrap().now
}

async fn held(store: &Store, key: &TokenKey) -> Option<(Version, Encoded)> {
    store.load(key).await.unwrap().held
}

async fn number(store: &Store, key: &TokenKey) -> Option<u64> {
    number_of(&held(store, key).await?.1)
}

async fn create(store: &Store, key: &TokenKey, record: &Encoded) -> Version {
    store.swap(key, None, record).await.unwrap().expect("a first record is taken")
}

async fn listed(store: &Store, after: Option<&str>, limit: usize) -> Vec<String> {
    let after = after.map(AuthorizerAppId::from);
    let accounts = store.authorizers(&COMPONENT.into(), after.as_ref(), limit).await.unwrap();
    accounts.into_iter().map(AuthorizerAppId::into_string).collect()
}

/// What `count` tasks bring that run at the same time.
async fn together<T, Fut>(count: usize, task: impl Fn(usize, Arc<Barrier>) -> Fut) -> Vec<T>
where
    T: Send + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count).map(|one| tokio::spawn(task(one, start.clone()))).collect();
    let mut outcomes = Vec::with_capacity(count);
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

async fn a_key_that_was_never_written_is_absent(store: Store) {
    create(&store, &account("wx_other"), &numbered(1, now(&store).await)).await;
    assert!(held(&store, &account("wx_merchant")).await.is_none());
    assert!(held(&store, &platform()).await.is_none());
}

async fn a_record_is_created_only_where_there_is_none(store: Store) {
    let (key, now) = (account("wx_merchant"), now(&store).await);
    let version = create(&store, &key, &numbered(1, now)).await;
    let second = store.swap(&key, None, &numbered(2, now)).await.unwrap();
    assert_eq!(second, None, "a second record was created");
    assert_eq!(held(&store, &key).await, Some((version, numbered(1, now))));
}

async fn a_record_is_replaced_only_at_its_version(store: Store) {
    let (key, now) = (account("wx_merchant"), now(&store).await);
    let stranger = store.swap(&key, Some(Version::random()), &numbered(1, now)).await.unwrap();
    assert_eq!(stranger, None, "a record that was not there was replaced");
    assert!(held(&store, &key).await.is_none());

    let first = create(&store, &key, &numbered(1, now)).await;
    let second = store.swap(&key, Some(first), &numbered(2, now)).await.unwrap().unwrap();
    assert_eq!(held(&store, &key).await, Some((second, numbered(2, now))));

    let stale = store.swap(&key, Some(first), &numbered(3, now)).await.unwrap();
    assert_eq!(stale, None, "a record was replaced at a former version");
    assert_eq!(held(&store, &key).await, Some((second, numbered(2, now))));
}

async fn every_write_brings_another_version(store: Store) {
    let (key, now) = (account("wx_merchant"), now(&store).await);
    let mut version = create(&store, &key, &numbered(1, now)).await;
    let mut seen = HashSet::from([version]);
    for write in 0..100 {
        // The same text again and again, and back to the one before.
        let next = store.swap(&key, Some(version), &numbered(write / 2 % 2, now)).await.unwrap();
        version = next.expect("the version is the stored one");
        assert!(seen.insert(version), "write {write} brought a version again");
    }
}

/// A client of the lost store must not be able to overwrite what has come since.
pub(super) async fn a_store_that_starts_anew_repeats_no_version(one: Store, other: Store) {
    let mut seen = HashSet::new();
    for store in [one, other] {
        let (key, now) = (account("wx_merchant"), now(&store).await);
        let mut version = None;
        for write in 0..20 {
            version = store.swap(&key, version, &numbered(write, now)).await.unwrap();
            assert!(seen.insert(version.unwrap()), "write {write} brought a version again");
        }
    }
}

/// Two processes hold the same permit, by its number: the first one of before the loss. All that
/// the rules between them need has to come back from the store.
pub(super) async fn a_permit_of_before_a_loss_is_told_from_those_that_come_after(one: Store, other: Store) {
    const LEASE: Duration = Duration::from_secs(15);
    let key = account("wx_merchant");
    let mut permits = Vec::new();
    let mut records = Vec::new();
    for store in [&one, &other] {
        let now = now(store).await;
        let mut record = Record::default();
        record.restore(&"refresh-0".into(), None);
        permits.push(record.acquire(0, Nonce::random(), now, LEASE, 2 * LEASE).expect("nobody has it"));
        let version = create(store, &key, &record.encode().unwrap()).await;
        records.push((version, record));
    }
    for (number, (version, mut record)) in records.into_iter().enumerate() {
        let commit = Commit {
            token: format!("access-{number}").into(),
            left: LIFE,
            life: LIFE,
            refresh: Some((
                format!("refresh-{number}").into(),
                Some(format!("refresh-{}", number + 1).into()),
            )),
        };
        record.commit(permits[number], &commit, now(&other).await);
        let swapped = other.swap(&key, Some(version), &record.encode().unwrap()).await.unwrap();
        assert_eq!(swapped, None, "answer {number} was written over what is stored");
        let (version, held) = held(&other, &key).await.expect("it is stored");
        let mut record = Record::decode(&held).expect("it is a record");
        record.commit(permits[number], &commit, now(&other).await);
        other
            .swap(&key, Some(version), &record.encode().unwrap())
            .await
            .unwrap()
            .expect("nobody else writes");
    }
    let record = Record::decode(&held(&other, &key).await.unwrap().1).unwrap();
    let tokens = [record.refresh_token(), record.previous_refresh_token()];
    assert_eq!(tokens.map(|token| token.unwrap().expose()), ["refresh-2", "refresh-1"]);
    assert_eq!(record.access(now(&other).await).expect("it lives").token.expose(), "access-1");
    assert!(record.is_contested(), "which of the two is the newer one cannot be told");
}

async fn one_of_many_creators_wins(store: Store) {
    let (key, now) = (account("wx_merchant"), now(&store).await);
    let created = together(MANY, |one, start| {
        let (store, key) = (store.clone(), key.clone());
        async move {
            start.wait().await;
            store.swap(&key, None, &numbered(one as u64, now)).await.unwrap()
        }
    });
    the_winner_is_held(&store, &key, &created.await).await;
}

async fn one_of_many_successors_wins(store: Store) {
    let (key, now) = (account("wx_merchant"), now(&store).await);
    let first = create(&store, &key, &numbered(MANY as u64, now)).await;
    let replaced = together(MANY, |one, start| {
        let (store, key) = (store.clone(), key.clone());
        async move {
            start.wait().await;
            store.swap(&key, Some(first), &numbered(one as u64, now)).await.unwrap()
        }
    });
    the_winner_is_held(&store, &key, &replaced.await).await;
}

async fn the_winner_is_held(store: &Store, key: &TokenKey, outcomes: &[Option<Version>]) {
    let won = outcomes.iter().zip(0_u64..).filter_map(|(version, one)| version.map(|version| (version, one)));
    let winners: Vec<_> = won.collect();
    assert_eq!(winners.len(), 1, "not exactly one of {} swaps from one version won", outcomes.len());
    let (version, record) = held(store, key).await.unwrap();
    assert_eq!((version, number_of(&record)), (winners[0].0, Some(winners[0].1)));
}

async fn no_update_is_lost(store: Store) {
    const EACH: u64 = 4;
    let (key, now) = (account("wx_merchant"), now(&store).await);
    create(&store, &key, &numbered(0, now)).await;
    let replaced = together(MANY, |_, start| {
        let (store, key) = (store.clone(), key.clone());
        async move {
            start.wait().await;
            let mut replaced = Vec::new();
            while replaced.len() < usize::try_from(EACH).unwrap() {
                let (version, record) = held(&store, &key).await.unwrap();
                let next = numbered(number_of(&record).expect("both parts are of one write") + 1, now);
                if store.swap(&key, Some(version), &next).await.unwrap().is_some() {
                    replaced.push(version);
                }
            }
            replaced
        }
    });
    let replaced: Vec<Version> = replaced.await.concat();
    let different: HashSet<_> = replaced.iter().collect();
    assert_eq!(different.len(), replaced.len(), "two swaps won from one version");
    assert_eq!(number(&store, &key).await, Some(MANY as u64 * EACH), "updates were lost");
}

async fn both_parts_come_back_as_they_were(store: Store) {
    let now = now(&store).await;
    let long = "长期".repeat(700);
    assert!(long.len() > 4096);
    let texts = [
        "{}",
        "'",
        "\"",
        "\\",
        "'; DROP TABLE tokens; --",
        "\r\n\t",
        "\u{0}",
        "刷新🔑",
        "{}[]$%:",
        " ",
        &long,
    ];
    for (text, one) in texts.iter().zip(0..) {
        let written = [
            record(text, Some((text, LIFE)), now),
            record(text, None, now),
            Encoded { ends_at: Some(now.plus(LIFE)), ..record(text, Some((text, LIFE)), now) },
        ];
        for (written, form) in written.iter().zip(0..) {
            let key = account(&format!("wx_{one}_{form}"));
            let version = create(&store, &key, written).await;
            let (read_version, read) = held(&store, &key).await.unwrap();
            assert!(
                read == *written && read_version == version,
                "text {one}, form {form} came back otherwise"
            );
        }
    }
}

async fn both_parts_are_of_one_write(store: Store) {
    let (key, now) = (account("wx_merchant"), now(&store).await);
    create(&store, &key, &numbered(0, now)).await;
    together(8, |one, start| {
        let (store, key) = (store.clone(), key.clone());
        async move {
            start.wait().await;
            for _ in 0..20 {
                let (version, read) = held(&store, &key).await.unwrap();
                let number = number_of(&read).expect("a reader met parts of two writes");
                if one < 2 {
                    store.swap(&key, Some(version), &numbered(number + 1, now)).await.unwrap();
                }
            }
        }
    })
    .await;
    assert!(access_of(&held(&store, &key).await.unwrap().1).is_some(), "a living access token was dropped");
}

async fn an_access_part_goes_with_the_write_that_has_none(store: Store) {
    let (key, now) = (account("wx_merchant"), now(&store).await);
    let version = create(&store, &key, &numbered(1, now)).await;
    let without = record("lasting-2", None, now);
    store.swap(&key, Some(version), &without).await.unwrap().unwrap();
    let (_, read) = held(&store, &key).await.unwrap();
    assert!(read == without, "the access part of the write before is still there");
}

async fn the_lasting_part_outlives_the_access_part(store: Store) {
    let brief = Duration::from_millis(50);
    let now = now(&store).await;
    // One that ends soon, and one that has ended when it is written.
    let written =
        [now, StoreTime::from_millis(1)].map(|time| record("lasting-1", Some(("access-1", brief)), time));
    let keys = [account("wx_soon"), account("wx_past")];
    let mut versions = Vec::new();
    for (key, written) in keys.iter().zip(&written) {
        versions.push(create(&store, key, written).await);
    }
    wait(&store, now.plus(brief * 2)).await;
    for ((key, written), version) in keys.iter().zip(&written).zip(versions) {
        let (read_version, read) = held(&store, key).await.expect("the lasting part is there for good");
        assert_eq!(read_version, version, "an access part that ended is no write");
        assert!(read.lasting == written.lasting, "the lasting part has changed");
        let next = store.swap(key, Some(version), &numbered(2, now)).await.unwrap();
        assert!(next.is_some(), "a record whose access part has ended cannot be replaced");
    }
    assert_eq!(listed(&store, None, 10).await, ["wx_past", "wx_soon"]);
}

/// Waits until the store's time has come so far. A clock of the test's own may stand still; then
/// the answer is no.
async fn wait(store: &Store, until: StoreTime) -> bool {
    for _ in 0..50 {
        if now(store).await > until {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

async fn a_record_that_has_ended_is_not_there(store: Store) {
    let brief = Duration::from_millis(50);
    let now = now(&store).await;
    // One that ends soon, one that ends now, and one that had ended long before it was written.
    let ends = [now.plus(brief), now, StoreTime::from_millis(1)];
    let keys = ["soon", "now", "past"].map(code);
    let mut versions = Vec::new();
    for (key, end) in keys.iter().zip(ends) {
        versions.push(create(&store, key, &Encoded { ends_at: Some(end), ..numbered(1, now) }).await);
    }
    let skipped = usize::from(!wait(&store, now.plus(brief * 2)).await);
    for (key, version) in keys.iter().zip(versions).skip(skipped) {
        assert_eq!(held(&store, key).await, None, "{key} has ended");
        let late = store.swap(key, Some(version), &numbered(2, now)).await.unwrap();
        assert_eq!(late, None, "a record that had ended was replaced");
        let without = record("lasting-3", None, now);
        let version = create(&store, key, &without).await;
        assert_eq!(held(&store, key).await, Some((version, without)), "{key} was written anew");
    }
}

async fn an_end_is_that_of_the_last_write(store: Store) {
    // A store that has not written by then is asked again, with more time.
    for brief in [50, 200, 800, 3_200, 12_800].map(Duration::from_millis) {
        if ends_are_of_the_last_write(&store, brief).await {
            return;
        }
    }
    panic!("five records could not be written within 12 seconds");
}

/// Whether all was written before the end that is taken away came.
async fn ends_are_of_the_last_write(store: &Store, brief: Duration) -> bool {
    let now = now(store).await;
    let soon = now.plus(brief);
    let key = account(&format!("wx_{}", brief.as_millis()));
    let ends = [None, Some(soon), Some(now.plus(LIFE)), Some(soon), None];
    let (mut version, mut written) = (None, numbered(0, now));
    for (end, number) in ends.into_iter().zip(1..) {
        written = Encoded { ends_at: end, ..numbered(number, now) };
        version = store.swap(&key, version, &written).await.unwrap();
        let read = held(store, &key).await;
        if version.is_none() || read.is_none() {
            let has_come = self::now(store).await >= soon;
            assert!(has_come, "write {number} was refused, or is not there");
            return false;
        }
        assert_eq!(read, version.zip(Some(written.clone())), "write {number} is another one");
    }
    tokio::time::sleep(brief).await;
    wait(store, soon.plus(Duration::from_millis(50))).await;
    assert_eq!(held(store, &key).await, version.zip(Some(written)), "an end that was taken away has come");
    true
}

async fn codes_are_no_accounts(store: Store) {
    let now = now(&store).await;
    let code = code("queryauthcode@@@1");
    let Subject::Code(digest) = code.subject() else { unreachable!("the key of a code") };
    // An account's appid may be any text.
    let keys = [account(digest.as_str()), account("code"), code.clone(), platform()];
    for (key, number) in keys.iter().zip(0..) {
        create(&store, key, &numbered(number, now)).await;
    }
    for (key, expected) in keys.iter().zip(0..) {
        assert_eq!(number(&store, key).await, Some(expected), "{key:?} holds another key's record");
    }
    assert_eq!(listed(&store, None, 10).await, [digest.as_str(), "code"]);
}

async fn keys_with_odd_characters_are_apart(store: Store) {
    let texts = [
        "a", "A", "b", "a/b", "a:b", "a%b", "a%2Fb", "{a}", "{}", "a b", " a", "a ", "a'b", "a\"b", "a\\b",
        "a\nb", "a\u{0}b", "a*", "a?", "[ab]", "a_", "商户", "é", "e\u{301}", "🔑", "",
    ];
    let mut keys = Vec::new();
    for component in ["p", "p/a", "p:a", "p{a}", "{p", ""] {
        keys.push(TokenKey::new(component, Subject::Platform));
        keys.extend(texts.map(|text| TokenKey::new(component, Subject::Authorizer(text.into()))));
    }
    let now = now(&store).await;
    for (key, number) in keys.iter().zip(0..) {
        let created = store.swap(key, None, &numbered(number, now)).await.unwrap();
        assert!(created.is_some(), "{key:?} shares a record with a key before it");
    }
    for (key, expected) in keys.iter().zip(0..) {
        assert_eq!(number(&store, key).await, Some(expected), "{key:?} holds another key's record");
    }
    let mut accounts: Vec<_> = texts.into_iter().map(AuthorizerAppId::from).collect();
    accounts.sort();
    assert_eq!(store.authorizers(&"p".into(), None, 100).await.unwrap(), accounts);
}

async fn platforms_are_apart(store: Store) {
    let now = now(&store).await;
    let keys =
        ["wx_one", "wx_other"].map(|component| TokenKey::new(component, account("wx_m").subject().clone()));
    let version = create(&store, &keys[0], &numbered(1, now)).await;
    create(&store, &keys[1], &numbered(2, now)).await;
    store.swap(&keys[0], Some(version), &numbered(3, now)).await.unwrap().unwrap();
    assert_eq!(number(&store, &keys[0]).await, Some(3));
    assert_eq!(number(&store, &keys[1]).await, Some(2));
}

async fn accounts_come_in_order_and_in_pages(store: Store) {
    let now = now(&store).await;
    assert!(listed(&store, None, 10).await.is_empty());
    for app_id in ["wx9", "wxb", "wxB", "wx", "wx10", "wxé", "wx_"] {
        create(&store, &account(app_id), &numbered(1, now)).await;
    }
    let in_order = ["wx", "wx10", "wx9", "wxB", "wx_", "wxb", "wxé"];
    assert_eq!(listed(&store, None, 7).await, in_order, "not in the order of the bytes");
    assert_eq!(listed(&store, None, usize::MAX).await, in_order);
    assert_eq!(listed(&store, None, 3).await, in_order[..3]);
    assert_eq!(listed(&store, Some("wx9"), 3).await, in_order[3..6]);
    assert_eq!(listed(&store, Some("wx5"), 2).await, in_order[2..4], "behind an account that is not there");
    assert!(listed(&store, Some("wxé"), 3).await.is_empty());
    assert!(listed(&store, None, 0).await.is_empty());
}

async fn only_the_accounts_of_the_platform_are_listed(store: Store) {
    let now = now(&store).await;
    for key in [
        platform(),
        account("wx_merchant"),
        TokenKey::new("wx_platform2", Subject::Authorizer("wx_of_another".into())),
        TokenKey::new("wx_platfor", Subject::Authorizer("wx_of_a_third".into())),
    ] {
        create(&store, &key, &numbered(1, now)).await;
    }
    assert_eq!(listed(&store, None, 10).await, ["wx_merchant"]);
    assert!(store.authorizers(&ComponentAppId::from("wx_unknown"), None, 10).await.unwrap().is_empty());
}

async fn a_thousand_accounts_are_kept(store: Store) {
    const TASKS: usize = 8;
    let now = now(&store).await;
    let app_id = |number: u64| format!("wx{number:04}");
    together(TASKS, |one, _| {
        let store = store.clone();
        async move {
            for number in (one as u64..1000).step_by(TASKS) {
                create(&store, &account(&app_id(number)), &numbered(number, now)).await;
            }
        }
    })
    .await;
    let mut seen = Vec::new();
    for size in [300, 300, 300, 100, 0] {
        let page = listed(&store, seen.last().map(String::as_str), 300).await;
        assert_eq!(page.len(), size);
        seen.extend(page);
    }
    assert_eq!(seen, (0..1000).map(app_id).collect::<Vec<_>>());
    for expected in (0..1000).step_by(37) {
        assert_eq!(number(&store, &account(&app_id(expected))).await, Some(expected));
    }
}

async fn a_swap_that_is_given_up_leaves_the_store_usable(store: Store) {
    let (key, now) = (account("wx_merchant"), now(&store).await);
    create(&store, &key, &numbered(0, now)).await;
    for round in 0..20_u64 {
        let (version, _) = held(&store, &key).await.unwrap();
        let given_up = numbered(1000 + round, now);
        let mut swap = store.swap(&key, Some(version), &given_up);
        for _ in 0..round % 4 {
            if swap.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(swap);
        // It may be written later, but then the next attempt sees it.
        let mut attempts = 0..100;
        while attempts.next().is_some() {
            let (version, _) = held(&store, &key).await.unwrap();
            if store.swap(&key, Some(version), &numbered(round, now)).await.unwrap().is_some() {
                break;
            }
        }
        assert_eq!(number(&store, &key).await, Some(round), "what was given up came after its successor");
    }
}

async fn the_time_does_not_go_back(store: Store) {
    let key = account("wx_merchant");
    let mut before = now(&store).await;
    assert!(before > StoreTime::default(), "an empty store has a time too");
    for write in 0..50 {
        let Loaded { held, now } = store.load(&key).await.unwrap();
        assert!(now >= before, "the time went back by {} ms", before.as_millis() - now.as_millis());
        before = now;
        store.swap(&key, held.map(|(version, _)| version), &numbered(write, now)).await.unwrap();
    }
}

pub(super) async fn the_time_is_that_of_the_machine(store: Store) {
    let time = now(&store).await.as_millis();
    let here = StoreTime::from(SystemClock.wall()).as_millis();
    assert!(
        time.abs_diff(here) <= 60_000,
        "the store's time is {} ms from the machine's",
        time.abs_diff(here)
    );
}
