//! The platforms: what a service provider finds on WeChat's console, and where events go.

use maud::{Markup, html};
use tcb_lang::say;
use tcb_types::ComponentAppId;

use super::form::Form;
use super::layout::{button, form, hidden, time};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::Visit;
use crate::inventory::PlatformState;

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Platforms", "第三方平台");
    let body = html! {
        h1 { (title) }
        p.about {
            (say!(lang, "The credentials are made up from the seed and worth nothing elsewhere. Calls go to ", "凭据由种子生成，在别处没有用处。调用地址为 "))
            code { (visit.emulator.base_url()) } (say!(lang, ".", "。"))
        }
        @for platform in visit.emulator.platforms() { (one(visit, &platform)) }
        (button(visit, &visit.home(), &[("action", "add")], "plain", &say!(lang, "Add a platform", "添加第三方平台")))
    };
    Ok(View::new(title, body))
}

fn one(visit: &Visit<'_>, platform: &PlatformState) -> Markup {
    let lang = visit.lang;
    let credentials = &platform.credentials;
    let appid = credentials.app_id.as_str();
    let ticket = say!(lang, "Push a ticket now", "立即推送 ticket");
    html! {
        section.card {
            h2 { code { (appid) } }
            dl {
                dt { "component_appid" } dd { code { (appid) } }
                dt { "component_appsecret" } dd { (hidden(lang, credentials.secret.expose())) }
                dt { (say!(lang, "Token of callbacks", "消息校验 Token")) }
                dd { (hidden(lang, credentials.callback_token.expose())) }
                dt { (say!(lang, "Key of callbacks (EncodingAESKey)", "消息加解密 Key (EncodingAESKey)")) }
                dd { (hidden(lang, credentials.encoding_aes_key.expose())) }
                dt { (say!(lang, "Ticket pushes", "推送 ticket")) }
                dd {
                    (match (&platform.callback, platform.pushing) {
                        (None, _) => say!(lang, "no callback URL", "未设置回调地址"),
                        (Some(_), true) => say!(lang, "every ten minutes", "每十分钟一次"),
                        (Some(_), false) => say!(lang, "off", "已关闭"),
                    })
                    @if let Some(next) = platform.next_push { (say!(lang, ", next at ", "，下次 ")) (time(next)) }
                }
                dt { (say!(lang, "Batch mode", "批量代云开发")) }
                dd { (if platform.opened { say!(lang, "open", "已开通") } else { say!(lang, "closed", "未开通") }) }
            }
            (form(visit, &visit.home(), &html! {
                input type="hidden" name="action" value="callback";
                input type="hidden" name="component" value=(appid);
                label {
                    (say!(lang, "Events are pushed to (http:// on this machine; empty for nowhere)", "事件推送地址（本机 http://；留空表示不推送）"))
                    input name="url" type="url" value=(platform.callback.as_deref().unwrap_or_default()) placeholder="http://127.0.0.1:8000/callback";
                }
                label.choice {
                    input type="checkbox" name="pushing" checked[platform.pushing];
                    span { (say!(lang, "push tickets every ten minutes", "每十分钟推送 ticket")) }
                }
                button.primary { (say!(lang, "Save", "保存")) }
            }))
            @if platform.callback.is_some() {
                (button(visit, &visit.home(), &[("action", "ticket"), ("component", appid)], "plain", &ticket))
            }
        }
    }
}

pub(super) async fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let emulator = &visit.emulator;
    let component = || form.need("component").map(ComponentAppId::from);
    match form.text("action") {
        Some("add") => drop(emulator.add_component()),
        Some("callback") => {
            let component = component()?;
            match form.text("url") {
                Some(url) => emulator.set_callback_url(&component, url)?,
                None => emulator.clear_callback_url(&component)?,
            }
            emulator.set_ticket_pushing(&component, form.is_ticked("pushing"))?;
        }
        Some("ticket") => drop(emulator.push_ticket(&component()?).await?),
        _ => return Err(Trouble::Field("action")),
    }
    Ok(form.back(visit.home()))
}
