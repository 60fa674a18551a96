//! The time of a store: one for all processes that share the file, which no jump of a wall clock
//! moves.
//!
//! It is the time since the machine's start, which runs on while it sleeps, plus an offset. The
//! first process that opens the file after a start of the machine makes the offset of its wall
//! clock, and keeps it in the file with the id of that start; all others read it there.

use std::fmt;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, named_params};
use tcb_auth::{StoreError, StoreTime};
use tcb_types::Clock;

use crate::error::of_sqlite;

/// Where a store gets its time from.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    pub(crate) wall: Arc<dyn Clock>,
    /// Without one, the time is that of the wall clock.
    pub(crate) uptime: Option<Uptime>,
}

/// For how long the machine has been running.
#[derive(Clone)]
pub(crate) struct Uptime {
    /// Tells this start of the machine from all others.
    pub(crate) start: Arc<str>,
    /// Milliseconds since then, those included in which it slept.
    pub(crate) millis: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl fmt::Debug for Uptime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uptime").field("start", &self.start).finish_non_exhaustive()
    }
}

impl Uptime {
    /// The machine's, where it says so.
    #[cfg(target_os = "linux")]
    pub(crate) fn of_the_machine() -> Option<Self> {
        let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self { start: start.trim().into(), millis: Arc::new(millis_since_start) })
    }

    /// The machine's, where it says so.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of_the_machine() -> Option<Self> {
        None
    }
}

#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "no `Clock` shows how long the machine has been running")]
fn millis_since_start() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let part = |number: i64, millis: fn(u64) -> u64| millis(u64::try_from(number).unwrap_or_default());
    part(time.tv_sec, |seconds| seconds.saturating_mul(1000))
        .saturating_add(part(time.tv_nsec, |nanos| nanos / 1_000_000))
}

/// How far the time of a file is from the uptime, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offset(u64);

impl Time {
    /// What the time of this file is, as far as the file says.
    pub(crate) fn offset(&self, connection: &Connection) -> Result<Offset, StoreError> {
        let Some(uptime) = &self.uptime else { return Ok(Offset(0)) };
        if let Some(offset) = stored(connection, uptime).map_err(of_sqlite)? {
            return Ok(offset);
        }
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
        let transaction = transaction.map_err(of_sqlite)?;
        // Another process may have been faster.
        let offset = match stored(&transaction, uptime).map_err(of_sqlite)? {
            Some(offset) => offset,
            None => make(&transaction, uptime, StoreTime::from(self.wall.wall())).map_err(of_sqlite)?,
        };
        transaction.commit().map_err(of_sqlite)?;
        Ok(offset)
    }

    pub(crate) fn now(&self, offset: Offset) -> StoreTime {
        match &self.uptime {
            Some(uptime) => StoreTime::from_millis((uptime.millis)().saturating_add(offset.0)),
            None => StoreTime::from(self.wall.wall()),
        }
    }
}

fn stored(connection: &Connection, uptime: &Uptime) -> rusqlite::Result<Option<Offset>> {
    let query = "SELECT offset FROM clock WHERE start = ?";
    let offset = connection.query_row(query, [&*uptime.start], |row| row.get::<_, i64>(0)).optional()?;
    Ok(offset.map(|offset| Offset(u64::try_from(offset).unwrap_or_default())))
}

/// Makes the offset anew, so that the time is that of the wall clock, or the last one that is
/// known, if that is later.
fn make(connection: &Connection, uptime: &Uptime, wall: StoreTime) -> rusqlite::Result<Offset> {
    let last = connection.query_row("SELECT seen FROM clock", [], |row| row.get::<_, i64>(0)).optional()?;
    let last = last.and_then(|last| u64::try_from(last).ok()).unwrap_or_default();
    let now = wall.as_millis().max(last);
    let offset = now.saturating_sub((uptime.millis)());
    connection.execute(
        "INSERT INTO clock (id, start, offset, seen) VALUES (0, :start, :offset, :seen)
         ON CONFLICT DO UPDATE SET start = excluded.start, offset = excluded.offset, seen = excluded.seen",
        named_params! {
            ":start": &*uptime.start,
            ":offset": i64::try_from(offset).unwrap_or(i64::MAX),
            ":seen": i64::try_from(now).unwrap_or(i64::MAX),
        },
    )?;
    Ok(Offset(offset))
}

