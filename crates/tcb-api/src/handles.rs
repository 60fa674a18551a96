//! Handles: the operations by what they are about, `client.env("…").functions().create("…")`.
//!
//! A handle adds nothing to [`Client::send`](crate::Client::send): it builds an operation and sends
//! it. One module per family of operations, the same as in [`types`](crate::types). They start at
//! [`Client`](crate::Client) for what is a merchant's, and at [`Platform`](crate::Platform) for
//! what is the platform's own.
//!
//! One rule says what they offer: a method takes what the operation requires, and an operation with
//! options is sent with none of them set. To set options, build the operation yourself and
//! [send](crate::Client::send) or [stream](crate::Client::stream) it; each method names its
//! operation. Operations that are nothing but options have no method.
//!
//! ```
//! # async fn example(shop: tcb_api::Client) -> Result<(), tcb_api::Error> {
//! use tcb_api::types::cloudbase_common::ListFunctions;
//!
//! let functions = shop.env("shop-prod-1a2b3c").functions();
//! functions.create("hello").await?;
//! let first_page = functions.list().await?;
//! // The same with options.
//! let five = shop.send(ListFunctions::new("shop-prod-1a2b3c").limit(5)).await?;
//! # Ok(()) }
//! ```
//!
//! Files and code take a second step after their operation, an upload or a download that carries no
//! token; `upload`, `download` and `upload_code` do both. [`Links`](crate::Links) do the second
//! alone.
//!
//! Handles are cheap to make and to clone. `list` gives one page as the service answers it,
//! `stream` all items, page after page.

/// Makes a handle: a struct with a client and what all its calls have in common, and a method per
/// operation. A method is written as its signature, with the answer alone for a result, and with
/// the operation to send for a body.
macro_rules! handle {
    (
        $(#[$doc:meta])*
        pub struct $handle:ident { $($field:ident: $type:ty),* }
        $(
            $(#[$call_doc:meta])*
            fn $call:ident(&$self:ident $(, $argument:ident: $argument_type:ty)* $(,)?) -> $answer:ty {
                $operation:ident $($built:tt)+
            }
        )*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $handle {
            client: $crate::Client,
            $($field: $type,)*
        }

        impl $handle {
            pub(crate) fn new(client: $crate::Client $(, $field: $type)*) -> Self {
                Self { client $(, $field)* }
            }

            $(
                $(#[$call_doc])*
                ///
                #[doc = concat!("Sends [`", stringify!($operation), "`].")]
                ///
                /// # Errors
                ///
                /// As [`Client::send`](crate::Client::send).
                pub async fn $call(&$self $(, $argument: $argument_type)*) -> Result<$answer, $crate::Error> {
                    $self.client.send($operation $($built)+).await
                }
            )*
        }
    };
}

/// Adds methods to a handle that give a stream. A method is written as for `handle!`, without the
/// answer.
macro_rules! streams {
    ($handle:ident: $(
        $(#[$doc:meta])*
        fn $call:ident(&$self:ident $(, $argument:ident: $argument_type:ty)* $(,)?) {
            $operation:ident $($built:tt)+
        }
    )+) => {
        impl $handle {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!("Streams [`", stringify!($operation), "`].")]
                pub fn $call(&$self $(, $argument: $argument_type)*) -> $crate::Pager<$operation> {
                    $self.client.stream($operation $($built)+)
                }
            )+
        }
    };
}

/// Adds methods to a handle that lead to a narrower one. A method is written as its signature, with
/// what the narrower handle has beside the client for a body.
macro_rules! leads {
    ($handle:ident: $(
        $(#[$doc:meta])*
        fn $name:ident(&$self:ident $(, $argument:ident: $argument_type:ty)*) -> $narrower:ident { $($member:expr),* }
    )+) => {
        impl $handle {
            $(
                $(#[$doc])*
                pub fn $name(&$self $(, $argument: $argument_type)*) -> $narrower {
                    $narrower::new($self.client.clone() $(, $member)*)
                }
            )+
        }
    };
}

/// Adds to a handle of a cloud storage what does both steps of an upload or a download in one call.
macro_rules! transfers {
    ($handle:ident) => {
        /// Both steps of an upload or a download in one call.
        impl $handle {
            /// Uploads `content` to `path`, over what is there, and returns the id of the file.
            ///
            /// # Errors
            ///
            /// As [`Client::send`](crate::Client::send) and
            /// [`Links::upload`](crate::Links::upload).
            pub async fn upload(
                &self,
                path: impl Into<String> + Send,
                content: impl Into<$crate::Content> + Send,
            ) -> Result<FileId, $crate::Error> {
                let (path, content) = (path.into(), content.into());
                let permission = self.upload_link(path.as_str()).await?;
                self.client.links().upload(&permission, &path, content).await?;
                Ok(permission.file_id)
            }

            /// Downloads a file of at most 64 MiB; [`Links::cap`](crate::Links::cap) allows other
            /// sizes.
            ///
            /// # Errors
            ///
            /// As [`Client::send`](crate::Client::send) and
            /// [`Links::download`](crate::Links::download).
            pub async fn download(
                &self,
                id: impl Into<FileId> + Send,
            ) -> Result<bytes::Bytes, $crate::Error> {
                let wanted = WantedFile::new(id, $crate::links::AT_ONCE);
                let link = $crate::links::only_link(self.download_links([wanted]).await?)?;
                self.client.links().download(&link).await
            }

            /// Downloads a file of any size, piece by piece.
            ///
            /// # Errors
            ///
            /// As [`Client::send`](crate::Client::send) and
            /// [`Links::download_stream`](crate::Links::download_stream).
            pub async fn download_stream(
                &self,
                id: impl Into<FileId> + Send,
            ) -> Result<$crate::Download, $crate::Error> {
                let wanted = WantedFile::new(id, $crate::links::AT_ONCE);
                let link = $crate::links::only_link(self.download_links([wanted]).await?)?;
                self.client.links().download_stream(&link).await
            }
        }
    };
}

pub mod api_management;
pub mod authorization;
pub mod cloudbase_batch;
pub mod cloudbase_common;
pub mod open_account;
