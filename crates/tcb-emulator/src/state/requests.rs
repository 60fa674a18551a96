use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use crate::request::Request;
use crate::time::UnixTime;

/// How long a request can be looked up.
const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Requests that are kept at most, and bytes of each body.
const MOST: usize = 10_000;
const LONGEST: usize = 4096;

/// Refused requests by their ids.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Requests {
    by_rid: HashMap<String, Refused>,
    /// The oldest first.
    order: VecDeque<String>,
}

/// A request and its answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Refused {
    /// Whose token it carried, if it was one.
    pub(crate) account: Option<String>,
    pub(crate) time: UnixTime,
    pub(crate) query: String,
    pub(crate) body: String,
    pub(crate) answer: String,
}

impl Requests {
    pub(crate) fn remember(
        &mut self,
        rid: String,
        account: Option<String>,
        request: &Request,
        answer: &Value,
        time: UnixTime,
    ) {
        while self.order.len() >= MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_rid.remove(&oldest);
        }
        let body = &request.body[..request.body.len().min(LONGEST)];
        let refused = Refused {
            account,
            time,
            query: query(request),
            body: String::from_utf8_lossy(body).into_owned(),
            answer: answer.to_string(),
        };
        self.order.push_back(rid.clone());
        self.by_rid.insert(rid, refused);
    }

    pub(crate) fn get(&self, rid: &str, now: UnixTime) -> Option<&Refused> {
        self.by_rid.get(rid).filter(|request| now.since(request.time) < LIFE)
    }
}

/// The query with its tokens cut short.
fn query(request: &Request) -> String {
    let shown = request.query.iter().map(|(name, value)| {
        if name.ends_with("access_token") {
            let start: String = value.chars().take(6).collect();
            format!("{name}={start}xxxx")
        } else {
            format!("{name}={value}")
        }
    });
    shown.collect::<Vec<_>>().join("&")
}
