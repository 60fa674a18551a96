//! `POST /componenttcb/batchunshareenv`

use serde::{Deserialize, Serialize};

use super::{EnvProduct, EnvShare, EnvShareFailure};
use crate::{Operation, OperationSpec, Partial, TokenKinds, partial};

/// Stops sharing environments of the platform with mini programs.
///
/// Not confirmed: the page was read in the family of cloud hosting only; that the call belongs to
/// this family too is known from the client `WeiXinMPSDK`.
///
/// | Call | `POST /componenttcb/batchunshareenv` |
/// | --- | --- |
/// | Token | the platform's |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 47001, 85088, -501001, -501002, -501003, -501004, -501005, -501007, -501009 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudrun-batch/cloudenv-mgnt/api_unsharecloudbaseenv.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudrun-batch/cloudenv-mgnt/unshareCloudbaseEnv.html) |
#[doc(alias = "/componenttcb/batchunshareenv")]
#[doc(alias = "unshareCloudbaseEnv")]
#[doc(alias = "解除环境共享关联关系")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteEnvShares {
    /// Which environment is no longer shared with which mini programs.
    #[serde(rename = "data")]
    pub shares: Vec<EnvShare>,
    /// The product that the environments belong to.
    #[serde(rename = "source_type")]
    pub product: EnvProduct,
}

impl DeleteEnvShares {
    /// Ends `shares` of environments of `product`.
    pub fn new(shares: impl IntoIterator<Item = EnvShare>, product: EnvProduct) -> Self {
        Self { shares: shares.into_iter().collect(), product }
    }
}

impl Operation for DeleteEnvShares {
    type Response = DeleteEnvSharesResponse;
    const SPEC: OperationSpec = OperationSpec::post("unshareCloudbaseEnv", "/componenttcb/batchunshareenv")
        .token(TokenKinds::Component);
}

/// What is no longer shared.
#[must_use = "the call succeeded, but parts of it may have failed"]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DeleteEnvSharesResponse {
    /// The pairs of environment and mini program that failed.
    #[serde(default, rename = "err_list", with = "partial::failures")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<EnvShareFailure>"))]
    pub shares: Partial<(), EnvShareFailure>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_failed_pair_cannot_be_overlooked() {
        let body = br#"{"errcode":0,"err_list":[{"env":"e","appid":"wx1","errmsg":"invalid appid"}]}"#;
        let answer = read_response::<DeleteEnvShares>(body, &Scrubber::default()).unwrap();
        assert!(answer.shares.complete().is_err());
    }
}
