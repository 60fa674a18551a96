//! The workers, as their driver sees them.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;

use crate::outages::FailedCall;
use crate::report::{Counts, Message};

/// All workers.
pub(crate) struct Workers {
    job: PathBuf,
    /// Where each worker finds the store.
    places: Vec<String>,
    processes: Vec<Process>,
    /// What those told that are gone.
    gone: Counts,
    /// Calls of those that failed, with who made them.
    failed: Vec<(usize, FailedCall)>,
    /// Which is being replaced. It stays so when that is broken off.
    replacing: Option<usize>,
}

struct Process {
    child: Child,
    orders: ChildStdin,
    told: watch::Receiver<Told>,
}

/// What a worker has said so far.
#[derive(Clone, Default)]
struct Told {
    ready: bool,
    walks: u32,
    closed: Option<bool>,
    /// It will say no more.
    ended: bool,
    counts: Counts,
    failed: Vec<FailedCall>,
}

impl Workers {
    /// Starts one for each place, and waits until all have their store open.
    pub(crate) async fn start(job: PathBuf, places: Vec<String>) -> Self {
        let processes = places.iter().map(|place| Process::start(&job, place, false)).collect();
        let (gone, failed) = (Counts::default(), Vec::new());
        let mut workers = Self { job, places, processes, gone, failed, replacing: None };
        workers.all(|told| told.ready).await;
        workers
    }

    /// One by chance.
    pub(crate) fn any(&self) -> usize {
        fastrand::usize(..self.processes.len())
    }

    /// Has each worker call for each merchant once.
    pub(crate) async fn walk(&mut self) {
        let before: Vec<u32> = self.processes.iter().map(|process| process.told.borrow().walks).collect();
        self.order("walk").await;
        for (process, before) in self.processes.iter_mut().zip(before) {
            process.has_told(|told| told.walks > before).await;
        }
    }

    /// Has all workers call for merchants at random, from now on.
    pub(crate) async fn storm(&mut self) {
        self.order("storm").await;
    }

    /// Has all workers end in good order. Returns whether they did.
    pub(crate) async fn close(&mut self) -> bool {
        self.order("close").await;
        self.all(|told| told.closed.is_some()).await;
        self.processes.iter().all(|process| process.told.borrow().closed == Some(true))
    }

    /// Kills a worker, and puts another in its place.
    pub(crate) async fn replace(&mut self, index: usize) {
        self.replacing = Some(index);
        let process = &mut self.processes[index];
        // It may be dead.
        let _ = process.child.kill().await;
        // The rest of what it said is still in the pipe.
        let _ = process.told.wait_for(|told| told.ended).await;
        let told = process.told.borrow().clone();
        self.gone += &told.counts;
        self.failed.extend(told.failed.into_iter().map(|failed| (index, failed)));
        *process = Process::start(&self.job, &self.places[index], true);
        self.replacing = None;
    }

    /// Puts one into the place of a worker that was killed, if that was broken off.
    pub(crate) async fn fill_up(&mut self) {
        if let Some(index) = self.replacing {
            self.replace(index).await;
        }
    }

    /// The id of a worker's process.
    pub(crate) fn pid(&self, index: usize) -> Option<u32> {
        self.processes[index].child.id()
    }

    /// The ids of all.
    pub(crate) fn pids(&self) -> impl Iterator<Item = u32> {
        self.processes.iter().filter_map(|process| process.child.id())
    }

    /// What all workers told, those that are gone included.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = self.gone.clone();
        for process in &self.processes {
            counts += &process.told.borrow().counts;
        }
        counts
    }

    /// All calls that failed, with who made them.
    pub(crate) fn failed(&self) -> Vec<(usize, FailedCall)> {
        let mut all = self.failed.clone();
        for (index, process) in self.processes.iter().enumerate() {
            all.extend(process.told.borrow().failed.iter().map(|failed| (index, failed.clone())));
        }
        all
    }

    /// Sets the wall clock of a worker this far off, in milliseconds.
    pub(crate) async fn set_clock(&mut self, index: usize, off: i64) {
        // It may be gone, and another one's clock is right.
        let _ = self.processes[index].orders.write_all(format!("clock {off}\n").as_bytes()).await;
    }

    async fn order(&mut self, word: &str) {
        for process in &mut self.processes {
            process.orders.write_all(format!("{word}\n").as_bytes()).await.unwrap();
        }
    }

    async fn all(&mut self, wanted: fn(&Told) -> bool) {
        for process in &mut self.processes {
            process.has_told(wanted).await;
        }
    }
}

impl Process {
    async fn has_told(&mut self, wanted: impl Fn(&Told) -> bool + Send + Sync) {
        let told = self.told.wait_for(|told| wanted(told) || told.ended).await.unwrap();
        assert!(wanted(&told), "a worker ended that nobody killed");
    }

    fn start(job: &Path, place: &str, at_once: bool) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("work").arg(job).arg(place).args(at_once.then_some("--at-once"));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let orders = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, told) = watch::channel(Told::default());
        tokio::spawn(async move {
            // The last line of a worker that was killed may be half of one.
            while let Ok(Some(line)) = lines.next_line().await {
                let Ok(message) = serde_json::from_str(&line) else { continue };
                tell.send_modify(|told| match message {
                    Message::Ready => told.ready = true,
                    Message::Walked => told.walks += 1,
                    Message::Counts(counts) => told.counts = counts,
                    Message::Failed(failed) => told.failed.push(failed),
                    Message::Closed { clean } => told.closed = Some(clean),
                });
            }
            tell.send_modify(|told| told.ended = true);
        });
        Self { child, orders, told }
    }
}
