//! `POST /tcb/getqcloudtoken`

use serde::{Deserialize, Serialize};

use crate::{EncodeError, Operation, OperationSpec, Secret, wire};

/// Makes a temporary credential for the API of Tencent Cloud.
///
/// It works for those interfaces only that the overview of cloud development's API lists. There are
/// ten calls in an hour, so cache; 45009: they are used up.
///
/// | Call | `POST /tcb/getqcloudtoken` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -1000, 40001, 40014, 40097, 40101, 41001, 42001, 43002, 44002, 45009, 47001, 85088 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/doc/oplatform/openApi/cloudbase-common/admin-management/api_getcloudtoken.html) · [English](https://developers.weixin.qq.com/doc/oplatform/en/openApi/OpenApiDoc/cloudbase-common/admin-management/getCloudToken.html) |
#[doc(alias = "/tcb/getqcloudtoken")]
#[doc(alias = "getCloudToken")]
#[doc(alias = "getQcloudToken")]
#[doc(alias = "获取腾讯云API调用凭证")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetCloudCredential {
    /// How long it is valid, in seconds; at most 7200.
    pub lifespan: u32,
}

impl GetCloudCredential {
    /// Longest life, in seconds.
    pub const MAX_LIFESPAN: u32 = 7200;

    /// A credential that lives for `lifespan` seconds.
    pub fn new(lifespan: u32) -> Self {
        Self { lifespan }
    }
}

impl Operation for GetCloudCredential {
    type Response = CloudCredential;
    // Not idempotent: each call takes one of the ten that an hour has.
    const SPEC: OperationSpec = OperationSpec::post("getCloudToken", "/tcb/getqcloudtoken")
        .permission_sets(&[49, 64])
        .required_in_response(&["expired_time", "secretid", "secretkey", "token"])
        .secret_response();

    fn validate(&self) -> Result<(), EncodeError> {
        if self.lifespan > Self::MAX_LIFESPAN {
            return Err(EncodeError::limit("lifespan", "at most 7200 seconds"));
        }
        Ok(())
    }
}

/// A temporary credential of Tencent Cloud.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CloudCredential {
    /// Its id (`SecretId`).
    #[serde(rename = "secretid")]
    pub secret_id: String,
    /// Its key (`SecretKey`).
    #[serde(rename = "secretkey", skip_serializing)]
    pub secret_key: Secret,
    /// The token to send beside the pair.
    #[serde(skip_serializing)]
    pub token: Secret,
    /// When it runs out, as Unix time in seconds.
    #[serde(rename = "expired_time", deserialize_with = "wire::integer")]
    pub expires_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn too_long_a_life_is_not_sent() {
        assert!(GetCloudCredential::new(7200).body().is_ok());
        assert!(GetCloudCredential::new(7201).body().is_err());
    }

    #[test]
    fn an_expiry_after_2038_is_read() {
        let body = br#"{"secretid":"i","secretkey":"canary","token":"canary","expired_time":4102444800}"#;
        let credential = read_response::<GetCloudCredential>(body, &Scrubber::default()).unwrap();
        assert_eq!(credential.expires_at, 4_102_444_800);
        assert!(!format!("{credential:?}").contains("canary"));
    }
}
