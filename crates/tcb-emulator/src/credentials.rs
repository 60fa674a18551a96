use tcb_types::{ComponentAppId, ComponentSecret, Secret};

/// What a service provider finds on the console page of its platform. Made from the seed, and
/// worthless elsewhere.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// `component_appid`.
    pub app_id: ComponentAppId,
    /// `component_appsecret`.
    pub secret: ComponentSecret,
    /// The token that callbacks are signed with.
    pub callback_token: Secret,
    /// The key that callbacks are encrypted with, 43 characters.
    pub encoding_aes_key: Secret,
}
