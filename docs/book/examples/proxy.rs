use tcb_api::Platform;
use tcb_api::transport::{HttpOptions, HyperTransport};

pub(crate) fn behind(proxy: &str) -> Result<Platform, Box<dyn std::error::Error>> {
    // ANCHOR: proxy
    let options = HttpOptions::default().proxy(proxy)?; // http://name:password@proxy.example:3128
    let transport = HyperTransport::new(options)?;
    let platform = Platform::builder("wx_platform", "appsecret").transport(transport).build()?;
    // ANCHOR_END: proxy
    Ok(platform)
}
