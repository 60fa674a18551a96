//! Links that carry their own permission: whoever has one can use it, without a token, until it
//! runs out.

use std::fmt;

use serde::Deserialize;

use crate::{FileId, Secret};

/// Makes a newtype for an address that may carry a signature.
macro_rules! link {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        pub struct $name(Secret);

        impl $name {
            /// Creates a link from an address.
            pub fn new(address: impl Into<String>) -> Self {
                Self(Secret::new(address))
            }

            /// Returns the whole address with its signature, to be used exactly as it is. Do not
            /// log it.
            pub fn expose(&self) -> &str {
                self.0.expose()
            }

            /// Returns whether the address is empty.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            /// Returns the address without its query, which is where a signature stands.
            pub fn without_query(&self) -> &str {
                let address = self.expose();
                &address[..address.find(['?', '#']).unwrap_or(address.len())]
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let shown = self.without_query();
                let cut = if shown.len() < self.expose().len() { "?.." } else { "" };
                write!(f, concat!(stringify!($name), "({}{})"), shown.escape_debug(), cut)
            }
        }

        impl AsRef<Secret> for $name {
            fn as_ref(&self) -> &Secret {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(address: &str) -> Self {
                Self::new(address)
            }
        }

        impl From<String> for $name {
            fn from(address: String) -> Self {
                Self::new(address)
            }
        }
    };
}

link! {
    /// An address to download from with a plain `GET`, without a token.
    ///
    /// Its query may hold a signature, so `Debug` leaves the query out and there is no `Display`.
    ///
    /// ```
    /// use tcb_types::DownloadLink;
    ///
    /// let link = DownloadLink::new("https://cos.example/login.zip?sign=abc");
    /// assert_eq!(format!("{link:?}"), "DownloadLink(https://cos.example/login.zip?..)");
    /// assert_eq!(link.expose(), "https://cos.example/login.zip?sign=abc");
    /// ```
    DownloadLink
}

link! {
    /// An address to upload to, without a token. [`FormUpload`] and [`PutUpload`] say how.
    ///
    /// Its query may hold a signature, so `Debug` leaves the query out and there is no `Display`.
    UploadLink
}

/// A permission to upload one file with a form: `POST multipart/form-data` to [`url`](Self::url),
/// with the fields of [`fields`](Self::fields) and then `file` with the content.
///
/// The answer to the upload comes from the object storage, not in the form of WeChat's API. The
/// signature is good for a quarter of an hour in the official sample.
///
/// ```
/// use tcb_types::FormUpload;
///
/// let (url, file) = ("https://cos.example/bucket/a.txt", "cloud://env.bucket/a.txt");
/// let upload = FormUpload::new(url, "t0ken", "q-sign..", file);
/// let names: Vec<_> = upload.fields("a.txt").into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["key", "Signature", "x-cos-security-token"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FormUpload {
    /// Where to upload to.
    #[serde(skip_serializing)]
    pub url: UploadLink,
    /// Value of the form's field `x-cos-security-token`.
    #[serde(skip_serializing)]
    pub token: Secret,
    /// Value of the form's field `Signature`.
    #[serde(skip_serializing)]
    pub authorization: Secret,
    /// Id that the file will have.
    pub file_id: FileId,
    /// Value of the form's field `x-cos-meta-fileid`. One edition of the documentation leaves it
    /// out of its table, but its recipe needs it.
    #[serde(skip_serializing)]
    pub cos_file_id: Option<Secret>,
}

impl FormUpload {
    /// Members of an answer without which it is of no use.
    pub const REQUIRED: &[&str] = &["authorization", "file_id", "token", "url"];

    /// Creates a permission, as a mock returns it.
    pub fn new(
        url: impl Into<UploadLink>,
        token: impl Into<Secret>,
        authorization: impl Into<Secret>,
        file_id: impl Into<FileId>,
    ) -> Self {
        Self {
            url: url.into(),
            token: token.into(),
            authorization: authorization.into(),
            file_id: file_id.into(),
            cos_file_id: None,
        }
    }

    setters! {
        cos_file_id: impl Into<Secret>,
    }

    /// Returns the fields of the form in their order; `file` with the content comes after them.
    /// `path` is the one that the link was requested for. The values are secrets.
    pub fn fields<'a>(&'a self, path: &'a str) -> Vec<(&'static str, &'a str)> {
        let mut fields = vec![
            ("key", path),
            ("Signature", self.authorization.expose()),
            ("x-cos-security-token", self.token.expose()),
        ];
        fields.extend(self.cos_file_id.as_ref().map(|id| ("x-cos-meta-fileid", id.expose())));
        fields
    }
}

/// A permission to upload one file with `PUT` of its content to [`url`](Self::url).
///
/// The address runs out soon, after a minute in the official sample.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PutUpload {
    /// Where to upload to.
    #[serde(rename = "signed_url", skip_serializing)]
    pub url: UploadLink,
    /// Value of the header `x-cos-security-token`, when there is one to send.
    #[serde(skip_serializing)]
    pub token: Option<Secret>,
}

impl PutUpload {
    /// Members of an answer without which it is of no use.
    pub const REQUIRED: &[&str] = &["signed_url"];

    /// Creates a permission whose address holds everything needed.
    pub fn new(url: impl Into<UploadLink>) -> Self {
        Self { url: url.into(), token: None }
    }

    setters! {
        token: impl Into<Secret>,
    }

    /// Returns the headers to send. Their values are secrets.
    pub fn headers(&self) -> Vec<(&'static str, &str)> {
        self.token.iter().map(|token| ("x-cos-security-token", token.expose())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_never_shown() {
        let form = FormUpload::new("https://cos.example/a?sign=canary", "canary", "canary", "cloud://e.b/a")
            .cos_file_id("canary");
        let put = PutUpload::new("https://cos.example/b#canary").token("canary");
        let link = DownloadLink::new("https://cos.example/c?canary");
        for shown in [format!("{form:?}"), format!("{put:#?}"), format!("{link:?}")] {
            assert!(!shown.contains("canary") && shown.contains("https://cos.example/"), "{shown}");
        }
    }

    #[test]
    fn a_link_without_a_signature_is_shown_in_full() {
        let link = DownloadLink::new("https://cos.example/a.png");
        assert_eq!(format!("{link:?}"), "DownloadLink(https://cos.example/a.png)");
    }

    #[test]
    fn the_form_has_the_fields_of_the_documented_recipe_in_order() {
        let form = FormUpload::new("https://u", "t", "a", "cloud://e.b/p").cos_file_id("c");
        assert_eq!(
            form.fields("p"),
            [("key", "p"), ("Signature", "a"), ("x-cos-security-token", "t"), ("x-cos-meta-fileid", "c")]
        );
        assert_eq!(PutUpload::new("https://u").token("t").headers(), [("x-cos-security-token", "t")]);
        assert_eq!(PutUpload::new("https://u").headers(), []);
    }
}
