//! Lists that come a page at a time, as streams.

mod authorizers;
mod files;
mod offset;
mod sms;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use tcb_types::Operation;

use crate::{Client, Error};

/// How many items a page is asked to have when the operation does not say. The service documents no
/// largest page for these lists; if it gives fewer, the next page begins where they end.
const PAGE: u32 = 100;

/// An operation that lists something a page at a time.
///
/// The SDK's lists implement it; implement it for your own operation to use it with
/// [`Client::stream`].
pub trait Paged: Operation + Sized + 'static {
    /// What is listed.
    type Item: Send + 'static;

    /// The call for the first page, with the size of the page filled in when the caller named none.
    #[must_use]
    fn first(self) -> Self {
        self
    }

    /// Takes the items out of the answer to this call, and makes the call for the next page; `None`
    /// when this was the last one. Earlier pages had `given` items. A page without items is the
    /// last one, whatever this returns.
    fn turn(self, answer: Self::Response, given: u64) -> (Vec<Self::Item>, Option<Self>);
}

/// A page's items, and the call for the next one.
type Turned<O> = (Vec<<O as Paged>::Item>, Option<O>);

/// The items of a list, fetched a page at a time while they are asked for. Made by
/// [`Client::stream`] and by the handles.
///
/// It is a [`Stream`]; [`next`](Self::next) does without that trait. Where an operation has a page
/// size and none is set, 100 items are asked for. The list ends when the service says so, with an
/// empty page, or after an error. What is created or deleted meanwhile may be left out or come
/// twice, because the service counts from the start.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/stage.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (_emulator, _platform, shop) = stage().await;
/// # let env = shop.envs().create_postpaid("shop-prod").await?.id;
/// # shop.env(&env).functions().create("hello").await?;
/// let mut functions = shop.env(&env).functions().stream();
/// while let Some(function) = functions.next().await {
///     assert_eq!(function?.name, "hello");
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent before an item is asked for"]
pub struct Pager<O: Paged> {
    client: Client,
    items: vec::IntoIter<O::Item>,
    given: u64,
    page: Page<O>,
}

/// Where the next page stands.
enum Page<O: Paged> {
    ToAsk(O),
    Asked(Pin<Box<dyn Future<Output = Result<Turned<O>, Error>> + Send>>),
    NoMore,
}

impl Client {
    /// Sends `operation` and those for the pages after it, and yields the items one by one. Nothing
    /// is sent before the first item is asked for.
    ///
    /// ```
    /// # async fn example(platform: tcb_api::Platform) -> Result<(), tcb_api::Error> {
    /// use tcb_api::types::cloudbase_batch::ListFiles;
    ///
    /// let mut files = platform.stream(ListFiles::new("shop-prod-1a2b3c").prefix("photos/"));
    /// while let Some(file) = files.next().await {
    ///     println!("{:?}", file?.key);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream<O: Paged>(&self, operation: O) -> Pager<O> {
        Pager::new(self.clone(), operation)
    }
}

impl<O: Paged> Pager<O> {
    pub(crate) fn new(client: Client, operation: O) -> Self {
        Self { client, items: Vec::new().into_iter(), given: 0, page: Page::ToAsk(operation.first()) }
    }

    /// The next item; `None` when there is no more. After an error there is no more.
    ///
    /// It is cancel safe: a call that is dropped loses nothing.
    pub async fn next(&mut self) -> Option<Result<O::Item, Error>> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<O::Item, Error>>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match &mut self.page {
                Page::Asked(page) => {
                    let page = ready!(page.as_mut().poll(context));
                    self.page = Page::NoMore;
                    let (items, next) = match page {
                        Ok(turned) => turned,
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    };
                    self.given = self.given.saturating_add(count(&items));
                    // A service that forgets to say that it has no more would otherwise be asked
                    // forever.
                    if let (Some(next), false) = (next, items.is_empty()) {
                        self.page = Page::ToAsk(next);
                    }
                    self.items = items.into_iter();
                }
                Page::ToAsk(_) | Page::NoMore => {
                    let Page::ToAsk(operation) = std::mem::replace(&mut self.page, Page::NoMore) else {
                        return Poll::Ready(None);
                    };
                    let (client, given) = (self.client.clone(), self.given);
                    self.page = Page::Asked(Box::pin(async move {
                        let answer = client.send(&operation).await?;
                        Ok(operation.turn(answer, given))
                    }));
                }
            }
        }
    }
}

impl<O: Paged> Stream for Pager<O> {
    type Item = Result<O::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context)
    }
}

// The operation is moved, never pinned in place.
impl<O: Paged> Unpin for Pager<O> {}

impl<O: Paged> fmt::Debug for Pager<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("operation", &O::SPEC.id)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
