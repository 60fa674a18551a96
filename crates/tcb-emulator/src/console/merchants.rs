//! All merchants, and how more of them come to be.

use maud::{Markup, html};
use tcb_lang::say;
use tcb_types::ComponentAppId;

use super::form::Form;
use super::layout::{MOST, cut, form, hidden, merchant, nothing, table};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::Visit;
use crate::{Merchant, MerchantState, USUAL_PERMISSION_SETS};

/// Most merchants that one form adds.
const MOST_SEEDED: usize = 10_000;

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Merchants", "授权账号管理");
    let sought = visit.parameter("q").unwrap_or_default();
    let mut merchants = visit.emulator.merchants();
    merchants.retain(|state| state.appid.as_str().contains(sought) || state.merchant.name.contains(sought));
    let body = html! {
        h1 { (title) }
        form.line method="get" {
            label { (say!(lang, "Name or appid", "名称或 appid")) input type="search" name="q" value=(sought); }
            button.plain { (say!(lang, "Search", "搜索")) }
        }
        (list(visit, &merchants))
        div.columns {
            section { h2 { (say!(lang, "Add one", "添加商家")) } (adding(visit)) }
            section { h2 { (say!(lang, "Add many", "批量添加")) } (seeding(visit)) }
        }
    };
    Ok(View::new(title, body))
}

fn list(visit: &Visit<'_>, merchants: &[MerchantState]) -> Markup {
    let lang = visit.lang;
    if merchants.is_empty() {
        return nothing(&say!(lang, "No merchant.", "没有商家。"));
    }
    let heads = [
        say!(lang, "Mini program", "小程序"),
        say!(lang, "Name", "名称"),
        say!(lang, "Subject", "主体"),
        say!(lang, "Phone number", "手机号"),
        say!(lang, "Cloud development", "云开发"),
        say!(lang, "Authorised", "已授权"),
        say!(lang, "Secret", "密钥"),
    ];
    let row = |state: &MerchantState| {
        let merchant_is = &state.merchant;
        let cloud = match (state.opened, merchant_is.consent) {
            (true, _) => say!(lang, "open", "已开通"),
            (false, true) => say!(lang, "agreed", "已同意"),
            (false, false) => say!(lang, "not open", "未开通"),
        };
        let secret = visit.emulator.merchant_secret(&state.appid);
        html! {
            td { (merchant(state.appid.as_str())) }
            td { (merchant_is.name) @if merchant_is.trial { " " span.tag { (say!(lang, "trial", "试用")) } } }
            td { (merchant_is.subject) }
            td { (if merchant_is.phone { say!(lang, "bound", "已绑定") } else { say!(lang, "none", "未绑定") }) }
            td { (cloud) }
            td { @for component in &state.authorized { code { (component) } " " } }
            td { @if let Ok(secret) = secret { (hidden(lang, secret.expose())) } }
        }
    };
    let rows: Vec<Markup> = merchants.iter().take(MOST).map(row).collect();
    html! { (table(&heads, &rows)) (cut(lang, merchants.len())) }
}

fn adding(visit: &Visit<'_>) -> Markup {
    let (lang, usual) = (visit.lang, Merchant::new());
    let fields = html! {
        input type="hidden" name="action" value="add";
        label { (say!(lang, "Name", "名称")) input name="name" required value=(usual.name); }
        label { (say!(lang, "Subject", "主体")) input name="subject" required value=(usual.subject); }
        label.choice {
            input type="checkbox" name="phone" checked[usual.phone];
            span { (say!(lang, "has a phone number", "已绑定手机号")) }
        }
        label.choice {
            input type="checkbox" name="consent";
            span { (say!(lang, "has agreed to cloud development", "已同意开通云开发")) }
        }
        label.choice {
            input type="checkbox" name="trial";
            span { (say!(lang, "trial mini program", "试用小程序")) }
        }
        button.primary { (say!(lang, "Add", "添加")) }
    };
    form(visit, &visit.home(), &fields)
}

fn seeding(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let fields = html! {
        input type="hidden" name="action" value="seed";
        label { (say!(lang, "How many", "数量")) input name="count" type="number" min="1" max=(MOST_SEEDED) required value="10"; }
        label {
            (say!(lang, "They have authorised", "已授权给"))
            select name="component" {
                @for credentials in visit.emulator.components() { option { (credentials.app_id) } }
            }
        }
        label.choice {
            input type="checkbox" name="opened";
            span { (say!(lang, "cloud development is open", "已开通云开发")) }
        }
        button.primary { (say!(lang, "Add", "添加")) }
        p.note { (say!(lang, "Nothing is pushed for them.", "不会为它们推送事件。")) }
    };
    form(visit, &visit.home(), &fields)
}

pub(super) fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    match form.text("action") {
        Some("add") => {
            let mut merchant = Merchant::new().named(form.need("name")?).subject(form.need("subject")?);
            merchant.phone = form.is_ticked("phone");
            merchant.consent = form.is_ticked("consent");
            merchant.trial = form.is_ticked("trial");
            visit.emulator.add_merchant(merchant);
        }
        Some("seed") => {
            let count: usize = form.number("count")?;
            if count > MOST_SEEDED {
                return Err(Trouble::Field("count"));
            }
            let component = ComponentAppId::from(form.need("component")?);
            if form.is_ticked("opened") {
                visit.emulator.seed_open_merchants(&component, count, USUAL_PERMISSION_SETS)?;
            } else {
                visit.emulator.seed_merchants(&component, count, USUAL_PERMISSION_SETS)?;
            }
        }
        _ => return Err(Trouble::Field("action")),
    }
    Ok(form.back(visit.home()))
}
