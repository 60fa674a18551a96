//! `tcbctl auth`

use clap::Subcommand;
use serde_json::{Value, json};
use tcb_api::auth::{AuthErrorKind, TokenSource as _};
use tcb_types::{AuthorizerAppId, RefreshToken, permission};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::report::column;
use crate::run::{Ended, Planned, Run};
use crate::session::Session;
use crate::settings::{TokenOwner, key};

#[derive(Debug, Subcommand)]
pub(crate) enum Auth {
    /// Make a link by which a merchant authorises the platform || 生成授权链接，授权方用它授权平台
    Link {
        /// Where the link leads back to: an https address on the registered domain ||
        /// 授权后跳回的地址：登记域名下的 https 地址
        #[arg(long, value_name = "URL")]
        redirect: String,
        /// Permission set to ask for; all that are released if not given || 请求的权限集编号；不给出则为全部已发布的权限集
        #[arg(long = "permission-set", value_name = "N")]
        permission_sets: Vec<u32>,
    },
    /// List the merchants that authorised the platform || 列出已授权平台的授权方
    List,
    /// Show a merchant and the permission sets that it granted || 显示授权方及其授予的权限集
    Show {
        /// Its appid; the one of the settings if not given || 授权方 appid；不给出则用设置中的
        appid: Option<String>,
    },
    /// Get a new access token for a merchant, through the store || 通过令牌存储为授权方换取新的访问令牌
    Refresh,
    /// Put a refresh token into the store, from `TCBCTL_REFRESH_TOKEN` or its file, or else from
    /// WeChat's list ||
    /// 把刷新令牌写入存储，取自 `TCBCTL_REFRESH_TOKEN` 或其文件，否则取自微信的授权列表
    Restore {
        /// The merchant's appid || 授权方 appid
        appid: String,
    },
    /// Compare the store with WeChat's list and mend the store || 对照微信的授权列表修复存储
    Reconcile,
}

/// Largest page of WeChat's list.
const PAGE: usize = 500;

pub(super) async fn auth(run: &Run<'_>, command: Auth) -> Ended {
    match command {
        Auth::Link { redirect, permission_sets } => link(run, redirect, permission_sets).await,
        Auth::List => list(run).await,
        Auth::Show { appid } => show(run, appid).await,
        Auth::Refresh => refresh(run).await,
        Auth::Restore { appid } => restore(run, appid).await,
        Auth::Reconcile => reconcile(run).await,
    }
}

async fn link(run: &Run<'_>, redirect: String, permission_sets: Vec<u32>) -> Ended {
    run.preview("auth link", &Planned::of("getPreAuthCode", json!({"component_appid": component(run)?}))?)?;
    let session = run.session(TokenOwner::Platform).await?;
    let link = session.platform()?.authorization_link(redirect).await?.permission_sets(permission_sets);
    // The link is made to be opened by the merchant, and only by the merchant.
    let (desktop, phone) = (link.for_desktop(), link.for_phone());
    let report = session.report("auth link").field("link", desktop.expose());
    Ok(report.field("phone_link", phone.expose()).named(desktop.expose()))
}

/// The platform's appid as the settings have it, for a request that is only shown.
fn component(run: &Run<'_>) -> Result<String, Box<Failure>> {
    Ok(run.sources.value(key::COMPONENT_APPID)?.unwrap_or_else(|| "APPID".to_owned()))
}

async fn list(run: &Run<'_>) -> Ended {
    let shown = json!({"component_appid": component(run)?, "offset": 0, "count": PAGE});
    run.preview("auth list", &Planned::of("getAuthorizerList", shown)?)?;
    let session = run.session(TokenOwner::Platform).await?;
    let appid = session.platform()?.app_id().to_string();
    let (mut items, mut count) = (Vec::new(), 0);
    loop {
        let body = json!({"component_appid": appid, "offset": count, "count": PAGE});
        let answer = run.call("auth list", "getAuthorizerList", body).await?;
        let page = column(&answer["list"], &[("appid", "authorizer_appid"), ("auth_time", "auth_time")]);
        let is_last = page.len() < PAGE;
        count += page.len();
        items.extend(run.pass_on(page)?);
        if is_last {
            return Ok(session.report("auth list").items(&["appid", "auth_time"], items));
        }
    }
}

