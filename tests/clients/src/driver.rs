//! A client in its own process, which does what it is told line by line.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tcb_emulator::Emulator;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::peers::Peer;
use crate::tools::Result;

/// How long a client may take for one order.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running client. It ends with this value.
pub(crate) struct Driver {
    _process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// Why an order was not carried out.
pub(crate) struct Refused {
    /// The `errcode`, when the service answered one.
    pub(crate) code: Option<i64>,
    pub(crate) text: String,
}

impl Refused {
    fn new(text: impl Into<String>) -> Self {
        Self { code: None, text: text.into() }
    }
}

impl Driver {
    /// Starts a client for the platform of this emulator.
    pub(crate) async fn start(peer: &Peer, emulator: &Emulator) -> Result<Self> {
        let mut command = peer.command()?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().map_err(|error| format!("{} did not start: {error}", peer.name))?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let mut orders = input.ok_or("a driver has an input")?;
        let answers = BufReader::new(output.ok_or("a driver has an output")?).lines();
        let platform = emulator.component();
        let line = json!({
            "base_url": emulator.base_url(),
            "appid": platform.app_id,
            "secret": platform.secret.expose(),
            "token": platform.callback_token.expose(),
            "encoding_aes_key": platform.encoding_aes_key.expose(),
        });
        // Secrets are not for a command line, which a process list shows.
        orders.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(Self { _process: process, orders, answers })
    }

    /// Has the client do something, and returns what came of it.
    pub(crate) async fn ask(
        &mut self,
        order: &str,
        mut members: Value,
    ) -> std::result::Result<Value, Refused> {
        members["do"] = json!(order);
        let line = format!("{members}\n");
        self.orders.write_all(line.as_bytes()).await.map_err(|_| Refused::new("the client has ended"))?;
        let answer = match tokio::time::timeout(PATIENCE, self.answers.next_line()).await {
            Ok(Ok(Some(answer))) => answer,
            Ok(_) => return Err(Refused::new("the client ended")),
            Err(_) => return Err(Refused::new(format!("no answer within {PATIENCE:?}"))),
        };
        let mut answer: Value =
            serde_json::from_str(&answer).map_err(|error| Refused::new(error.to_string()))?;
        match answer["refused"].as_str() {
            Some(text) => Err(Refused { code: answer["code"].as_i64(), text: text.to_owned() }),
            None => Ok(answer["done"].take()),
        }
    }
}
