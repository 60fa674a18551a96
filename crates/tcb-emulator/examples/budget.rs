//! How soon an emulator is ready and how much memory it takes, idle and with ten thousand
//! merchants, as JSON; fails above the limits. Run it in release mode, on Linux:
//! `cargo xtask emulator budget`.

#![expect(clippy::print_stdout, reason = "it talks to a person at a terminal")]

use std::error::Error;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tcb_emulator::Emulator;
use tcb_types::{Clock as _, SystemClock};
use tower_service::Service as _;

/// From the start of the process to the first answer.
const READY: Duration = Duration::from_millis(50);
/// Memory after the first call.
const IDLE: u64 = 20_000_000;
/// Memory with so many merchants, each with an environment and a function.
const FULL: u64 = 150_000_000;
const MERCHANTS: usize = 10_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    // The emulator is a process of its own, whose memory is nobody else's.
    if std::env::args().nth(1).is_some() { emulator() } else { measure() }
}

fn measure() -> Result<ExitCode> {
    let began = SystemClock.monotonic();
    let mut process = Command::new(std::env::current_exe()?)
        .arg("emulator")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
    let mut next = || said.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
    next()?;
    let ready = SystemClock.monotonic().saturating_duration_since(began);
    let idle = resident(&process)?;
    writeln!(process.stdin.as_mut().ok_or("no input")?)?;
    next()?;
    let full = resident(&process)?;
    drop(process.stdin.take());
    process.wait()?;

    let figures = json!({
        "ready_ms": ready.as_secs_f64() * 1000.0,
        "idle_mb": megabytes(idle),
        "merchants": MERCHANTS,
        "full_mb": megabytes(full),
        "limits": {"ready_ms": 50, "idle_mb": megabytes(IDLE), "full_mb": megabytes(FULL)},
    });
    println!("{figures:#}");
    let holds = ready <= READY && idle <= IDLE && full <= FULL;
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn megabytes(bytes: u64) -> f64 {
    Duration::from_micros(bytes).as_secs_f64()
}

/// Bytes of memory that the process has at the moment.
fn resident(process: &Child) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// Says a line when it has answered a call, and another one when it is full.
#[tokio::main]
async fn emulator() -> Result<ExitCode> {
    let emulator = Emulator::start().await?;
    let component = emulator.component().clone();
    let ticket = emulator.ticket(&component.app_id)?;
    let body = json!({
        "component_appid": component.app_id,
        "component_appsecret": component.secret.expose(),
        "component_verify_ticket": ticket.expose(),
    });
    let answer = call(&emulator, "/cgi-bin/component/api_component_token", "", body).await?;
    println!("ready");
    io::stdin().read_line(&mut String::new())?;

    let token = answer["component_access_token"].as_str().ok_or("no token")?;
    for (merchant, refresh_token) in emulator.seed_open_merchants(&component.app_id, MERCHANTS, [18, 49])? {
        let body = json!({
            "component_appid": component.app_id,
            "authorizer_appid": merchant,
            "authorizer_refresh_token": refresh_token.expose(),
        });
        let answer = call(&emulator, "/cgi-bin/component/api_authorizer_token", token, body).await?;
        let token = answer["authorizer_access_token"].as_str().ok_or("no token")?;
        let body = json!({"type": "CreatePostpayPackage", "alias": "shop"});
        let env = call(&emulator, "/tcb/createenvandresource", token, body).await?["envid"].take();
        let body = json!({"env": env, "function_name": "login"});
        call(&emulator, "/tcb/createfunction", token, body).await?;
    }
    emulator.assert_clean();
    println!("full");
    io::stdin().read_line(&mut String::new())?;
    Ok(ExitCode::SUCCESS)
}

/// Calls a path; a refusal is an error.
async fn call(emulator: &Emulator, path: &str, token: &str, body: Value) -> Result<Value> {
    let query = if token.is_empty() { String::new() } else { format!("?access_token={token}") };
    let request =
        http::Request::post(format!("{}{path}{query}", emulator.base_url()))
            .body(Full::<bytes::Bytes>::from(body.to_string()))?;
    let answer = emulator.service().call(request).await?.into_body().collect().await?.to_bytes();
    let answer: Value = serde_json::from_slice(&answer)?;
    match answer["errcode"].as_i64() {
        None | Some(0) => Ok(answer),
        Some(_) => Err(format!("{path}: {answer}").into()),
    }
}
