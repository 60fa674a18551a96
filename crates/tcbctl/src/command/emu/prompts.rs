//! `tcbctl emu approve` and `tcbctl emu deny`

use clap::Args;
use serde_json::{Value, json};

use crate::admin::Admin;
use crate::report::Report;
use crate::run::Ended;

/// Which prompts || 哪些待确认事项
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// Numbers of prompts || 待确认事项的编号
    #[arg(value_name = "PROMPT")]
    prompts: Vec<u64>,
    /// All that wait || 所有待确认事项
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Answer {
    Approve,
    Deny,
}

pub(super) async fn answer(admin: &Admin, which: Which, answer: Answer) -> Ended {
    let (command, action, outcome) = match answer {
        Answer::Approve => ("emu approve", "approve", "approved"),
        Answer::Deny => ("emu deny", "deny", "denied"),
    };
    let mut waiting = admin.list("/prompts", "prompts").await?;
    if !which.all {
        waiting = which.prompts.iter().map(|id| known(&waiting, *id)).collect();
    }
    for prompt in &mut waiting {
        let id = prompt["id"].clone();
        admin.post::<Value>(&format!("/prompts/{id}:{action}"), &json!({})).await?;
        *prompt = json!({"prompt": id, "kind": prompt["kind"], "appid": prompt["appid"], "outcome": outcome});
    }
    Ok(Report::new(command).items(&["prompt", "kind", "appid", "outcome"], waiting))
}

/// The prompt with this number; one that does not wait is left to the emulator to refuse.
fn known(waiting: &[Value], id: u64) -> Value {
    let found = waiting.iter().find(|prompt| prompt["id"] == id);
    found.cloned().unwrap_or_else(|| json!({"id": id}))
}
