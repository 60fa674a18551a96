//! The merchant's phone: what its administrator sees in WeChat.

use maud::{Markup, html};
use tcb_lang::say;
use tcb_types::{AuthorizerAppId, ComponentAppId};

use super::form::Form;
use super::layout::{MOST, button, cut, form, merchant, nothing, question, table, time, time_at};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::{Visit, path, path_below, with_query};
use super::{link, prompts};
use crate::{Emulator, MerchantState};

/// The choice of a phone; below it one phone, by the merchant's appid.
pub(super) fn show(visit: &Visit<'_>) -> Shown {
    match &visit.rest[..] {
        [] => Ok(choice(visit)),
        [appid] => Ok(one(visit, &find(&visit.emulator, appid)?)),
        _ => Err(Trouble::NoPage),
    }
}

/// The merchant with this appid.
pub(super) fn find(emulator: &Emulator, appid: &str) -> Result<MerchantState, Trouble> {
    let mut all = emulator.merchants().into_iter();
    all.find(|merchant| merchant.appid.as_str() == appid).ok_or(Trouble::NoPage)
}

fn choice(visit: &Visit<'_>) -> View {
    let lang = visit.lang;
    let title = say!(lang, "Merchant's phone", "商家手机");
    let merchants = visit.emulator.merchants();
    let heads =
        [say!(lang, "Mini program", "小程序"), say!(lang, "Name", "名称"), say!(lang, "Subject", "主体")];
    let rows: Vec<Markup> = merchants
        .iter()
        .take(MOST)
        .map(|state| {
            html! {
                td { (merchant(state.appid.as_str())) }
                td { (state.merchant.name) }
                td { (state.merchant.subject) }
            }
        })
        .collect();
    let body = html! {
        h1 { (title) }
        p.about { (say!(lang, "Whose phone do you want to hold?", "请选择要使用哪个商家的手机。")) }
        @if rows.is_empty() {
            (nothing(&say!(lang, "There is no merchant yet.", "还没有商家。")))
            p { a.button.primary href=(path("merchants")) { (say!(lang, "Add a merchant", "添加商家")) } }
        } @else {
            (table(&heads, &rows))
            (cut(lang, merchants.len()))
        }
    };
    View::new(title, body)
}

fn one(visit: &Visit<'_>, state: &MerchantState) -> View {
    let lang = visit.lang;
    let appid = &state.appid;
    let title = say!(lang, "Phone of {name}", "{name} 的手机", name = state.merchant.name);
    let body = html! {
        h1 { (title) }
        div.phone {
            div.screen {
                p.who { strong { (state.merchant.name) } code { (appid) } }
                (scanner(visit, appid))
                h2 { (say!(lang, "Messages", "消息")) }
                (inbox(visit, appid))
                h2 { (say!(lang, "Authorised platforms", "已授权的第三方平台")) }
                (grants(visit, appid))
            }
        }
    };
    View::new(title, body)
}

/// Where a link is pasted that a person would scan.
fn scanner(visit: &Visit<'_>, appid: &AuthorizerAppId) -> Markup {
    let lang = visit.lang;
    form(
        visit,
        &path("phone"),
        &html! {
            input type="hidden" name="action" value="scan";
            input type="hidden" name="merchant" value=(appid);
            label {
                (say!(lang, "Scan an authorisation link", "扫描授权链接"))
                input name="link" type="url" required placeholder="https://mp.weixin.qq.com/cgi-bin/componentloginpage?…";
            }
            button.primary { (say!(lang, "Scan", "扫一扫")) }
        },
    )
}

/// The messages to this administrator, the newest first, with the questions that are open.
fn inbox(visit: &Visit<'_>, appid: &AuthorizerAppId) -> Markup {
    let lang = visit.lang;
    let waiting = visit.emulator.prompts();
    let mut messages = visit.emulator.outbox();
    messages.retain(|message| message.appid == *appid);
    if messages.is_empty() {
        return nothing(&say!(lang, "No message so far.", "还没有消息。"));
    }
    html! {
        ul.inbox {
            @for message in messages.iter().rev().take(MOST) {
                li {
                    p { (time_at(message.sent)) }
                    p { strong { (question(lang, message.kind)) } }
                    @if let Some(prompt) = waiting.iter().find(|prompt| prompt.id == message.prompt) {
                        @if !prompt.about.is_empty() { p { code { (prompt.about) } } }
                        (prompts::answers(visit, prompt.id))
                    } @else {
                        p.note { (say!(lang, "Answered, or asked again since.", "已答复，或之后又重新询问。")) }
                    }
                }
            }
        }
    }
}

fn grants(visit: &Visit<'_>, appid: &AuthorizerAppId) -> Markup {
    let lang = visit.lang;
    let grants = visit.emulator.grants(appid);
    if grants.is_empty() {
        return nothing(&say!(lang, "None.", "没有。"));
    }
    let cancel = say!(lang, "Cancel", "取消授权");
    html! {
        ul.inbox {
            @for grant in &grants {
                li {
                    p { code { (grant.component) } " " (say!(lang, "since ", "授权于 ")) (time(grant.since)) }
                    p.sets { @for set in &grant.permission_sets { span.tag { (set) " " (link::set_name(lang, *set)) } } }
                    (button(visit, &path("phone"), &[
                        ("action", "cancel"),
                        ("merchant", appid.as_str()),
                        ("component", grant.component.as_str()),
                    ], "plain", &cancel))
                }
            }
        }
    }
}

pub(super) async fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let appid = form.need("merchant")?;
    match form.text("action") {
        Some("scan") => scan(form.need("link")?, appid),
        Some("cancel") => {
            let component = ComponentAppId::from(form.need("component")?);
            visit.emulator.unauthorize(&component, &AuthorizerAppId::from(appid)).await?;
            Ok(form.back(path_below("phone", appid)))
        }
        _ => Err(Trouble::Field("action")),
    }
}

/// Follows an authorisation link of any host to the page that stands for it here.
fn scan(text: &str, appid: &str) -> Acted {
    let wrong = Trouble::Field("link");
    let Ok(url) = text.trim().split('#').next().unwrap_or_default().parse::<http::Uri>() else {
        return Err(wrong);
    };
    if !link::is_meant(url.path()) {
        return Err(wrong);
    }
    let query: Vec<(String, String)> =
        form_urlencoded::parse(url.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let query = query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(with_query(url.path(), query.chain([(link::HOLDER, appid)])))
}
