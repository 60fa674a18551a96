use std::sync::atomic::{AtomicUsize, Ordering};

use tcb_auth::store_conformance::Suite;
use tcb_store_sqlite::SqliteStore;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let count = AtomicUsize::new(0);
    let fresh = async || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        SqliteStore::open(folder.path().join(format!("{number}.db"))).unwrap()
    };
    Suite::new(fresh).run().await;
}
