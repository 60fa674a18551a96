use std::env;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tcb_auth::store_conformance::numbered;
use tcb_auth::{TokenKey, TokenStore};
use tcb_store_sqlite::SqliteStore;

use crate::child::{self, Child};
use crate::{account, number};

/// How many processes are killed, unless `TCB_STORE_KILLS` says otherwise.
const KILLS: usize = 2000;
/// Files that are worked on side by side: most of a round is waiting for a process to start.
const FILES: usize = 4;

fn keys() -> [TokenKey; 3] {
    ["wx_a", "wx_b", "wx_c"].map(account)
}

/// Counts on from what is stored, each number into the next of three records, and says each when it
/// is acknowledged.
async fn write_until_killed(path: &Path) {
    let (store, keys) = (SqliteStore::open(path).unwrap(), keys());
    let mut last = in_order(&store).await.expect("the records are those of the last three writes");
    child::say(&format!("held {last}"));
    loop {
        last += 1;
        let key = &keys[usize::try_from(last % 3).unwrap()];
        let loaded = store.load(key).await.unwrap();
        let version = loaded.held.map(|(version, _)| version);
        assert!(store.swap(key, version, &numbered(last, loaded.now)).await.unwrap().is_some());
        child::say(&format!("written {last}"));
    }
}

/// The last number, if the others are the two before it: what was written first is there first.
async fn in_order(store: &SqliteStore) -> Option<u64> {
    let mut numbers = Vec::new();
    for key in keys() {
        numbers.push(number(store, &key).await);
    }
    let last = numbers.iter().copied().flatten().max().unwrap_or(0);
    let mut expected: Vec<_> = (0..3).map(|before| last.checked_sub(before).filter(|n| *n > 0)).collect();
    numbers.sort_unstable();
    expected.sort_unstable();
    (numbers == expected).then_some(last)
}

#[tokio::test]
async fn a_kill_loses_no_acknowledged_write() {
    if let Some(path) = child::database() {
        return write_until_killed(&path).await;
    }
    let kills = env::var("TCB_STORE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let chain = |file: usize| {
        let path = folder.path().join(format!("{file}.db"));
        (kill_again_and_again(&path, kills.div_ceil(FILES)), path)
    };
    let chains: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..FILES).map(|file| scope.spawn(move || chain(file))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (acknowledged, path) in chains {
        let last = in_order(&SqliteStore::open(&path).unwrap()).await.unwrap();
        assert!(last >= acknowledged, "{acknowledged} was acknowledged, {last} is there");
        assert!(acknowledged > 0, "nothing was written between the kills");
    }
}

/// Answers the last number that was acknowledged.
fn kill_again_and_again(path: &Path, kills: usize) -> u64 {
    let mut acknowledged = 0;
    for round in 0..kills {
        let mut child = Child::run("kill::a_kill_loses_no_acknowledged_write", path);
        // Some die while they open the file, some right after the write that they spoke of last,
        // some in the middle of the next.
        let heard = fastrand::usize(..12);
        for _ in 0..heard {
            let said =
                child.hear().unwrap_or_else(|| panic!("round {round}: the file cannot be read or written"));
            acknowledged = listen(&said, acknowledged, round);
        }
        thread::sleep(Duration::from_micros(fastrand::u64(..if heard == 0 { 20_000 } else { 2_000 })));
        child.kill();
        while let Some(said) = child.hear() {
            acknowledged = listen(&said, acknowledged, round);
        }
        assert!(child.wait().code().is_none_or(|code| code != 101), "round {round}: the child panicked");
    }
    acknowledged
}

fn listen(said: &str, acknowledged: u64, round: usize) -> u64 {
    match said.split_once(' ') {
        Some(("written", number)) => number.parse().unwrap(),
        Some(("held", number)) => {
            let number = number.parse().unwrap();
            // The write after the last one that was acknowledged may be there, or one more of a
            // child that could not say it.
            assert!(
                number >= acknowledged,
                "round {round}: {acknowledged} was acknowledged, {number} is there"
            );
            assert!(number <= acknowledged + 1, "round {round}: {number} came from nowhere");
            number
        }
        _ => panic!("round {round}: {said}"),
    }
}
