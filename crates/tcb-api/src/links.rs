//! The second step of uploads and downloads.

pub(crate) mod code;
mod content;
mod download;
mod form;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, header};
use tcb_auth::StaticToken;
use tcb_transport::{Body, LinkTarget, Request, Response, Targets, Transport};
use tcb_types::cloudbase_common::GetDownloadLinksResponse;
use tcb_types::{
    ApiError, Class, Clock, DownloadLink, ErrCode, FormUpload, Method, PutUpload, ResponseError, Scrubber,
    Secret, SystemClock, TokenKinds,
};
use tracing::Instrument as _;

use crate::budget::Budgets;
use crate::call::{Call, Caller, Template};
use crate::error::Cause;
use crate::{Client, Error, ErrorKind, RetryPolicy};

pub use content::Content;
use content::header_value;
use download::{DOWNLOAD, Watch};
pub use download::{Download, Progress};

const UPLOAD: &str = "link.upload";

/// Uploads and downloads with pre-signed links: the second step, which goes to the object storage
/// and carries no token.
///
/// A link is its own permission, so `Links` need a transport and nothing else: make them with
/// [`Client::links`], or with [`new`](Self::new) where somebody else asks for the links. Handles do
/// both steps in one call, as [`Files::upload`](crate::handles::cloudbase_common::Files::upload).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (_emulator, _platform, shop) = stage().await;
/// let env = shop.envs().create_postpaid("shop-prod").await?.id;
/// let files = shop.env(&env).files();
/// let permission = files.upload_link("notes/hello.txt").await?;
/// shop.links().upload(&permission, "notes/hello.txt", "hello").await?;
/// assert_eq!(files.download(permission.file_id).await?, "hello");
/// # Ok(()) }
/// ```
///
/// **Repeating.** Both may be repeated: an upload writes the same content to the same path again, a
/// download reads. They are repeated here as reads and idempotent writes are, by the same rules; a
/// link that ends meanwhile is refused by the storage. The caller may repeat them too.
///
/// **Size.** Bytes are held in memory as a whole, and a [download](Self::download) of them ends at
/// a [cap](Self::cap). A [`Content`] made of a reader or a stream, and a [`Download`], take a few
/// hundred kilobytes, whatever the size of the file. They may take as long as they move
/// ([idle time](Self::idle_timeout)), and all together what the [policy](Self::retry) says only
/// when it is set.
///
/// ```no_run
/// # async fn example(shop: tcb_api::Client, link: tcb_api::types::DownloadLink) -> Result<(), Box<dyn std::error::Error>> {
/// let links = shop.links().on_progress(|progress| println!("{} of {:?}", progress.done, progress.total));
/// let mut file = tokio::fs::File::create("film.mp4").await?;
/// links.download_stream(&link).await?.write_to(&mut file).await?;
/// # Ok(()) }
/// ```
///
/// Links are secrets. Their signature shows up in no error, log or span; what is secret in a path
/// does not belong there, for the storage may repeat it in its answer.
pub struct Links {
    caller: Caller,
    /// Of streams, if the user sets one.
    deadline: Option<Duration>,
    idle: Option<Duration>,
    cap: usize,
    watch: Option<Watch>,
}

impl Links {
    /// Links over `transport`, without a client. Its base URL plays no part.
    ///
    /// ```
    /// # #[cfg(feature = "hyper")]
    /// # async fn example(link: tcb_api::types::DownloadLink) -> Result<(), Box<dyn std::error::Error>> {
    /// use tcb_api::Links;
    /// use tcb_api::transport::{HttpOptions, HyperTransport};
    ///
    /// let links = Links::new(HyperTransport::new(HttpOptions::default())?);
    /// let content = links.download(&link).await?;
    /// # Ok(()) }
    /// ```
    pub fn new(transport: impl Transport + 'static) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self::over(Arc::new(transport), clock, Arc::new(Budgets::default()))
    }

