//! `POST /componenttcb/batchshareenv`

use serde::{Deserialize, Serialize};

use crate::{AuthorizerAppId, EnvId, Operation, OperationSpec, Partial, TokenKinds, partial, wire};

/// Shares environments of the platform with mini programs.
///
/// A mini program can use an environment only after its administrator has opened the link of
/// [`confirmations`](CreateEnvSharesResponse::confirmations) and agreed. It must have granted the
/// platform permission set 18 before. An environment can be shared only among mini programs of one
/// legal entity.
///
/// | Call | `POST /componenttcb/batchshareenv` |
/// | --- | --- |
/// | Token | the platform's |
/// | Permission set | [18 小程序开发与数据分析](crate::permission::DEVELOPMENT_AND_ANALYSIS) |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-batch/env-mgnt/api_sharecloudbaseenv.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-batch/env-mgnt/shareCloudbaseEnv.html) |
///
/// ```
/// use tcb_types::cloudbase_batch::{CreateEnvShares, EnvProduct, EnvShare};
///
/// let share = EnvShare::new("shop-7gfwxe92", ["wx5fe6bb43205e9e07", "wx075cf85bf347b6df"]);
/// let request = CreateEnvShares::new([share], EnvProduct::CloudHosting);
/// assert_eq!(request.shares[0].app_ids.len(), 2);
/// ```
#[doc(alias = "/componenttcb/batchshareenv")]
#[doc(alias = "shareCloudbaseEnv")]
#[doc(alias = "环境共享")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateEnvShares {
    /// Which environment is shared with which mini programs.
    #[serde(rename = "data")]
    pub shares: Vec<EnvShare>,
    /// The product that the environments belong to.
    #[serde(rename = "source_type")]
    pub product: EnvProduct,
}

impl CreateEnvShares {
    /// `shares` of environments of `product`.
    pub fn new(shares: impl IntoIterator<Item = EnvShare>, product: EnvProduct) -> Self {
        Self { shares: shares.into_iter().collect(), product }
    }
}

impl Operation for CreateEnvShares {
    type Response = CreateEnvSharesResponse;
    const SPEC: OperationSpec = OperationSpec::post("shareCloudbaseEnv", "/componenttcb/batchshareenv")
        .token(TokenKinds::Component)
        .permission_sets(&[18]);
}

/// What was shared.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateEnvSharesResponse {
    /// The pairs of environment and mini program that failed.
    #[serde(default, rename = "err_list", with = "partial::failures")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<EnvShareFailure>"))]
    pub shares: Partial<(), EnvShareFailure>,
    /// Links to hand on, one for each mini program that still has to agree. An old page does not
    /// have the member.
    #[serde(default, rename = "msg_info_list", deserialize_with = "wire::list")]
    pub confirmations: Vec<EnvShareConfirmation>,
}

impl CreateEnvSharesResponse {
    /// The answer when all that was asked for is shared and nobody has to agree any more, as a
    /// probe or a mock returns it.
    pub fn complete() -> Self {
        Self { shares: Partial::new((), Vec::new()), confirmations: Vec::new() }
    }
}

/// A link with which the administrator of a mini program agrees.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EnvShareConfirmation {
    /// The mini program.
    #[serde(rename = "appid")]
    pub app_id: Option<AuthorizerAppId>,
    /// The link.
    pub url: Option<String>,
}

/// An environment and the mini programs that it is shared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct EnvShare {
    /// The environment.
    pub env: EnvId,
    /// The mini programs.
    #[serde(rename = "appids")]
    pub app_ids: Vec<AuthorizerAppId>,
}

impl EnvShare {
    /// `env` for each of `app_ids`.
    pub fn new<A: Into<AuthorizerAppId>>(
        env: impl Into<EnvId>,
        app_ids: impl IntoIterator<Item = A>,
    ) -> Self {
        Self { env: env.into(), app_ids: app_ids.into_iter().map(Into::into).collect() }
    }
}

/// A mini program and an environment for which the call failed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EnvShareFailure {
    /// The environment; absent where the call was not about one.
    pub env: Option<EnvId>,
    /// The mini program.
    #[serde(rename = "appid")]
    pub app_id: Option<AuthorizerAppId>,
    /// Why.
    #[serde(default, rename = "errmsg", deserialize_with = "crate::partial::reason")]
    pub message: Option<String>,
}

wire::numbered! {
    /// The product that an environment belongs to (`source_type`).
    ///
    /// The documentation says to send 1, a cloud hosting environment; its older page and its
    /// samples do not have the member, and the one client that is kept up to date sends 0 for these
    /// calls. So it is the caller's choice: an environment made with the kind
    /// [`EnvKind::Run`](crate::cloudbase_batch::EnvKind::Run) may well be the former, older ones
    /// the latter.
    EnvProduct {
        /// Cloud development, known from a client only.
        CloudDevelopment = 0,
        /// Cloud hosting.
        CloudHosting = 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn the_product_is_the_callers_choice() {
        for (product, number) in
            [(EnvProduct::CloudDevelopment, 0), (EnvProduct::CloudHosting, 1), (EnvProduct::Other(7), 7)]
        {
            let create = CreateEnvShares::new([EnvShare::new("e", ["wx1"])], product);
            let body = format!(r#"{{"data":[{{"env":"e","appids":["wx1"]}}],"source_type":{number}}}"#);
            assert_eq!(create.body().unwrap(), body.as_bytes());
        }
    }

    #[test]
    fn a_failed_pair_cannot_be_overlooked() {
        let body = br#"{"errcode":0,"err_list":[{"env":"e","appid":"wx1","errmsg":"invalid appid"}]}"#;
        let answer = read_response::<CreateEnvShares>(body, &Scrubber::default()).unwrap();
        assert!(answer.shares.complete().is_err());
        assert!(answer.confirmations.is_empty());
        let body = br#"{"errcode":0,"msg_info_list":[{"appid":"wx1","url":"https://x"}]}"#;
        let answer = read_response::<CreateEnvShares>(body, &Scrubber::default()).unwrap();
        assert!(answer.shares.is_complete());
        assert_eq!(answer.confirmations[0].url.as_deref(), Some("https://x"));
    }
}