/// Notes the time once a minute, for the next start of the machine. It is part of a write, so that
/// it costs no wait for the disk.
pub(crate) const NOTE: &str = "UPDATE clock SET seen = ?1 WHERE seen < ?1 - 60000";

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant, SystemTime};

    use tcb_auth::store_conformance::numbered;
    use tcb_auth::{Subject, TokenKey, TokenStore as _};
    use tcb_types::SystemClock;

    use super::*;
    use crate::SqliteStore;

    /// A wall clock that shows this many seconds.
    #[derive(Debug)]
    struct Wall(AtomicU64);

    impl Wall {
        fn at(seconds: u64) -> Arc<Self> {
            Arc::new(Self(AtomicU64::new(seconds)))
        }
    }

    impl Clock for Wall {
        fn wall(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::Relaxed))
        }

        fn monotonic(&self) -> Instant {
            SystemClock.monotonic()
        }
    }

    /// A machine that has been running for so many seconds.
    fn machine(start: &str, seconds: &Arc<AtomicU64>) -> Uptime {
        let seconds = Arc::clone(seconds);
        Uptime { start: start.into(), millis: Arc::new(move || seconds.load(Ordering::Relaxed) * 1000) }
    }

    fn key() -> TokenKey {
        TokenKey::new("wx_platform", Subject::Platform)
    }

    async fn seconds(store: &SqliteStore) -> u64 {
        store.load(&key()).await.unwrap().now.as_millis() / 1000
    }

    #[tokio::test]
    async fn two_stores_of_one_file_tell_one_time_whatever_their_wall_clocks_say() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.db");
        let running = Arc::new(AtomicU64::new(500));
        let open = |wall: &Arc<Wall>| {
            let time = Time { wall: wall.clone(), uptime: Some(machine("first", &running)) };
            SqliteStore::open_with(&path, time).unwrap()
        };
        let (right, fast) = (Wall::at(1_000_000), Wall::at(1_003_600));
        let (one, other) = (open(&right), open(&fast));
        assert_eq!((seconds(&one).await, seconds(&other).await), (1_000_000, 1_000_000));
        running.store(510, Ordering::Relaxed);
        right.0.store(3, Ordering::Relaxed);
        assert_eq!((seconds(&one).await, seconds(&other).await), (1_000_010, 1_000_010));
        assert_eq!(seconds(&open(&right)).await, 1_000_010);
    }

    #[tokio::test]
    async fn after_a_start_of_the_machine_the_time_is_made_anew_and_does_not_go_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.db");
        let open = |start: &str, running: u64, wall: u64| {
            let uptime = machine(start, &Arc::new(AtomicU64::new(running)));
            SqliteStore::open_with(&path, Time { wall: Wall::at(wall), uptime: Some(uptime) }).unwrap()
        };
        assert_eq!(seconds(&open("first", 500, 1_000_000)).await, 1_000_000);
        assert_eq!(seconds(&open("second", 20, 1_000_600)).await, 1_000_600, "the wall clock is later");
        let running = open("second", 620, 5);
        assert_eq!(seconds(&running).await, 1_001_200);
        running.swap(&key(), None, &numbered(1, StoreTime::default())).await.unwrap().unwrap();
        // Its battery is empty, and nobody has told it the time yet.
        assert_eq!(seconds(&open("third", 10, 7)).await, 1_001_200, "the time went back");
    }

    #[tokio::test]
    async fn without_an_uptime_the_time_is_that_of_the_wall_clock() {
        let folder = tempfile::tempdir().unwrap();
        let wall = Wall::at(1_000_000);
        let time = Time { wall: wall.clone(), uptime: None };
        let store = SqliteStore::open_with(folder.path().join("tokens.db"), time).unwrap();
        assert_eq!(seconds(&store).await, 1_000_000);
        wall.0.store(1_003_600, Ordering::Relaxed);
        assert_eq!(seconds(&store).await, 1_003_600);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_says_which_start_it_is_and_for_how_long_it_runs() {
        let (one, other) = (Uptime::of_the_machine().unwrap(), Uptime::of_the_machine().unwrap());
        assert_eq!(one.start, other.start);
        assert_eq!(one.start.len(), 36, "{}", one.start);
        let (before, after) = ((one.millis)(), (other.millis)());
        assert!(before > 0 && (before..before + 60_000).contains(&after));
    }
}
