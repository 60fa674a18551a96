//! The workers, as their conductor sees them.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;

use crate::outage::Failed;
use crate::report::{Counts, Word};

/// All workers.
pub(crate) struct Crew {
    errand: PathBuf,
    /// Where each worker finds the store.
    places: Vec<String>,
    members: Vec<Member>,
    /// What those told that are gone.
    gone: Counts,
    /// Calls of those that failed, with who made them.
    failed: Vec<(usize, Failed)>,
}

struct Member {
    process: Child,
    orders: ChildStdin,
    heard: watch::Receiver<Heard>,
}

/// What a worker has said so far.
#[derive(Clone, Debug, Default)]
struct Heard {
    ready: bool,
    walks: u32,
    closed: Option<bool>,
    silent: bool,
    counts: Counts,
    failed: Vec<Failed>,
}

impl Crew {
    pub(crate) fn new(errand: PathBuf, places: Vec<String>) -> Self {
        let members = places.iter().map(|place| Member::start(&errand, place, false)).collect();
        Self { errand, places, members, gone: Counts::default(), failed: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// Waits until all workers have their store open.
    pub(crate) async fn ready(&mut self) {
        self.all(|heard| heard.ready).await;
    }

    /// Has each worker call for each merchant once.
    pub(crate) async fn walk(&mut self) {
        let before: Vec<u32> = self.members.iter().map(|member| member.heard.borrow().walks).collect();
        self.order("walk").await;
        for (member, before) in self.members.iter_mut().zip(before) {
            member.heard_that(|heard| heard.walks > before).await;
        }
    }

    /// Has all workers call for merchants at random, from now on.
    pub(crate) async fn storm(&mut self) {
        self.order("storm").await;
    }

    /// Has all workers end in good order. Answers whether they did.
    pub(crate) async fn close(&mut self) -> bool {
        self.order("close").await;
        self.all(|heard| heard.closed.is_some()).await;
        self.members.iter().all(|member| member.heard.borrow().closed == Some(true))
    }

    /// Kills a worker, and puts another in its place.
    pub(crate) async fn replace(&mut self, index: usize) {
        let member = &mut self.members[index];
        member.process.kill().await.unwrap();
        // The rest of what it said is still in the pipe.
        let _ = member.heard.wait_for(|heard| heard.silent).await;
        let heard = member.heard.borrow().clone();
        self.gone += &heard.counts;
        self.failed.extend(heard.failed.into_iter().map(|failed| (index, failed)));
        *member = Member::start(&self.errand, &self.places[index], true);
    }

    /// The process of a worker.
    pub(crate) fn pid(&self, index: usize) -> Option<u32> {
        self.members[index].process.id()
    }

    /// What all workers told, those that are gone included.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = self.gone.clone();
        for member in &self.members {
            counts += &member.heard.borrow().counts;
        }
        counts
    }

    /// All calls that failed, with who made them.
    pub(crate) fn failed(&self) -> Vec<(usize, Failed)> {
        let mut all = self.failed.clone();
        for (index, member) in self.members.iter().enumerate() {
            all.extend(member.heard.borrow().failed.iter().map(|failed| (index, failed.clone())));
        }
        all
    }

    /// Sets the wall clock of a worker this far off.
    pub(crate) async fn set_clock(&mut self, index: usize, off: i64) {
        // It may be gone, and another one's clock is right.
        let _ = self.members[index].orders.write_all(format!("clock {off}\n").as_bytes()).await;
    }

    async fn order(&mut self, word: &str) {
        for member in &mut self.members {
            member.orders.write_all(format!("{word}\n").as_bytes()).await.unwrap();
        }
    }

    async fn all(&mut self, wanted: fn(&Heard) -> bool) {
        for member in &mut self.members {
            member.heard_that(wanted).await;
        }
    }
}

impl Member {
    async fn heard_that(&mut self, wanted: impl Fn(&Heard) -> bool + Send + Sync) {
        let heard = self.heard.wait_for(|heard| wanted(heard) || heard.silent).await.unwrap();
        assert!(wanted(&heard), "a worker ended that nobody killed");
    }

    fn start(errand: &PathBuf, place: &str, at_once: bool) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("work").arg(errand).arg(place);
        if at_once {
            command.arg("--at-once");
        }
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let orders = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (told, heard) = watch::channel(Heard::default());
        tokio::spawn(async move {
            // The last line of a worker that was killed may be half of one.
            while let Ok(Some(line)) = lines.next_line().await {
                let Ok(word) = serde_json::from_str(&line) else { continue };
                told.send_modify(|heard| match word {
                    Word::Ready => heard.ready = true,
                    Word::Walked => heard.walks += 1,
                    Word::Counts(counts) => heard.counts = counts,
                    Word::Failed(failed) => heard.failed.push(failed),
                    Word::Closed { counts, clean } => {
                        heard.counts = counts;
                        heard.closed = Some(clean);
                    }
                });
            }
            told.send_modify(|heard| heard.silent = true);
        });
        Self { process, orders, heard }
    }
}

/// The crew, shared with what goes wrong for it.
pub(crate) type Shared = Arc<tokio::sync::Mutex<Crew>>;
