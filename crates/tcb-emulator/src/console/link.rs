//! The page that an authorisation link leads to, under WeChat's own paths: a link works here once
//! its host is the emulator's.

use maud::{Markup, html};
use tcb_lang::{Lang, say};
use tcb_types::{AuthorizerAppId, ComponentAppId};

use super::form::Form;
use super::layout::{MOST, cut, form, nothing};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::{Visit, path, with_query};
use crate::{MerchantState, USUAL_PERMISSION_SETS};

/// Where its form goes, below `/_emu/`.
pub(super) const PATH: &str = "authorize";

/// The parameter that we add when a merchant has scanned the link: its appid.
pub(super) const HOLDER: &str = "emu_merchant";

/// The form for computers, and the two for phones.
const PATHS: [&str; 3] =
    ["/cgi-bin/componentloginpage", "/wxaopen/safe/bindcomponent", "/safe/bindcomponent"];

/// Kinds of accounts that a link can ask for, from public accounts alone to all there are.
const AUTH_TYPES: [&str; 7] = ["1", "2", "3", "4", "5", "6", "8"];

/// Seconds that the redirect says its code is good for. Documentation shows no other number; the
/// push names a longer time, and the code lives as long as that.
const EXPIRES_IN: &str = "600";

pub(super) fn is_meant(path: &str) -> bool {
    PATHS.contains(&path)
}

/// What a link asks for.
struct Link<'a> {
    component: ComponentAppId,
    code: &'a str,
    redirect: &'a str,
    /// The one account that may be authorised.
    account: Option<&'a str>,
    sets: Vec<u32>,
}

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    let lang = visit.lang;
    let title = say!(lang, "Authorisation", "授权页面");
    if visit.parameter("refused").is_some() {
        let text = say!(
            lang,
            "The administrator has refused. Nothing was changed, and WeChat tells the platform nothing.",
            "管理员已拒绝授权。没有任何改变，微信也不会通知第三方平台。"
        );
        let body = html! { h1 { (title) } p { (text) } };
        return Ok(View::new(title, body));
    }
    let link = read(visit)?;
    if !visit.emulator.is_pre_auth_code_good(&link.component, link.code)? {
        let why = say!(
            lang,
            "The pre-authorisation code is unknown, was used, or has run out: each is good once, and for ten minutes.",
            "预授权码不存在、已使用或已过期：每个预授权码只能使用一次，有效期十分钟。"
        );
        let body = html! { h1 { (title) } p.trouble role="alert" { (why) } };
        return Ok(View::new(title, body));
    }
    let body = html! {
        h1 { (title) }
        div.phone { div.screen { (question(visit, &link)) } }
    };
    Ok(View::new(title, body))
}

/// Reads a link as WeChat's page does.
fn read<'a>(visit: &'a Visit<'_>) -> Result<Link<'a>, Trouble> {
    let need = |name: &'static str| visit.parameter(name).ok_or(Trouble::Field(name));
    let redirect = need("redirect_uri")?;
    if !is_web_address(redirect) {
        return Err(Trouble::Field("redirect_uri"));
    }
    if visit.parameter("auth_type").is_some_and(|kind| !AUTH_TYPES.contains(&kind)) {
        return Err(Trouble::Field("auth_type"));
    }
    let sets = match visit.parameter("category_id_list") {
        None => USUAL_PERMISSION_SETS.to_vec(),
        Some(list) => {
            let sets: Result<_, _> = list.split('|').map(str::parse).collect();
            sets.map_err(|_| Trouble::Field("category_id_list"))?
        }
    };
    Ok(Link {
        component: need("component_appid")?.into(),
        code: need("pre_auth_code")?,
        redirect,
        account: visit.parameter("biz_appid"),
        sets,
    })
}

/// Whether an address is one that a browser may be sent to: a page of the web, on any host.
fn is_web_address(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let is_web = matches!(scheme, Some("http" | "https"));
    // The rest behind `#` is no part of what this type reads.
    let url = text.split('#').next().unwrap_or_default().parse::<http::Uri>();
    is_web && url.is_ok_and(|url| url.host().is_some_and(|host| !host.is_empty()))
}

