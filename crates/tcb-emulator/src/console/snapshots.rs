//! States that are kept, put back and exchanged with other emulators.

use maud::{Markup, html};
use tcb_lang::say;

use super::form::Form;
use super::layout::{button, form, nothing, table};
use super::view::{Acted, Shown, Trouble, View};
use super::visit::Visit;
use crate::{Reset, routes};

pub(super) fn show(visit: &Visit<'_>) -> Shown {
    if !visit.rest.is_empty() {
        return Err(Trouble::NoPage);
    }
    let lang = visit.lang;
    let title = say!(lang, "Snapshots", "快照");
    let body = html! {
        h1 { (title) }
        p.about { (say!(
            lang,
            "A snapshot holds the whole state with its time. After it is restored, the same requests get the same answers. Requests are no part of it: their list begins anew.",
            "快照保存全部状态及其时间。恢复后，同样的请求得到同样的应答。请求记录不在快照中，恢复后重新开始记录。"
        )) }
        (list(visit))
        div.columns {
            section { h2 { (say!(lang, "Keep the state", "保存当前状态")) } (saving(visit)) }
            section { h2 { (say!(lang, "Import a file", "导入文件")) } (importing(visit)) }
            section { h2 { (say!(lang, "Begin anew", "重新开始")) } (resetting(visit)) }
        }
    };
    Ok(View::new(title, body))
}

fn list(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let names = visit.emulator.snapshots();
    if names.is_empty() {
        return nothing(&say!(lang, "No snapshot so far.", "还没有快照。"));
    }
    let heads = [say!(lang, "Name", "名称"), String::new()];
    let row = |name: &String| {
        let fields = |action| [("action", action), ("name", name.as_str())];
        let file = format!("{}/snapshots/{name}", routes::ADMIN);
        html! {
            td { code { (name) } }
            td {
                div.buttons {
                    (button(visit, &visit.home(), &fields("restore"), "plain", &say!(lang, "Restore", "恢复")))
                    a.button href=(file) download={ (name) ".json" } { (say!(lang, "Download", "下载")) }
                    (button(visit, &visit.home(), &fields("delete"), "danger", &say!(lang, "Delete", "删除")))
                }
            }
        }
    };
    table(&heads, &names.iter().map(row).collect::<Vec<_>>())
}

/// The field for the name that a snapshot gets.
fn name(visit: &Visit<'_>) -> Markup {
    let text =
        say!(visit.lang, "Name (letters, digits, “.”, “-” and “_”)", "名称（字母、数字、“.”、“-”和“_”）");
    html! { label { (text) input name="name" required maxlength="64" pattern="[A-Za-z0-9._\\-]+"; } }
}

fn saving(visit: &Visit<'_>) -> Markup {
    let fields = html! {
        input type="hidden" name="action" value="save";
        (name(visit))
        button.primary { (say!(visit.lang, "Save", "保存")) }
    };
    form(visit, &visit.home(), &fields)
}

fn importing(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    let fields = html! {
        input type="hidden" name="action" value="import";
        (name(visit))
        label {
            (say!(lang, "Text of a file that was downloaded here or elsewhere", "在此处或别处下载的文件内容"))
            textarea name="file" rows="4" required spellcheck="false" placeholder="{\"schema\": 1, …}" {}
        }
        button.primary { (say!(lang, "Import", "导入")) }
    };
    form(visit, &visit.home(), &fields)
}

fn resetting(visit: &Visit<'_>) -> Markup {
    let lang = visit.lang;
    html! {
        p.note { (say!(
            lang,
            "What is not in a snapshot is lost. Time goes on, and snapshots stay.",
            "未保存到快照的内容将丢失；时间继续，快照保留。"
        )) }
        div.buttons {
            (button(visit, &visit.home(), &[("action", "seed")], "danger", &say!(lang, "As at the start", "恢复到启动时")))
            (button(visit, &visit.home(), &[("action", "empty")], "danger", &say!(lang, "With nothing at all", "清空全部")))
        }
    }
}

pub(super) fn act(visit: &Visit<'_>, form: &Form) -> Acted {
    let emulator = &visit.emulator;
    match form.text("action") {
        Some("save") => emulator.save_snapshot(form.need("name")?)?,
        Some("restore") => emulator.reset(&Reset::Snapshot(form.need("name")?.to_owned()))?,
        Some("delete") => emulator.delete_snapshot(form.need("name")?)?,
        Some("import") => {
            let file = serde_json::from_str(form.need("file")?).map_err(|_| Trouble::Field("file"))?;
            emulator.import_snapshot(form.need("name")?, file)?;
        }
        Some("seed") => emulator.reset(&Reset::Seed)?,
        Some("empty") => emulator.reset(&Reset::Empty)?,
        _ => return Err(Trouble::Field("action")),
    }
    Ok(form.back(visit.home()))
}
