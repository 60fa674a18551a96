use async_trait::async_trait;
use mockall::mock;

use crate::{Request, Response, Transport, TransportError};

mock! {
    /// A [`Transport`] without a socket: it answers as the test says, and fails the test when an
    /// unexpected call comes or an expected one does not. Made by
    /// [mockall](https://docs.rs/mockall), which documents what an expectation can do.
    ///
    /// ```
    /// use serde_json::json;
    /// use tcb_transport::{MockTransport, Request, Response, Transport};
    /// # use tcb_types::Method;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tcb_transport::TransportError> {
    /// let mut wire = MockTransport::new();
    /// wire.expect_send()
    ///     .withf(|request| request.operation() == "createFunction")
    ///     .times(1)
    ///     .returning(|_| Ok(Response::json(json!({"errcode": 0}))));
    ///
    /// let answer = wire.send(Request::raw(Method::Post, "/tcb/createfunction", "createFunction")).await?;
    /// assert_eq!(answer.body(), r#"{"errcode":0}"#);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug)]
    pub Transport {}

    #[async_trait]
    impl Transport for Transport {
        async fn send(&self, request: Request) -> Result<Response, TransportError>;
    }
}
