//! Where a fleet is kept, and who belongs to it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use tcb_fleet::{Fleet, FleetError, MerchantList, SqliteJournal};

use crate::command::init::BLUEPRINT;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::run::{Run, Stop};
use crate::session::Session;
use crate::settings::{TokenOwner, secret};
use crate::words::of_system;

/// What stands for all that have authorised the platform.
const ALL: &str = "all";

/// Where the fleet is kept || 日志库的位置
#[derive(Debug, Args)]
pub(crate) struct InJournal {
    /// The journal: a file, or `env:NAME` or `file:PATH` with the address of a `PostgreSQL`
    /// database || 日志库：文件，或用 `env:变量名`、`file:路径` 给出 `PostgreSQL` 数据库地址
    #[arg(long, value_name = "FILE", default_value = "fleet.db")]
    journal: String,
}

impl InJournal {
    /// The fleet of the journal, which is made if there is none.
    pub(super) async fn open(&self) -> Result<Fleet, Box<Failure>> {
        if let Some(address) = secret::led_to("--journal", &self.journal)? {
            return postgres(address.expose()).await;
        }
        Ok(Fleet::new(SqliteJournal::open(&self.journal).map_err(FleetError::from)?))
    }

    /// The same, if there is one.
    pub(super) async fn if_known(&self) -> Result<Option<Fleet>, Box<Failure>> {
        let is_file = secret::led_to("--journal", &self.journal)?.is_none();
        if is_file && !Path::new(&self.journal).exists() {
            return Ok(None);
        }
        self.open().await.map(Some)
    }

    /// The same; none is a failure.
    pub(super) async fn known(&self) -> Result<Fleet, Box<Failure>> {
        let file = &self.journal;
        self.if_known().await?.ok_or_else(|| {
            let message = say!("there is no journal {file}", "没有日志库 {file}");
            Failure::new(Exit::NotFound, "journal", message).hint(say!(
                "tcbctl fleet apply   (or --journal FILE)",
                "tcbctl fleet apply   （或 --journal 文件）"
            ))
        })
    }
}

#[cfg(feature = "postgres")]
async fn postgres(address: &str) -> Result<Fleet, Box<Failure>> {
    let journal = tcb_fleet::PostgresJournal::connect(address).await;
    Ok(Fleet::new(journal.map_err(FleetError::from)?))
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "with the feature it connects")]
async fn postgres(_address: &str) -> Result<Fleet, Box<Failure>> {
    Err(Failure::config(say!(
        "this tcbctl was built without PostgreSQL",
        "此 tcbctl 编译时未包含 PostgreSQL"
    ))
    .hint(say!(
        "cargo install tcbctl --features postgres   (or --journal FILE)",
        "cargo install tcbctl --features postgres   （或 --journal 文件）"
    )))
}

/// What, and for whom || 部署什么、给谁
#[derive(Debug, Args)]
pub(crate) struct What {
    /// The blueprint || 蓝图
    #[arg(short, long, value_name = "FILE", default_value = BLUEPRINT)]
    pub(super) file: PathBuf,
    /// The merchants: CSV with a column `appid`, JSON lines (`.jsonl`), or `all` that have
    /// authorised the platform || 商户名单：含 `appid` 列的 CSV、JSON 行文件（`.jsonl`），或 `all`
    /// 表示所有已授权平台的商户
    #[arg(short, long, value_name = "FILE", default_value = ALL)]
    merchants: String,
}

impl What {
    pub(super) async fn list(&self, run: &Run<'_>) -> Result<MerchantList, Stop> {
        if self.merchants == ALL {
            let session = platform(run).await?;
            return Ok(MerchantList::of_platform(session.platform()?).await?);
        }
        let path = Path::new(&self.merchants);
        let text = fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            Failure::new(
                Exit::Usage,
                "merchants",
                say!("{path} cannot be read: {error}", "无法读取 {path}：{error}", error = of_system(&error)),
            )
        })?;
        let is_json = path.extension().is_some_and(|end| end == "jsonl" || end == "ndjson");
        let list = if is_json { MerchantList::from_json_lines(&text) } else { MerchantList::from_csv(&text) };
        Ok(list?)
    }
}

/// A session of the platform, that knows the authorisations of its merchants.
pub(super) async fn platform<'a>(run: &'a Run<'_>) -> Result<&'a Session, Stop> {
    let session = run.session(TokenOwner::Platform).await?;
    Ok(session)
}
