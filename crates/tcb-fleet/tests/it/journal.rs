//! What every journal has to do.

use std::sync::Arc;

use tcb_fleet::{Entry, Journal, MemoryJournal, SqliteJournal, Swap, Table, Version};

fn swap(key: &str, expected: Option<Version>, body: &str, events: &[&str]) -> Swap {
    let entry = |event: &&str| {
        let mut entry = Entry::default();
        (entry.merchant, entry.event, entry.at) = (key.to_owned(), (*event).to_owned(), 7);
        entry.rid = Some("rid".to_owned());
        entry
    };
    let entries = events.iter().map(entry).collect();
    Swap { table: Table::Merchant, key: key.to_owned(), expected, body: body.as_bytes().into(), entries }
}

async fn conforms(journal: impl Journal + 'static) {
    let journal: Arc<dyn Journal> = Arc::new(journal);
    assert_eq!(journal.load(Table::Merchant, "a").await.unwrap(), None);
    let first = journal.swap(swap("a", None, "1", &["one", "two"])).await.unwrap().unwrap();
    assert_eq!(journal.swap(swap("a", None, "2", &["lost"])).await.unwrap(), None, "it is there");
    let second = journal.swap(swap("a", Some(first), "2", &["three"])).await.unwrap().unwrap();
    assert!(second > first);
    assert_eq!(journal.swap(swap("a", Some(first), "3", &["lost"])).await.unwrap(), None, "it has moved on");
    assert_eq!(journal.swap(swap("b", Some(first), "3", &["lost"])).await.unwrap(), None, "there is none");
    let (version, body) = journal.load(Table::Merchant, "a").await.unwrap().unwrap();
    assert_eq!((version, &*body), (second, &b"2"[..]));
    // The same key of another kind is another record.
    assert_eq!(journal.load(Table::Package, "a").await.unwrap(), None);
    let blob = Swap { table: Table::Package, body: (0..=255).collect(), ..swap("a", None, "", &[]) };
    journal.swap(blob).await.unwrap().unwrap();
    assert_eq!(journal.load(Table::Package, "a").await.unwrap().unwrap().1.len(), 256);
    journal.swap(swap("b", None, "b", &["other"])).await.unwrap().unwrap();
    let mut keys: Vec<_> = journal.list(Table::Merchant).await.unwrap().into_iter().map(|it| it.0).collect();
    keys.sort();
    assert_eq!(keys, ["a", "b"]);
    let events = |entries: Vec<Entry>| entries.into_iter().map(|it| it.event).collect::<Vec<_>>();
    assert_eq!(events(journal.entries(Some("a"), 10).await.unwrap()), ["one", "two", "three"]);
    assert_eq!(events(journal.entries(None, 2).await.unwrap()), ["three", "other"]);
    let last = journal.entries(Some("b"), 1).await.unwrap().remove(0);
    assert_eq!(last, swap("b", None, "", &["other"]).entries[0]);

    // What happened may repeat a text of WeChat's, whatever is in it.
    let said = r#"it said "\u0000" \"#;
    let mut odd = swap("d", None, "", &["odd"]);
    said.clone_into(&mut odd.entries[0].what);
    odd.entries[0].rid = Some("zero\0".to_owned());
    journal.swap(odd).await.unwrap().unwrap();
    assert_eq!(journal.entries(Some("d"), 1).await.unwrap()[0].what, said);

    // Of those who swap at once, one is first.
    let mut all = tokio::task::JoinSet::new();
    for number in 0..50 {
        let journal = Arc::clone(&journal);
        all.spawn(async move { journal.swap(swap("c", None, &number.to_string(), &["c"])).await.unwrap() });
    }
    assert_eq!(all.join_all().await.into_iter().flatten().count(), 1);
    assert_eq!(journal.entries(Some("c"), 100).await.unwrap().len(), 1);
}

#[tokio::test]
async fn memory_conforms() {
    conforms(MemoryJournal::default()).await;
}

#[tokio::test]
async fn sqlite_conforms() {
    let folder = tempfile::tempdir().unwrap();
    conforms(SqliteJournal::open(folder.path().join("fleet.db")).unwrap()).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_conforms() {
    let Some(server) = tcb_test_kit::postgres::PostgresServer::for_test(&[]) else { return };
    let journal = tcb_fleet::PostgresJournal::connect(&server.url()).await.unwrap();
    conforms(journal).await;
    let again = tcb_fleet::PostgresJournal::connect(&server.url()).await.unwrap();
    assert_eq!(again.list(Table::Merchant).await.unwrap().len(), 4);
    let error = tcb_fleet::PostgresJournal::connect("hunter2").await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn what_sqlite_took_is_there_for_the_next_process_and_for_one_beside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fleet.db");
    let one = SqliteJournal::open(&path).unwrap();
    let other = SqliteJournal::open(&path).unwrap();
    let first = one.swap(swap("a", None, "1", &[])).await.unwrap().unwrap();
    let second = other.swap(swap("a", Some(first), "2", &[])).await.unwrap();
    assert!(second.is_some());
    assert_eq!(one.swap(swap("a", Some(first), "3", &[])).await.unwrap(), None);
    drop((one, other));
    let again = SqliteJournal::open(&path).unwrap();
    assert_eq!(&*again.load(Table::Merchant, "a").await.unwrap().unwrap().1, b"2");
}

#[tokio::test]
async fn a_file_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    std::fs::write(&path, "this is no database, whatever it is").unwrap();
    let error = SqliteJournal::open(&path).unwrap_err().to_string();
    assert!(error.starts_with("the journal cannot be read or written"), "{error}");
    SqliteJournal::open(folder.path().join("none/fleet.db")).unwrap_err();
}