    pub(crate) fn over(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>, budgets: Arc<Budgets>) -> Self {
        // Nobody asks this source: a link takes no token.
        let source = Arc::new(StaticToken::new(""));
        let policy = RetryPolicy::default()
            .attempt_timeout(Duration::from_secs(5 * 60))
            .deadline(Duration::from_secs(15 * 60));
        let caller = Caller { transport, source, clock, policy, budgets, targets: Targets::default() };
        Self { caller, deadline: None, idle: None, cap: 64 * 1024 * 1024, watch: None }
    }

    /// Sets how often and how long uploads and downloads are tried: 3 times, 5 minutes for one
    /// attempt and 15 for all, if not set. Streams have no such limits unless this sets them; then
    /// its deadline is that of the whole stream.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.caller.policy = policy;
        self.deadline = Some(policy.deadline);
        self
    }

    /// Sets how long a stream may stand still, in either direction; 30 seconds if not set.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle = Some(timeout);
        self
    }

    /// Tells `watch` how far uploads and [streamed](Self::download_stream) downloads have got,
    /// after each piece. An upload that is repeated begins again at 0. It is called from within the
    /// connection, so it must not block.
    #[must_use]
    pub fn on_progress(mut self, watch: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.watch = Some(Arc::new(watch));
        self
    }

    /// Sets how many bytes a [download](Self::download) may bring; 64 MiB if not set. More is
    /// [`ErrorKind::Malformed`], and is not read to its end. A [stream](Self::download_stream) has
    /// no cap.
    #[must_use]
    pub fn cap(mut self, bytes: usize) -> Self {
        self.cap = bytes;
        self
    }

    /// Downloads what the link leads to, all of it into memory.
    ///
    /// ```
    /// # #[cfg(feature = "mock")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tcb_api::Error> {
    /// use tcb_api::Links;
    /// use tcb_api::transport::{MockTransport, Response};
    /// use tcb_api::types::DownloadLink;
    ///
    /// let mut wire = MockTransport::new();
    /// wire.expect_send()
    ///     .withf(|request| request.operation() == "link.download" && request.query_token().is_none())
    ///     .returning(|_| Ok(Response::json("hello")));
    ///
    /// let link = DownloadLink::new("https://cos.example/notes/hello.txt?sign=abc");
    /// assert_eq!(Links::new(wire).download(&link).await?, "hello");
    /// # Ok(()) }
    /// # #[cfg(not(feature = "mock"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`] when the storage refuses: the link has run out, or nothing is there.
    /// The other kinds as for [`Client::send`]; [`ErrorKind::Request`] also for an address that is
    /// none, or that uses `http` to another machine.
    pub async fn download(&self, link: &DownloadLink) -> Result<Bytes, Error> {
        let request = Request::to_link(Method::Get, target(DOWNLOAD, link)?, DOWNLOAD).response_cap(self.cap);
        self.transfer(Class::Read, request, &[link.as_ref()], |answer, _| Ok(answer.body().clone())).await
    }

    /// Downloads what the link leads to, piece by piece. Until the first piece it is repeated as
    /// other reads are.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download), but for the cap.
    pub async fn download_stream(&self, link: &DownloadLink) -> Result<Download, Error> {
        let request = Request::to_link(Method::Get, target(DOWNLOAD, link)?, DOWNLOAD).stream_answer();
        let read = |answer: &Response, _: &Scrubber<'_>| Ok(answer.clone().into_body());
        let body = self.transfer(Class::Read, request, &[link.as_ref()], read).await?;
        Ok(Download::new(body, self.watch.clone()))
    }

    /// Uploads `content` with a form, to the `path` that the permission was asked for.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download). The file is there when the call succeeds; after an error
    /// that says [`maybe_executed`](Error::maybe_executed) it may be there too, and uploading it
    /// again does no harm.
    pub async fn upload(
        &self,
        permission: &FormUpload,
        path: &str,
        content: impl Into<Content>,
    ) -> Result<(), Error> {
        let content = content.into();
        let media_type = content.media_type(UPLOAD)?;
        let (form_type, body) =
            form::write(&permission.fields(path), self.watched(content.body), media_type.as_ref());
        let request = Request::to_link(Method::Post, target(UPLOAD, &permission.url)?, UPLOAD)
            .header(header::CONTENT_TYPE, header_value(UPLOAD, &form_type)?)
            .body(body);
        let mut secrets = vec![permission.url.as_ref(), &permission.token, &permission.authorization];
        secrets.extend(&permission.cos_file_id);
        self.transfer(Class::Idempotent, request, &secrets, |_, _| Ok(())).await
    }

    /// Uploads `content` with `PUT`.
    ///
    /// # Errors
    ///
    /// As [`upload`](Self::upload).
    pub async fn put(&self, permission: &PutUpload, content: impl Into<Content>) -> Result<(), Error> {
        let content = content.into();
        let mut request = Request::to_link(Method::Put, target(UPLOAD, &permission.url)?, UPLOAD);
        if let Some(media_type) = content.media_type(UPLOAD)? {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        for (name, value) in permission.headers() {
            request = request.header(HeaderName::from_static(name), header_value(UPLOAD, value)?);
        }
        let secrets: Vec<_> = std::iter::once(permission.url.as_ref()).chain(&permission.token).collect();
        self.transfer(Class::Idempotent, request.body(self.watched(content.body)), &secrets, |_, _| Ok(()))
            .await
    }

    fn watched(&self, body: Body) -> Body {
        let Some(watch) = self.watch.clone() else { return body };
        let total = body.length();
        body.on_progress(move |done| watch(Progress { done, total }))
    }

    async fn transfer<T: Send>(
        &self,
        class: Class,
        mut request: Request,
        secrets: &[&Secret],
        read: impl Fn(&Response, &Scrubber<'_>) -> Result<T, ResponseError> + Send,
    ) -> Result<T, Error> {
        let operation = request.operation().to_owned();
        let span = tracing::info_span!("tcb.link", operation, host = request.link().map(LinkTarget::host));
        // The storage may repeat the signature without the address around it.
        let queries = secrets.iter().filter_map(|secret| secret.expose().split_once('?'));
        let queries: Vec<Secret> = queries.map(|(_, query)| Secret::new(query)).collect();
        let secrets: Vec<&Secret> = secrets.iter().copied().chain(&queries).collect();
        let mut caller = Cow::Borrowed(&self.caller);
        if request.streams() {
            let deadline = self.deadline.unwrap_or(Duration::MAX);
            caller.to_mut().policy = self.caller.policy.attempt_timeout(deadline).deadline(deadline);
            if let Some(idle) = self.idle {
                request = request.idle_timeout(idle);
            }
        }
        let call = Call {
            operation: &operation,
            class,
            tokens: TokenKinds::None,
            request: Template::Kept(request),
            secrets: &secrets,
            secret_response: false,
        };
        caller.run(&call, read).instrument(span).await.map_err(Error::of_storage)
    }
}

impl Client {
    /// Uploads and downloads with pre-signed links, over this client's transport and without its
    /// token.
    pub fn links(&self) -> Links {
        let caller = self.caller();
        Links::over(Arc::clone(&caller.transport), Arc::clone(&caller.clock), Arc::clone(&caller.budgets))
    }
}

/// How long a link that is used at once has to live, in seconds.
pub(crate) const AT_ONCE: u64 = 10 * 60;

/// The link of the one file that was asked for.
pub(crate) fn only_link(answer: GetDownloadLinksResponse) -> Result<DownloadLink, Error> {
    let operation = DOWNLOAD;
    let (mut links, mut failures) = answer.files.into_parts();
    match (links.pop(), failures.pop()) {
        (Some(found), None) => Ok(found.link),
        (_, Some(failed)) if failed.code != ErrCode::OK => {
            let refusal = ApiError::new(failed.code, &failed.message);
            let cause = Cause::Attempt(refusal.into());
            Err(Error::new(ErrorKind::Refused, operation, 1, cause))
        }
        _ => Err(Error::new(ErrorKind::Malformed, operation, 1, Cause::Text("the answer has no link"))),
    }
}

fn target(operation: &str, link: impl AsRef<Secret>) -> Result<LinkTarget, Error> {
    LinkTarget::new(link).map_err(|error| Error::new(ErrorKind::Request, operation, 0, Cause::Link(error)))
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links")
            .field("transport", &self.caller.transport)
            .field("policy", &self.caller.policy)
            .field("cap", &self.cap)
            .finish_non_exhaustive()
    }
}