fn question(visit: &Visit<'_>, link: &Link<'_>) -> Markup {
    let lang = visit.lang;
    let merchants = visit.emulator.merchants();
    let only = link.account.or_else(|| visit.parameter(HOLDER));
    let offered: Vec<&MerchantState> =
        merchants.iter().filter(|state| only.is_none_or(|only| state.appid == *only)).collect();
    if offered.is_empty() {
        return html! {
            (nothing(&say!(lang, "No merchant could authorise here.", "没有可以授权的商家。")))
            p { a.button.primary href=(path("merchants")) { (say!(lang, "Add a merchant", "添加商家")) } }
        };
    }
    let is_one = offered.len() == 1;
    let fields = html! {
        input type="hidden" name="component" value=(link.component);
        input type="hidden" name="code" value=(link.code);
        input type="hidden" name="redirect" value=(link.redirect);
        p { (say!(lang, "A platform wants to act for your account:", "第三方平台申请代您管理账号：")) br; code { (link.component) } }
        fieldset {
            legend { (say!(lang, "Account", "授权账号")) }
            @for state in offered.iter().take(MOST) {
                label.choice {
                    input type="radio" name="merchant" value=(state.appid) required checked[is_one];
                    span { (state.merchant.name) br; code { (state.appid) } }
                }
            }
            (cut(lang, offered.len()))
        }
        fieldset {
            legend { (say!(lang, "Permission sets", "权限集")) }
            @for set in &link.sets {
                label.choice {
                    input type="checkbox" name="set" value=(set) checked;
                    span { (set_name(lang, *set)) " " small { (set) } }
                }
            }
        }
        div.buttons {
            button.primary name="answer" value="agree" { (say!(lang, "Agree", "同意授权")) }
            button.plain name="answer" value="refuse" formnovalidate { (say!(lang, "Refuse", "拒绝")) }
        }
    };
    form(visit, &path(PATH), &fields)
}

/// What a permission set is for, by the names of WeChat's table.
pub(super) fn set_name(lang: Lang, set: u32) -> String {
    match set {
        3 => say!(lang, "Account service", "账号服务"),
        18 => say!(lang, "Development and data analysis", "小程序开发与数据分析"),
        24 | 25 => say!(lang, "Open-platform account", "开放平台账号管理"),
        30 => say!(lang, "Basic information", "小程序基本信息管理"),
        49 => say!(lang, "Cloud development", "小程序云开发管理"),
        _ => say!(lang, "Permission set", "权限集"),
    }
}

pub(super) async fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    if form.text("answer") == Some("refuse") {
        return Ok(with_query(&path(PATH), [("refused", "1")].into_iter()));
    }
    let component = ComponentAppId::from(form.need("component")?);
    let merchant = AuthorizerAppId::from(form.need("merchant")?);
    let redirect = form.need("redirect")?;
    if !is_web_address(redirect) {
        return Err(Trouble::Field("redirect"));
    }
    let sets: Result<Vec<u32>, _> = form.all("set").map(str::parse).collect();
    let sets = sets.map_err(|_| Trouble::Field("set"))?;
    let code = form.need("code")?;
    let code = visit.emulator.authorize_by_link(&component, &merchant, sets, code).await?;
    Ok(redirected(redirect, code.expose()))
}

/// Where WeChat sends the browser: the address of the link with the code.
fn redirected(to: &str, code: &str) -> String {
    let (address, fragment) = to.split_once('#').unwrap_or((to, ""));
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("auth_code", code).append_pair("expires_in", EXPIRES_IN).finish();
    let joint = if address.contains('?') { '&' } else { '?' };
    let hash = if fragment.is_empty() { "" } else { "#" };
    format!("{address}{joint}{query}{hash}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_goes_into_the_query() {
        let to = |address| redirected(address, "auth@1");
        assert_eq!(to("https://a.example/done"), "https://a.example/done?auth_code=auth%401&expires_in=600");
        assert_eq!(to("http://a.example/?s=1"), "http://a.example/?s=1&auth_code=auth%401&expires_in=600");
        assert_eq!(to("https://a.example/#/x"), "https://a.example/?auth_code=auth%401&expires_in=600#/x");
    }

    #[test]
    fn a_browser_is_sent_to_the_web_alone() {
        assert!(is_web_address("http://127.0.0.1:3000/done?state=1#part"));
        for address in
            ["javascript:alert(1)", "data:text/html,x", "//a.example", "/done", "https://", "file:///etc"]
        {
            assert!(!is_web_address(address), "{address}");
        }
    }
}
