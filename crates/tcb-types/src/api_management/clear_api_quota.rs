//! `POST /cgi-bin/openapi/quota/clear`

use serde::Serialize;

use crate::{EncodeError, Operation, OperationSpec, TokenKinds, wire};

/// Sets the call count of one API back to zero.
///
/// With the platform's token it is the platform's own count, with an account's token that
/// account's. An account has fifty such clearings a month, counted apart from those of
/// [`ClearQuota`](super::ClearQuota).
///
/// Not confirmed: the field's description asks for a path under `/channels/ec/`, the notes of the
/// [same page](https://developers.weixin.qq.com/doc/channels/api/basic/api_clearapiquota.html) for
/// any path. Whether it works for `/tcb/` paths is unknown.
///
/// | Call | `POST /cgi-bin/openapi/quota/clear` |
/// | --- | --- |
/// | Token | the account's, or the platform's in batch mode or for itself |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | 40001, 41001 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/subscription/api/apimanage/api_clearapiquota) |
#[doc(alias = "/cgi-bin/openapi/quota/clear")]
#[doc(alias = "clearApiQuota")]
#[doc(alias = "重置指定API调用次数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ClearApiQuota {
    /// Path of the API, with the leading slash and without the host.
    #[serde(rename = "cgi_path")]
    pub path: String,
}

impl ClearApiQuota {
    /// Clears the count of the API at `path`, for example `/tcb/createfunction`.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
    }
}

impl Operation for ClearApiQuota {
    type Response = ClearApiQuotaResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("clearApiQuota", "/cgi-bin/openapi/quota/clear").token(TokenKinds::Either);

    fn validate(&self) -> Result<(), EncodeError> {
        super::validate_path(&self.path)
    }
}

wire::empty! {
    /// The count is cleared.
    ClearApiQuotaResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_is_sent_and_not_only_one_below_channels() {
        let sent = ClearApiQuota::new("/tcb/createfunction").body().unwrap();
        assert_eq!(sent, br#"{"cgi_path":"/tcb/createfunction"}"#);
        assert!(ClearApiQuota::new("/channels/ec/basics/info/get").body().is_ok());
        assert!(ClearApiQuota::new("channels/ec/basics/info/get").body().is_err());
    }
}
