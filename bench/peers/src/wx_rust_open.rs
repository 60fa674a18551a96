use std::sync::Arc;

use serde_json::json;
use wx_rust_miniapp::api::WxMaService;
use wx_rust_open::api::WxOpenService as _;
use wx_rust_open::api::r#impl::{WxOpenServiceImpl, downcast_ma_service};
use wx_rust_open::config::WxOpenConfigStorage as _;
use wx_rust_open::config::r#impl::WxOpenDefaultConfig;

use crate::{ENV, FUNCTION, MERCHANT, token};

/// How many other merchants' tokens it holds.
const OTHERS: usize = 1000;

/// `post` of its authorizer's service to createFunction.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The merchant's service knows it only weakly.
    _platform: Arc<WxOpenServiceImpl>,
    merchant: Arc<dyn WxMaService>,
    url: String,
}

impl Caller {
    pub(crate) fn new(base_url: &str) -> Self {
        let config = Arc::new(config(base_url));
        for number in 0..OTHERS {
            config.update_authorizer_access_token_with_expiry(&format!("wx{number:016x}"), &token(), 7200);
        }
        config.update_authorizer_access_token_with_expiry(MERCHANT, &token(), 7200);
        let platform = WxOpenServiceImpl::new_arc(config);
        let merchant = platform.wx_open_component_service().unwrap().get_wx_ma_service_by_appid(MERCHANT);
        let merchant = downcast_ma_service(merchant.unwrap()).unwrap();
        Self { _platform: platform, merchant, url: format!("{base_url}/tcb/createfunction") }
    }
}

/// Apart, because the trait of configurations hides these setters.
fn config(base_url: &str) -> WxOpenDefaultConfig {
    let mut config = WxOpenDefaultConfig::new();
    config.set_component_app_id("wx00platform0bench");
    config.set_component_app_secret("appsecret");
    config.set_component_verify_ticket("ticket@@@bench");
    config.set_api_host_url(base_url);
    config
}

impl crate::Caller for Caller {
    async fn call(&self) {
        let body = json!({ "env": ENV, "function_name": FUNCTION }).to_string();
        // An error code would be an error.
        self.merchant.post(&self.url, &body).await.unwrap();
    }
}
