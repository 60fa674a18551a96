use std::fmt;

use async_trait::async_trait;
use tcb_transport::{Request, Response, Transport, TransportError};

type Outcome = Result<Response, TransportError>;

/// A transport that asks a function for its answers.
pub struct Wire(Box<dyn Fn(&Request) -> Outcome + Send + Sync>);

impl Wire {
    /// A wire with these answers.
    pub fn new(answer: impl Fn(&Request) -> Outcome + Send + Sync + 'static) -> Self {
        Self(Box::new(answer))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Outcome {
        (self.0)(&request)
    }
}
