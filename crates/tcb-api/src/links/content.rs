use std::fmt;

use bytes::Bytes;
use http::HeaderValue;

use crate::error::Cause;
use crate::{Error, ErrorKind};

/// What is uploaded: bytes, and of what type they are if that is known. Bytes and texts turn into
/// it by themselves.
///
/// ```
/// use tcb_api::Content;
///
/// let page = Content::from("<h1>Corner shop</h1>").content_type("text/html; charset=utf-8");
/// ```
#[derive(Clone)]
#[must_use]
pub struct Content {
    pub(super) bytes: Bytes,
    content_type: Option<String>,
}

impl Content {
    /// Bytes of no known type.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), content_type: None }
    }

    /// Sets the content type, which is what a browser will be told when it opens the file: a page
    /// of a static website needs it.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        Self { content_type: Some(content_type.into()), ..self }
    }

    pub(super) fn media_type(&self, operation: &str) -> Result<Option<HeaderValue>, Error> {
        self.content_type.as_deref().map(|media_type| header_value(operation, media_type)).transpose()
    }
}

/// A header of an upload.
pub(super) fn header_value(operation: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value).map_err(|_| {
        let cause = Cause::Text("a value of the permission, or the content type, cannot be a header");
        Error::new(ErrorKind::Request, operation, 0, cause)
    })
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self::new(Bytes::copy_from_slice(bytes))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("bytes", &self.bytes.len())
            .field("content_type", &self.content_type)
            .finish()
    }
}
