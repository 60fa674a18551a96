//! How long it takes to plan ten thousand merchants from the journal alone, and how much memory, as
//! JSON; fails above the limits. Run it in release mode, on Linux:
//! `cargo run --profile bench -p tcb-fleet --example planning`.

#![expect(clippy::print_stdout, reason = "it talks to a person at a terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use serde_json::{Value, json};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_fleet::{Change, Choice, Fleet, Journal as _, MerchantList, Release, SqliteJournal, Swap, Table};

const MERCHANTS: usize = 10_000;
/// From the start of the process that plans to its end.
const TIME: Duration = Duration::from_secs(2);
/// The most memory that it has.
const MEMORY: u64 = 200_000_000;

const BLUEPRINT: &str = "
environments:
  - alias: shop-${STAGE}
    functions: [{ name: hello, folder: hello, timeout: 7, variables: { STAGE: '${STAGE}' } }]
    collections: [{ name: orders, indexes: [{ name: due, keys: [{ field: due }] }] }]
open_account: any
";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    // Who plans is a process of its own, whose memory is nobody else's.
    match std::env::args().nth(1) {
        Some(folder) => plan(Path::new(&folder)).await,
        None => measure().await,
    }
}

async fn measure() -> Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    prepare(folder.path()).await?;
    let began = SystemClock.monotonic();
    let output = Command::new(std::env::current_exe()?).arg(folder.path()).output()?;
    let time = SystemClock.monotonic().saturating_duration_since(began);
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let memory = told["bytes"].as_u64().ok_or("no memory")?;
    let figures = json!({
        "merchants": MERCHANTS,
        "changed": told["changed"],
        "seconds": time.as_secs_f64(),
        "mb": memory / 1_000_000,
        "limits": {"seconds": TIME.as_secs(), "mb": MEMORY / 1_000_000},
    });
    println!("{figures:#}");
    let holds = output.status.success() && time <= TIME && memory <= MEMORY;
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Ten thousand merchants that are ready, and a function that has changed since.
async fn prepare(folder: &Path) -> Result<()> {
    let rows = (0..MERCHANTS).map(|number| format!("wx{number:016x},live,north\n"));
    fs::write(
        folder.join("merchants.csv"),
        format!("appid,STAGE,label.region\n{}", rows.collect::<String>()),
    )?;
    fs::write(folder.join("shop.yaml"), BLUEPRINT)?;
    fs::create_dir(folder.join("hello"))?;
    fs::write(folder.join("hello/index.js"), "exports.main = async () => 1\n")?;
    let (journal, release, list) = read(folder)?;
    Fleet::new(journal.clone()).roll_out(&release, &list).await?;
    let condition = |kind| json!({"kind": kind, "state": "True", "reason": "done", "message": "", "since": 1_800_000_000, "rid": null});
    let kinds =
        ["Authorized", "CloudOpened", "EnvReady", "FunctionsReady", "DataReady", "AccountBound", "Ready"];
    let conditions = Value::Array(kinds.map(condition).into());
    let mut swaps = tokio::task::JoinSet::new();
    for (key, version, body) in journal.list(Table::Merchant).await? {
        let mut merchant: Value = serde_json::from_slice(&body)?;
        merchant["standing"] = "ready".into();
        merchant["conditions"] = conditions.clone();
        merchant["noted"]["written"]["index shop-live/orders/due"] = "0".repeat(64).into();
        let body = serde_json::to_vec(&merchant)?.into();
        let entries = Vec::new();
        let swap = Swap { table: Table::Merchant, key, expected: Some(version), body, entries };
        let journal = journal.clone();
        swaps.spawn(async move { journal.swap(swap).await });
    }
    swaps.join_all().await.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    fs::write(folder.join("hello/index.js"), "exports.main = async () => 2\n")?;
    Ok(())
}

fn read(folder: &Path) -> Result<(SqliteJournal, Release, MerchantList)> {
    let list = MerchantList::from_csv(&fs::read_to_string(folder.join("merchants.csv"))?)?;
    Ok((SqliteJournal::open(folder.join("fleet.db"))?, Release::load(folder.join("shop.yaml"))?, list))
}

/// What `tcbctl fleet plan` does.
async fn plan(folder: &Path) -> Result<ExitCode> {
    let (journal, release, list) = read(folder)?;
    let fleet = Fleet::new(journal);
    let compared = fleet.compare(&release, &list).await?;
    let changed = compared.iter().filter(|(_, change)| *change == Change::Changed).count();
    let view = fleet.view(&Choice::default()).await?;
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    println!("{}", json!({"changed": changed, "waves": view.open.of, "bytes": kilobytes * 1024}));
    Ok(ExitCode::SUCCESS)
}
