//! `POST /cgi-bin/clear_quota/v2`

use serde::Serialize;

use crate::secret::expose;
use crate::{AppId, AppSecret, Operation, OperationSpec, Secret, TokenKinds, wire};

/// Sets all call counts of an account back to zero, with the account's own secret in place of a
/// token.
///
/// A service provider does not have its merchants' secrets and uses
/// [`ClearComponentQuotaByAppSecret`](super::ClearComponentQuotaByAppSecret). The ten clearings
/// that an account has in a month are shared with [`ClearQuota`](super::ClearQuota).
///
/// Not confirmed: the page itself was not read. Clients agree on the members but not on where they
/// go: `JeffreySu/WeiXinMPSDK` sends them in the body, as is done here, `binarywang/WxJava` in the
/// URL, where a secret would end up in logs.
///
/// | Call | `POST /cgi-bin/clear_quota/v2` |
/// | --- | --- |
/// | Token | none |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, 40013, 41002, 41004, 48006 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/offiaccount/openApi/clearQuotaByAppSecret.html) |
#[doc(alias = "/cgi-bin/clear_quota/v2")]
#[doc(alias = "clearQuotaByAppSecret")]
#[doc(alias = "使用AppSecret重置API调用次数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ClearQuotaByAppSecret {
    /// The account.
    #[serde(rename = "appid")]
    pub app_id: AppId,
    /// Its own secret.
    #[serde(rename = "appsecret", serialize_with = "expose")]
    pub app_secret: AppSecret,
}

impl ClearQuotaByAppSecret {
    /// Clears the counts of the account that this secret belongs to.
    pub fn new(app_id: impl Into<AppId>, app_secret: impl Into<AppSecret>) -> Self {
        Self { app_id: app_id.into(), app_secret: app_secret.into() }
    }
}

impl Operation for ClearQuotaByAppSecret {
    type Response = ClearQuotaByAppSecretResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("clearQuotaByAppSecret", "/cgi-bin/clear_quota/v2").token(TokenKinds::None);

    fn secrets(&self) -> Vec<&Secret> {
        vec![self.app_secret.as_ref()]
    }
}

wire::empty! {
    /// The counts are cleared.
    ClearQuotaByAppSecretResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_travels_in_the_body_and_not_in_the_url() {
        let request = ClearQuotaByAppSecret::new("wxshop", "s");
        assert_eq!(request.body().unwrap(), br#"{"appid":"wxshop","appsecret":"s"}"#);
        assert!(request.query().is_empty());
        assert!(!format!("{request:?}").contains("\"s\""));
    }
}