async fn show(run: &Run<'_>, appid: Option<String>) -> Ended {
    let settings = run.sources.value(key::AUTHORIZER_APPID)?;
    let named = appid.or(settings);
    let shown =
        json!({"component_appid": component(run)?, "authorizer_appid": named.as_deref().unwrap_or("APPID")});
    run.preview("auth show", &Planned::of("getAuthorizerInfo", shown)?)?;
    // Without a name it is the merchant that all commands act for.
    let owner = if named.is_some() { TokenOwner::Platform } else { TokenOwner::Merchant };
    let session = run.session(owner).await?;
    let appid = named.or_else(|| session.merchant.as_ref().map(ToString::to_string)).unwrap_or_default();
    let body = json!({"component_appid": session.platform()?.app_id(), "authorizer_appid": appid});
    let answer = run.call("auth show", "getAuthorizerInfo", body).await?;
    let (info, granted) = (&answer["authorizer_info"], &answer["authorization_info"]["func_info"]);
    let numbers =
        granted.as_array().into_iter().flatten().filter_map(|one| one["funcscope_category"]["id"].as_u64());
    let sets: Vec<String> = numbers.map(named_set).collect();
    Ok(crate::report::Report::new("auth show")
        .field("appid", appid.as_str())
        .field("nickname", info["nick_name"].clone())
        .field("principal", info["principal_name"].clone())
        .field("account_status", info["account_status"].clone())
        .field("permission_sets", sets)
        .named(appid))
}

/// A permission set by number and name.
pub(super) fn named_set(number: u64) -> String {
    let title = u32::try_from(number).ok().and_then(permission::title);
    title.map_or_else(|| number.to_string(), |title| format!("{number} {title}"))
}

async fn refresh(run: &Run<'_>) -> Ended {
    let merchant = run.sources.value(key::AUTHORIZER_APPID)?;
    let shown = json!({
        "component_appid": component(run)?,
        "authorizer_appid": merchant.as_deref().unwrap_or("APPID"),
        "authorizer_refresh_token": "SECRET",
    });
    run.preview("auth refresh", &Planned::of("getAuthorizerAccessToken", shown)?)?;
    let session = run.merchant().await?;
    let (platform, merchant) = (session.platform()?, merchant_of(session)?);
    let source = platform.tokens().authorizer(merchant);
    let old = source.token().await?;
    source.reject(&old).await;
    let new = source.token().await?;
    let outcome = if new.value().expose() == old.value().expose() { "unchanged" } else { "refreshed" };
    Ok(session.report("auth refresh").field("outcome", outcome))
}

fn merchant_of(session: &Session) -> Result<AuthorizerAppId, Box<Failure>> {
    let unknown = || Failure::config(say!("no merchant is named", "没有给出授权方"));
    session.merchant.clone().ok_or_else(unknown)
}

async fn restore(run: &Run<'_>, appid: String) -> Ended {
    if run.sources.resolve(key::REFRESH_TOKEN)?.0.is_some() {
        let why = say!("none: it only writes into the token store", "无：只写入令牌存储");
        run.preview_nothing("auth restore", why)?;
    }
    let shown = json!({"component_appid": component(run)?, "authorizer_appid": appid});
    run.preview("auth restore", &Planned::of("getAuthorizerInfo", shown)?)?;
    let session = run.session(TokenOwner::Platform).await?;
    if !session.is_shared {
        let store = key::STORE.variable;
        return Err(Failure::config(say!("there is no store to put it into", "没有可以写入的存储"))
            .hint(say!("set {store} to the token store of the service", "把 {store} 设为服务的令牌存储"))
            .into());
    }
    let merchant = AuthorizerAppId::from(appid);
    let token = match run.sources.secret(key::REFRESH_TOKEN)? {
        Some(token) => Some(RefreshToken::from(token)),
        None => session.listed_refresh_token(&merchant).await?,
    };
    let token = token.ok_or_else(|| {
        let message =
            say!("WeChat lists no refresh token of {merchant}", "微信没有列出 {merchant} 的刷新令牌");
        Failure::new(Exit::Credential, "authorization", message).hint("tcbctl auth link --redirect URL")
    })?;
    let tokens = session.platform()?.tokens();
    let known = match tokens.refresh_token(&merchant).await {
        Ok(known) => known.is_some(),
        Err(error) if error.kind() == AuthErrorKind::UnknownAccount => false,
        Err(error) => return Err(error.into()),
    };
    if !known {
        tokens.restore(merchant.clone(), token).await?;
    }
    let outcome = if known { "kept" } else { "restored" };
    let report = session.report("auth restore").field("appid", merchant.as_str());
    Ok(report.field("outcome", outcome).named(merchant.as_str()))
}

async fn reconcile(run: &Run<'_>) -> Ended {
    let shown = json!({"component_appid": component(run)?, "offset": 0, "count": PAGE});
    run.preview("auth reconcile", &Planned::of("getAuthorizerList", shown)?)?;
    let session = run.session(TokenOwner::Platform).await?;
    let found = session.platform()?.tokens().reconcile().await?;
    let names =
        |list: &[AuthorizerAppId]| -> Vec<Value> { list.iter().map(|one| json!(one.as_str())).collect() };
    Ok(session
        .report("auth reconcile")
        .field("listed", found.listed)
        .field("added", names(&found.added))
        .field("changed", names(&found.changed))
        .field("revoked", names(&found.revoked))
        .field("unexchanged", names(&found.unexchanged)))
}
