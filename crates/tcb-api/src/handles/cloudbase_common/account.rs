use tcb_types::JsonText;
use tcb_types::cloudbase_common::{
    AppConfig, AppConfigKind, CallbackConfig, CloudCredential, CloudId, CloudUser, CreateCloudUser,
    ExtensionFile, GetAppConfig, GetCallbackConfig, GetCloudCredential, GetCodeSecret, GetCodeSecretResponse,
    GetExtensionUploads, GetExtensionUploadsResponse, GetOpenData, GetOpenDataResponse, GetPhoneBinding,
    GetUploadSignature, GetUploadSignatureResponse, GetVoipSignature, PhoneBinding, RequestPhoneBinding,
    SetAppConfig, SetAppConfigResponse, VoipSignature,
};

handle! {
    /// The cloud development of an account as a whole. Made by
    /// [`Client::account`](crate::Client::account).
    ///
    /// Where messages are pushed to is written with
    /// [`SetCallbackConfig`](tcb_types::cloudbase_common::SetCallbackConfig).
    pub struct Account {}

    /// Opens cloud development for the account.
    fn open(&self) -> CloudUser { CreateCloudUser::new() }

    /// Reads whether the administrator has a phone number bound.
    fn phone_binding(&self) -> PhoneBinding { GetPhoneBinding::new() }

    /// Sends the administrator a message that asks for a phone number, when none is bound.
    fn request_phone_binding(&self) -> PhoneBinding { RequestPhoneBinding::new() }

    /// Reads the key that protects the code of cloud functions.
    fn code_secret(&self) -> GetCodeSecretResponse { GetCodeSecret::new() }

    /// Makes a temporary credential for the API of Tencent Cloud, good for `lifespan` seconds.
    fn credential(&self, lifespan: u32) -> CloudCredential { GetCloudCredential::new(lifespan) }

    /// Reads a configuration.
    fn config(&self, kind: AppConfigKind) -> AppConfig { GetAppConfig::new(kind) }

    /// Writes a configuration.
    fn set_config(&self, kind: AppConfigKind, config: impl Into<JsonText> + Send) -> SetAppConfigResponse {
        SetAppConfig::new(kind, config)
    }

    /// Reads where messages are pushed to inside the cloud.
    fn callback_config(&self) -> CallbackConfig { GetCallbackConfig::new() }

    /// Reads the open data that stand behind cloud ids.
    fn open_data(&self, cloud_ids: impl IntoIterator<Item = impl Into<CloudId>> + Send) -> GetOpenDataResponse {
        GetOpenData::new(cloud_ids)
    }

    /// Signs a user's entry into a room for real-time voice, at `timestamp` in Unix seconds.
    fn voip_signature(
        &self,
        group_id: impl Into<String> + Send,
        nonce: impl Into<String> + Send,
        timestamp: i64,
    ) -> VoipSignature {
        GetVoipSignature::new(group_id, nonce, timestamp)
    }

    /// Signs an upload of code to Tencent Cloud.
    fn upload_signature(&self, hashed_payload: impl Into<String> + Send) -> GetUploadSignatureResponse {
        GetUploadSignature::new(hashed_payload)
    }

    /// Makes permissions to upload files for extensions.
    fn extension_uploads(
        &self,
        files: impl IntoIterator<Item = ExtensionFile> + Send,
    ) -> GetExtensionUploadsResponse {
        GetExtensionUploads::new(files)
    }
}
