//! The console for people: pages that the server writes, in Chinese and English, which work without
//! scripts. They see and do what the methods of [`Emulator`] let them.

mod assumptions;
mod callbacks;
mod clock;
mod cloud;
mod coverage;
mod faults;
mod form;
mod home;
mod layout;
mod link;
mod live;
mod merchants;
mod phone;
mod platforms;
mod prompts;
mod release_check;
mod requests;
mod snapshots;
mod view;
mod visit;

use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderValue, Method, StatusCode, header};
use tcb_lang::{Lang, say};

use crate::core::Core;
use crate::reply::{Reply, Sent, reply, whole};
use crate::request::Request;
use crate::{Emulator, routes};
use form::Form;
use layout::Entry;
use view::{Acted, Shown, Trouble, View};
use visit::Visit;

/// Where browsers look for the icon of what is no page.
const ICON: &str = "/favicon.ico";

/// What may be loaded: what comes from here, and nothing that stands in the page itself.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'self'; base-uri 'none'; frame-ancestors 'none'");

type Acting<'a> = Pin<Box<dyn Future<Output = Acted> + Send + 'a>>;

/// A page, with all that lies below its path.
struct Page {
    /// Below `/_emu/`.
    path: &'static str,
    title: fn(Lang) -> String,
    show: fn(&Visit<'_>) -> Shown,
    act: Act,
}

/// What the forms of a page do.
enum Act {
    /// There are none.
    Nothing,
    Now(fn(&Visit<'_>, &Form) -> Acted),
    /// It waits for others, such as the receivers of pushes.
    Waiting(for<'a> fn(&'a Visit<'a>, &'a Form) -> Acting<'a>),
}

/// The pages in the order of the menu.
const PAGES: &[Page] = &[
    Page { path: "", title: |lang| say!(lang, "To do", "待办"), show: home::show, act: Act::Nothing },
    Page {
        path: "phone",
        title: |lang| say!(lang, "Merchant's phone", "商家手机"),
        show: phone::show,
        act: Act::Waiting(|visit, form| Box::pin(phone::act(visit, form))),
    },
    Page {
        path: "prompts",
        title: |lang| say!(lang, "Prompts", "待确认事项"),
        show: prompts::show,
        act: Act::Now(prompts::act),
    },
    Page {
        path: "merchants",
        title: |lang| say!(lang, "Merchants", "授权账号管理"),
        show: merchants::show,
        act: Act::Now(merchants::act),
    },
    Page {
        path: "platforms",
        title: |lang| say!(lang, "Platforms", "第三方平台"),
        show: platforms::show,
        act: Act::Waiting(|visit, form| Box::pin(platforms::act(visit, form))),
    },
    Page {
        path: "callbacks",
        title: |lang| say!(lang, "Callbacks", "第三方消息"),
        show: callbacks::show,
        act: Act::Waiting(|visit, form| Box::pin(callbacks::act(visit, form))),
    },
    Page {
        path: "release-check",
        title: |lang| say!(lang, "Release check", "全网发布检测"),
        show: release_check::show,
        act: Act::Waiting(|visit, form| Box::pin(release_check::act(visit, form))),
    },
    Page {
        path: "requests",
        title: |lang| say!(lang, "Requests", "请求记录"),
        show: requests::show,
        act: Act::Nothing,
    },
    Page {
        path: "cloud",
        title: |lang| say!(lang, "Cloud resources", "云资源"),
        show: cloud::show,
        act: Act::Now(cloud::act),
    },
    Page {
        path: "clock",
        title: |lang| say!(lang, "Clock", "时钟"),
        show: clock::show,
        act: Act::Waiting(|visit, form| Box::pin(clock::act(visit, form))),
    },
    Page {
        path: "snapshots",
        title: |lang| say!(lang, "Snapshots", "快照"),
        show: snapshots::show,
        act: Act::Now(snapshots::act),
    },
    Page {
        path: "faults",
        title: |lang| say!(lang, "Faults and quotas", "故障与配额"),
        show: faults::show,
        act: Act::Now(faults::act),
    },
    Page {
        path: "assumptions",
        title: |lang| say!(lang, "Assumptions", "假设"),
        show: assumptions::show,
        act: Act::Now(assumptions::act),
    },
    Page {
        path: "coverage",
        title: |lang| say!(lang, "Coverage", "接口覆盖"),
        show: coverage::show,
        act: Act::Nothing,
    },
];

/// The page that authorisation links lead to. It is in no menu.
const LINK: Page = Page {
    path: link::PATH,
    title: |lang| say!(lang, "Authorisation", "授权页面"),
    show: link::show,
    act: Act::Waiting(|visit, form| Box::pin(link::act(visit, form))),
};

/// Whether a path is the console's: its own, or one of an authorisation link.
pub(crate) fn is_meant(path: &str) -> bool {
    let below = path.strip_prefix(routes::CONSOLE).filter(|_| !path.starts_with(routes::STORAGE));
    let is_ours = below.is_some_and(|below| below.is_empty() || below.starts_with('/'));
    is_ours || link::is_meant(path) || path == ICON
}

pub(crate) async fn answer(core: Arc<Core>, request: &Request) -> Sent {
    let mut answer = if request.path == visit::path(live::PATH) {
        live::stream(&core)
    } else {
        whole(answer_to(Emulator::view(core), request).await)
    };
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A form has to tell the origin that it comes from, which is checked.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    answer
}

async fn answer_to(emulator: Emulator, request: &Request) -> Reply {
    if let Some(file) = file(&request.path) {
        return file;
    }
    let Some((page, rest)) = page(&request.path) else {
        return elsewhere(request);
    };
    let visit = Visit::new(emulator, request, page.path, rest);
    let answer = match request.method {
        Method::GET | Method::HEAD => written(&visit, page, (page.show)(&visit)),
        Method::POST => match act(&visit, page, request).await {
            Ok(to) => redirect(&to),
            Err(trouble) => written(&visit, page, Err(trouble)),
        },
        _ => reply(StatusCode::METHOD_NOT_ALLOWED, TEXT, "GET, HEAD, POST\n"),
    };
    with_language(answer, &visit)
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// What lies beside the pages.
fn file(path: &str) -> Option<Reply> {
    let (content_type, text) = match path {
        "/_emu/style.css" => ("text/css; charset=utf-8", include_str!("console/style.css")),
        "/_emu/live.js" => ("text/javascript; charset=utf-8", include_str!("console/live.js")),
        "/_emu/icon.svg" | ICON => ("image/svg+xml", include_str!("console/icon.svg")),
        _ => return None,
    };
    Some(reply(StatusCode::OK, HeaderValue::from_static(content_type), text))
}

/// The page of a path, and the segments below it.
fn page(path: &str) -> Option<(&'static Page, Vec<String>)> {
    if link::is_meant(path) {
        return Some((&LINK, Vec::new()));
    }
    let below = path.strip_prefix(routes::CONSOLE)?.strip_prefix('/')?;
    let mut segments = below.split('/').map(visit::unescaped);
    let name = segments.next().unwrap_or_default();
    let page = PAGES.iter().chain([&LINK]).find(|page| page.path == name)?;
    Some((page, segments.collect()))
}

/// An address that is no page: the root without its slash, or nothing.
fn elsewhere(request: &Request) -> Reply {
    if request.path == routes::CONSOLE {
        return redirect(&format!("{}/", routes::CONSOLE));
    }
    reply(StatusCode::NOT_FOUND, TEXT, "the console has no such page\n")
}

async fn act(visit: &Visit<'_>, page: &Page, request: &Request) -> Acted {
    let form = Form::read(request).ok_or(Trouble::Forged)?;
    match page.act {
        Act::Nothing => Err(Trouble::NoPage),
        Act::Now(act) => act(visit, &form),
        Act::Waiting(act) => act(visit, &form).await,
    }
}

/// A page as it is sent. After a form that was refused comes the page that it stood on, with the
/// reason above.
fn written(visit: &Visit<'_>, page: &Page, shown: Shown) -> Reply {
    let menu: Vec<Entry> =
        PAGES.iter().map(|page| Entry { path: page.path, title: (page.title)(visit.lang) }).collect();
    let (status, view) = match shown {
        Ok(view) => (StatusCode::OK, view),
        Err(trouble) => {
            let title = (page.title)(visit.lang);
            let body = (page.show)(visit).map(|view| view.body).unwrap_or_default();
            (trouble.status(), View::new(title, layout::with_trouble(visit, &trouble, &body)))
        }
    };
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    reply(status, html, layout::frame(visit, &menu, &view).into_string())
}

fn redirect(to: &str) -> Reply {
    let mut reply = reply(StatusCode::SEE_OTHER, TEXT, "");
    // What is no header is no address either.
    if let Ok(to) = HeaderValue::from_bytes(to.as_bytes()) {
        reply.headers_mut().insert(header::LOCATION, to);
    }
    reply
}

/// Remembers a language that was asked for.
fn with_language(mut reply: Reply, visit: &Visit<'_>) -> Reply {
    if let Some(cookie) = visit.language_cookie() {
        reply.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    reply
}
