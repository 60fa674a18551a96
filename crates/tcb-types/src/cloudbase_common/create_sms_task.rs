//! `POST /tcb/createsendsmstask`

use serde::{Deserialize, Serialize};

use crate::{EnvId, Operation, OperationSpec};

/// Starts the sending of text messages to the numbers of a file.
///
/// The file is the filled CSV template: ask [`GetExtensionUploads`](super::GetExtensionUploads)
/// where to upload it as [`ExtensionFileKind::Sms`](super::ExtensionFileKind::Sms), upload it,
/// create the task, and follow it with [`ListSmsRecords`](super::ListSmsRecords). −501007: an
/// argument is wrong, the template is missing, or the package of messages is used up; the text says
/// which.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too.
///
/// | Call | `POST /tcb/createsendsmstask` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | never when it may have run |
/// | [Errors](crate::ErrCode) | -1, -501007 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/minigame/dev/api-backend/cloudbase/api_createsendsmstask.md) |
#[doc(alias = "/tcb/createsendsmstask")]
#[doc(alias = "createSendSmsTask")]
#[doc(alias = "创建发短信任务")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateSmsTask {
    /// The environment.
    pub env: EnvId,
    /// [`code_uri`](super::ExtensionUpload::code_uri) of the uploaded file.
    pub file_url: String,
    /// The template. The newest page requires it and names `844110`, an older one `2053122`; the
    /// sample leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// Whether to sign with the mini program's short name; not when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_short_name: Option<bool>,
}

impl CreateSmsTask {
    /// Messages to the numbers of the file at `file_url`.
    pub fn new(env: impl Into<EnvId>, file_url: impl Into<String>) -> Self {
        Self { env: env.into(), file_url: file_url.into(), template_id: None, use_short_name: None }
    }

    setters! {
        template_id: impl Into<String>,
        use_short_name: bool,
    }
}

impl Operation for CreateSmsTask {
    type Response = CreateSmsTaskResponse;
    const SPEC: OperationSpec = OperationSpec::post("createSendSmsTask", "/tcb/createsendsmstask")
        .permission_sets(&[49, 64])
        .required_in_response(&["query_id"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

id! {
    /// Id of a task that sends text messages (`query_id`).
    SmsTaskId
}

/// The task has begun.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreateSmsTaskResponse {
    /// Its id.
    #[serde(rename = "query_id")]
    pub id: SmsTaskId,
}
