//! `POST /cgi-bin/component/clear_quota/v2`

use serde::Serialize;

use crate::secret::expose;
use crate::{
    AuthorizerAppId, ComponentAppId, ComponentSecret, Operation, OperationSpec, Secret, TokenKinds, wire,
};

/// Sets the call counts of the platform, or of one account that authorised it, back to zero, with
/// the platform's secret in place of a token.
///
/// It helps when the count of [`ClearQuota`](super::ClearQuota), or of the calls that fetch tokens,
/// is used up itself. The ten clearings that an account has in a month are shared with
/// `ClearQuota`. 43007: the account has not authorised the platform; 48006: this month's clearings
/// are used up.
///
/// | Call | `POST /cgi-bin/component/clear_quota/v2` |
/// | --- | --- |
/// | Token | none |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, 40013, 41002, 41004, 43007, 48006 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/openapi/api_componentclearquota_v2.html) |
#[doc(alias = "/cgi-bin/component/clear_quota/v2")]
#[doc(alias = "clearComponentQuotaByAppSecret")]
#[doc(alias = "使用AppSecret重置第三方平台API调用次数")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(serde::Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct ClearComponentQuotaByAppSecret {
    /// The account whose counts are cleared; the platform's own when left out. The documentation's
    /// table calls it required, its sample leaves it out.
    #[serde(rename = "appid", skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AuthorizerAppId>,
    /// The platform.
    #[serde(rename = "component_appid")]
    pub component_app_id: ComponentAppId,
    /// Its secret.
    #[serde(rename = "appsecret", serialize_with = "expose")]
    pub component_secret: ComponentSecret,
}

impl ClearComponentQuotaByAppSecret {
    /// Clears the platform's own counts.
    pub fn new(
        component_app_id: impl Into<ComponentAppId>,
        component_secret: impl Into<ComponentSecret>,
    ) -> Self {
        Self {
            app_id: None,
            component_app_id: component_app_id.into(),
            component_secret: component_secret.into(),
        }
    }

    setters! {
        app_id: impl Into<AuthorizerAppId>,
    }
}

impl Operation for ClearComponentQuotaByAppSecret {
    type Response = ClearComponentQuotaByAppSecretResponse;
    const SPEC: OperationSpec =
        OperationSpec::post("clearComponentQuotaByAppSecret", "/cgi-bin/component/clear_quota/v2")
            .token(TokenKinds::None);

    fn secrets(&self) -> Vec<&Secret> {
        vec![self.component_secret.as_ref()]
    }
}

wire::empty! {
    /// The counts are cleared.
    ClearComponentQuotaByAppSecretResponse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_goes_under_its_third_name_and_the_account_only_when_it_is_meant() {
        let own = ClearComponentQuotaByAppSecret::new("wxplatform", "s");
        assert_eq!(own.body().unwrap(), br#"{"component_appid":"wxplatform","appsecret":"s"}"#);
        let body = own.app_id("wxshop").body().unwrap();
        assert!(body.starts_with(br#"{"appid":"wxshop","#));
    }
}
