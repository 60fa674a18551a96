//! What clients have in common.

use serde::{Deserialize, Serialize};

use crate::account;

/// A client of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    BareHyper,
    BareReqwest,
    SdkHyper,
    SdkReqwest,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::BareHyper, Self::BareReqwest, Self::SdkHyper, Self::SdkReqwest];

    /// Its name in tables. Those of the SDK use the cached token of a merchant.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BareHyper => "bare/hyper",
            Self::BareReqwest => "bare/reqwest",
            Self::SdkHyper => "send/hyper/authorizer",
            Self::SdkReqwest => "send/reqwest/authorizer",
        }
    }

    /// Its name on the command line.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::BareHyper => "bare-hyper",
            Self::BareReqwest => "bare-reqwest",
            Self::SdkHyper => "sdk-hyper",
            Self::SdkReqwest => "sdk-reqwest",
        }
    }

    pub(super) fn library(self) -> &'static str {
        match self {
            Self::BareHyper | Self::SdkHyper => "hyper",
            Self::BareReqwest | Self::SdkReqwest => "reqwest",
        }
    }
}

/// One of the callers that are in flight at the same time.
pub(crate) trait Caller: Send + 'static {
    /// Makes the call.
    fn call(&mut self) -> impl Future<Output = ()> + Send;
}

/// What the bare clients send.
#[derive(Serialize)]
pub(crate) struct Body {
    env: &'static str,
    function_name: &'static str,
}

impl Body {
    pub(crate) fn encode() -> Vec<u8> {
        serde_json::to_vec(&Self { env: account::ENV, function_name: account::FUNCTION }).unwrap()
    }
}

/// What they get.
#[derive(Deserialize)]
struct Answer<'a> {
    errcode: i64,
    errmsg: &'a str,
}

/// Reads an answer as the SDK does: the code decides.
pub(crate) fn check(answer: &[u8]) {
    let answer: Answer<'_> = serde_json::from_slice(answer).unwrap();
    assert!(answer.errcode == 0, "{}", answer.errmsg);
}
