//! The pages for people, as any client sees them.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tcb_emulator::{Emulator, Fault, Merchant, ReleaseCheck};
use tcb_types::AuthorizerAppId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

const PAGES: [&str; 14] = [
    "",
    "phone",
    "prompts",
    "merchants",
    "platforms",
    "callbacks",
    "release-check",
    "requests",
    "cloud",
    "clock",
    "snapshots",
    "faults",
    "assumptions",
    "coverage",
];

/// A page with one more header.
async fn page_with(emulator: &Emulator, path: &str, name: &'static str, value: &str) -> Answer {
    let mut request = request(Method::GET, &format!("{}{path}", emulator.base_url()), "");
    request.headers_mut().insert(name, value.parse().unwrap());
    send(request).await.unwrap()
}

async fn page(emulator: &Emulator, path: &str) -> String {
    let answer = page_with(emulator, path, "accept-language", "en").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    text_of(&answer)
}

fn text_of(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// The key that the forms of a page carry.
async fn key(emulator: &Emulator) -> String {
    let page = page(emulator, "/_emu/platforms").await;
    let (_, rest) = page.split_once(r#"name="key" value=""#).expect("a form with a key");
    rest.split_once('"').unwrap().0.to_owned()
}

/// Sends a form and answers where it leads.
async fn submit(emulator: &Emulator, path: &str, fields: &[(&str, &str)]) -> Answer {
    let key = key(emulator).await;
    submit_with(emulator, path, fields, &key).await
}

async fn submit_with(emulator: &Emulator, path: &str, fields: &[(&str, &str)], key: &str) -> Answer {
    let fields = fields.iter().copied().chain([("key", key)]);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{}{path}", emulator.base_url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", emulator.base_url())
        .body(Full::new(body.into()));
    send(request.unwrap()).await.unwrap()
}

fn leads_to(answer: &Answer) -> &str {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", text_of(answer));
    answer.headers["location"].to_str().unwrap()
}

/// A link as a platform's own page has it, without its host.
async fn link(emulator: &Emulator, path: &str, more: &[(&str, &str)]) -> String {
    let token = component_token(emulator).await;
    let component = emulator.component().app_id.as_str();
    let answer = call(emulator, PRE_AUTH_CODE, &token, json!({"component_appid": component})).await;
    let code = text(&answer, "/pre_auth_code");
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("component_appid", component)
        .append_pair("pre_auth_code", &code)
        .append_pair("redirect_uri", "http://127.0.0.1:9/done?state=1")
        .append_pair("auth_type", "2")
        .extend_pairs(more)
        .finish();
    format!("{path}?{query}")
}

/// The value of a hidden field.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!(r#"name="{name}" value=""#)).expect(name);
    rest.split_once('"').unwrap().0
}

/// An emulator with something on every page.
async fn furnished() -> Emulator {
    let emulator = Emulator::start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let env = env(&emulator, &shop, "prod").await;
    let function = json!({"env": env, "function_name": "login"});
    assert_code(&call(&emulator, CREATE_FUNCTION, &shop.token, function).await, 0);
    let hostile = Merchant::new().named("<script>alert('1')</script>").subject("\"><img src=x>");
    let other = crate::support::shop(&emulator, hostile).await;
    assert_code(&call(&emulator, OPEN_CLOUD, &other.token, json!({})).await, -601_049);
    let platform = &emulator.component().app_id;
    emulator.set_callback_url(platform, "http://127.0.0.1:9/?<b>").unwrap_err();
    emulator.set_callback_url(platform, "http://127.0.0.1:9/c").unwrap();
    emulator.push_ticket(platform).await.unwrap();
    emulator.fault(Fault::errcode(CREATE_FUNCTION, -1)).unwrap();
    emulator.save_snapshot("before-all").unwrap();
    let check = ReleaseCheck::new("http://127.0.0.1:9/c");
    emulator.release_check(platform, &check).await.unwrap();
    emulator
}

#[tokio::test]
async fn every_page_speaks_both_languages_and_needs_nothing_from_elsewhere() {
    let emulator = furnished().await;
    let env = {
        let listing = page(&emulator, "/_emu/cloud").await;
        let (_, rest) = listing.split_once("/_emu/cloud/prod").expect("an environment");
        format!("cloud/prod{}", rest.split_once('"').unwrap().0)
    };
    let phones = emulator.merchants().into_iter().map(|state| format!("phone/{}", state.appid));
    let mut pages: Vec<String> = PAGES.iter().map(|path| (*path).to_owned()).collect();
    pages.extend(phones.chain([env, "prompts/1".to_owned()]));
    let link = link(&emulator, "/cgi-bin/componentloginpage", &[]).await;
    let paths = pages.iter().map(|path| format!("/_emu/{path}")).chain([link]);
    for path in paths {
        for (language, html) in [("en", "en"), ("zh-CN,zh;q=0.9", "zh-CN")] {
            let answer = page_with(&emulator, &path, "accept-language", language).await;
            let text = text_of(&answer);
            assert_eq!(answer.status, StatusCode::OK, "{path}: {text}");
            assert!(text.contains(&format!(r#"<html lang="{html}">"#)), "{path}");
            let is_chinese = text.contains("微信模拟器");
            assert_eq!(is_chinese, html == "zh-CN", "{path}");
            assert!(!text.contains("<script>alert") && !text.contains("<img"), "{path}: {text}");
            // Addresses in attributes are those of this port.
            for attribute in ["href=\"", "src=\"", "action=\""] {
                for value in text.split(attribute).skip(1) {
                    assert!(value.starts_with(['/', '#']) && !value.starts_with("//"), "{path}: {value:.40}");
                }
            }
            assert!(!text.contains(" style=") && !text.contains(" onclick="), "{path}");
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'self'"), "{policy}");
            assert_eq!(answer.headers["x-frame-options"], "DENY");
            assert_eq!(answer.headers["cache-control"], "no-store");
        }
    }
    assert!(page(&emulator, "/_emu/merchants").await.contains("&lt;script&gt;alert"));
}

#[tokio::test]
async fn a_language_that_was_chosen_is_kept() {
    let emulator = Emulator::start().await.unwrap();
    let chosen = page_with(&emulator, "/_emu/?lang=zh", "accept-language", "en").await;
    assert!(text_of(&chosen).contains("待办"));
    let cookie = chosen.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("SameSite=Strict"), "{cookie}");
    let kept = page_with(&emulator, "/_emu/", "cookie", cookie.split_once(';').unwrap().0).await;
    assert!(text_of(&kept).contains("待办"));
    assert!(!kept.headers.contains_key("set-cookie"));
    let unknown = page_with(&emulator, "/_emu/", "accept-language", "fr, zh-TW;q=0.5").await;
    assert!(text_of(&unknown).contains("待办"), "the first language that is spoken");
}

#[tokio::test]
async fn what_is_no_page_is_not_found_and_no_finding() {
    let emulator = Emulator::start().await.unwrap();
    let status = async |path: &str| page_with(&emulator, path, "accept-language", "en").await.status;
    for path in ["/_emu/none", "/_emu/clock/1", "/_emu/phone/none", "/_emu/cloud/none", "/_emu/prompts/1/2"] {
        assert_eq!(status(path).await, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(status("/_emu").await, StatusCode::SEE_OTHER);
    for file in ["/_emu/style.css", "/_emu/live.js", "/_emu/icon.svg", "/favicon.ico"] {
        assert_eq!(status(file).await, StatusCode::OK, "{file}");
    }
    emulator.assert_clean();
}

#[tokio::test]
async fn a_form_without_the_key_does_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let before = emulator.components().len();
    let right = key(&emulator).await;
    let wrong = right.replace(|digit| digit == right.chars().next().unwrap(), "x");
    for key in ["", "0", &wrong, &right[1..]] {
        let answer = submit_with(&emulator, "/_emu/platforms", &[("action", "add")], key).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{key}");
    }
    assert_eq!(emulator.components().len(), before);
    let answer = submit_with(&emulator, "/_emu/platforms", &[("action", "add")], &right).await;
    assert_eq!(leads_to(&answer), "/_emu/platforms");
    assert_eq!(emulator.components().len(), before + 1);
}

#[tokio::test]
async fn pages_of_other_origins_get_no_page_and_send_no_form() {
    let emulator = Emulator::start().await.unwrap();
    let right = key(&emulator).await;
    for path in ["/_emu/", "/_emu/platforms", "/cgi-bin/componentloginpage", "/favicon.ico"] {
        for method in [Method::GET, Method::POST] {
            let body = format!("action=add&key={right}");
            let mut request = request(method, &format!("{}{path}", emulator.base_url()), body);
            request.headers_mut().insert("origin", "http://example.com".parse().unwrap());
            assert_eq!(send(request).await.unwrap().status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(emulator.components().len(), 1);
}

#[tokio::test]
async fn a_merchant_authorises_by_either_form_of_the_link() {
    for path in ["/cgi-bin/componentloginpage", "/wxaopen/safe/bindcomponent", "/safe/bindcomponent"] {
        let emulator = Emulator::start().await.unwrap();
        let shop = emulator.add_merchant(Merchant::new().named("Corner shop"));
        let page = page(&emulator, &link(&emulator, path, &[("category_id_list", "18|49")]).await).await;
        assert!(page.contains("Corner shop"));
        let fields = [
            ("component", hidden(&page, "component")),
            ("code", hidden(&page, "code")),
            ("redirect", hidden(&page, "redirect")),
            ("merchant", shop.as_str()),
            ("set", "49"),
            ("answer", "agree"),
        ];
        let answer = submit(&emulator, "/_emu/authorize", &fields).await;
        let to = leads_to(&answer);
        let code = to.strip_prefix("http://127.0.0.1:9/done?state=1&auth_code=").expect(to);
        let code = code.strip_suffix("&expires_in=600").expect(to).replace("%40", "@");
        let token = component_token(&emulator).await;
        let body = json!({"component_appid": emulator.component().app_id, "authorization_code": code});
        let exchanged = call(&emulator, QUERY_AUTH, &token, body).await;
        assert_eq!(text(&exchanged, "/authorization_info/authorizer_appid"), shop.as_str());
        let sets = &exchanged["authorization_info"]["func_info"];
        assert_eq!(sets.as_array().unwrap().len(), 1, "what was not ticked is not granted: {sets}");

        let again = submit(&emulator, "/_emu/authorize", &fields).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "a code of a link is good once");
        emulator.assert_clean();
    }
}

#[tokio::test]
async fn a_merchant_refuses() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_merchant(Merchant::new());
    let page_of_link = page(&emulator, &link(&emulator, "/safe/bindcomponent", &[]).await).await;
    let fields = [("code", hidden(&page_of_link, "code")), ("answer", "refuse")];
    let answer = submit(&emulator, "/_emu/authorize", &fields).await;
    assert!(page(&emulator, leads_to(&answer)).await.contains("has refused"));
    assert!(emulator.merchants()[0].authorized.is_empty());
}

#[tokio::test]
async fn a_link_that_wechat_would_refuse_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let good = link(&emulator, "/cgi-bin/componentloginpage", &[]).await;
    let without = |name: &str, to: &str| {
        let (path, query) = good.split_once('?').unwrap();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let changed = pairs.map(|(known, value)| {
            let value = if known == name { to.to_owned() } else { value.into_owned() };
            (known.into_owned(), value)
        });
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(changed).finish();
        format!("{path}?{query}")
    };
    let status = async |path: &str| page_with(&emulator, path, "accept-language", "en").await.status;
    assert_eq!(status(&without("component_appid", "")).await, StatusCode::BAD_REQUEST);
    assert_eq!(status(&without("component_appid", "wxnone")).await, StatusCode::NOT_FOUND);
    assert_eq!(status(&without("auth_type", "9")).await, StatusCode::BAD_REQUEST);
    for redirect in ["", "javascript:alert(1)", "//example.com", "/done"] {
        assert_eq!(status(&without("redirect_uri", redirect)).await, StatusCode::BAD_REQUEST, "{redirect}");
    }
    assert!(page(&emulator, &without("pre_auth_code", "preauthcode@@@1")).await.contains("has run out"));
    assert!(page(&emulator, &without("", "")).await.contains("No merchant could authorise"));
}

#[tokio::test]
async fn a_phone_scans_a_link_of_wechats_own_host_and_cancels() {
    let emulator = Emulator::start().await.unwrap();
    let shop = emulator.add_merchant(Merchant::new().named("Corner shop"));
    emulator.add_merchant(Merchant::new().named("Other shop"));
    let path = link(&emulator, "/cgi-bin/componentloginpage", &[]).await;
    let link = format!("https://mp.weixin.qq.com{path}#wechat_redirect");
    let fields = [("action", "scan"), ("merchant", shop.as_str()), ("link", &link)];
    let answer = submit(&emulator, "/_emu/phone", &fields).await;
    let scanned = page(&emulator, leads_to(&answer)).await;
    assert!(scanned.contains("Corner shop") && !scanned.contains("Other shop"));
    let wrong = [("action", "scan"), ("merchant", shop.as_str()), ("link", "https://example.com/")];
    assert_eq!(submit(&emulator, "/_emu/phone", &wrong).await.status, StatusCode::BAD_REQUEST);

    let platform = emulator.component().app_id.clone();
    emulator.authorize(&platform, &shop, [18, 49]).await.unwrap();
    let phone = page(&emulator, &format!("/_emu/phone/{shop}")).await;
    assert!(phone.contains("Cloud development") && phone.contains(platform.as_str()));
    let cancel = [("action", "cancel"), ("merchant", shop.as_str()), ("component", platform.as_str())];
    let answer = submit(&emulator, "/_emu/phone", &cancel).await;
    assert_eq!(leads_to(&answer), format!("/_emu/phone/{shop}"));
    assert!(emulator.merchants().iter().all(|state| state.authorized.is_empty()));
}

#[tokio::test]
async fn prompts_are_answered_where_they_are_shown() {
    let emulator = Emulator::start().await.unwrap();
    for (answer, consents) in [("approve", true), ("deny", false)] {
        let shop = shop(&emulator, Merchant::new()).await;
        assert_code(&call(&emulator, OPEN_CLOUD, &shop.token, json!({})).await, -601_049);
        let id = emulator.prompts()[0].id.to_string();
        let phone = format!("/_emu/phone/{}", shop.app_id);
        assert!(page(&emulator, &phone).await.contains("Approve"));
        let fields = [("id", id.as_str()), ("answer", answer), ("back", &phone)];
        let done = submit(&emulator, "/_emu/prompts", &fields).await;
        assert_eq!(leads_to(&done), phone);
        assert!(!page(&emulator, &phone).await.contains("Approve"));
        assert!(emulator.prompts().is_empty());
        let is_it = |appid: &AuthorizerAppId| *appid == shop.app_id;
        let state = emulator.merchants().into_iter().find(|state| is_it(&state.appid)).unwrap();
        assert_eq!(state.merchant.consent, consents);
        let gone = submit(&emulator, "/_emu/prompts", &fields).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn merchants_and_platforms_are_added() {
    let emulator = Emulator::start().await.unwrap();
    let add =
        [("action", "add"), ("name", "街角咖啡"), ("subject", "某公司"), ("phone", "on"), ("trial", "on")];
    leads_to(&submit(&emulator, "/_emu/merchants", &add).await);
    let added = emulator.merchants().remove(0).merchant;
    assert_eq!(
        (added.name.as_str(), added.phone, added.consent, added.trial),
        ("街角咖啡", true, false, true)
    );
    let platform = emulator.component().app_id.as_str();
    let seed = [("action", "seed"), ("count", "250"), ("component", platform), ("opened", "on")];
    leads_to(&submit(&emulator, "/_emu/merchants", &seed).await);
    assert_eq!(emulator.merchants().iter().filter(|state| state.opened).count(), 250);
    assert!(page(&emulator, "/_emu/merchants").await.contains("The first 200 of 251"));
    let found = page(&emulator, "/_emu/merchants?q=%E5%92%96%E5%95%A1").await;
    assert!(found.contains("街角咖啡") && !found.contains("Emulated shop</td>"));
    for count in ["10001", "-1", "many", ""] {
        let seed = [("action", "seed"), ("count", count), ("component", platform)];
        let answer = submit(&emulator, "/_emu/merchants", &seed).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{count}");
    }
    let url = "http://127.0.0.1:9/callback";
    let set = [("action", "callback"), ("component", platform), ("url", url)];
    leads_to(&submit(&emulator, "/_emu/platforms", &set).await);
    assert!(page(&emulator, "/_emu/platforms").await.contains(url));
    let elsewhere = [("action", "callback"), ("component", platform), ("url", "http://example.com/")];
    let refused = submit(&emulator, "/_emu/platforms", &elsewhere).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(text_of(&refused).contains("not on this machine"), "the reason stands on the page");
}

#[tokio::test]
async fn the_clock_is_moved_and_assumptions_are_switched() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let before = emulator.now();
    leads_to(&submit(&emulator, "/_emu/clock", &[("action", "advance"), ("seconds", "7200")]).await);
    assert_eq!(emulator.now().duration_since(before).unwrap().as_secs(), 7200);
    let forever = [("action", "advance"), ("seconds", "99999999999999999")];
    assert_eq!(submit(&emulator, "/_emu/clock", &forever).await.status, StatusCode::BAD_REQUEST);
    leads_to(&submit(&emulator, "/_emu/clock", &[("action", "mode"), ("mode", "frozen")]).await);
    assert_eq!(emulator.speed(), 0);
    let scaled = [("action", "mode"), ("mode", "scaled"), ("speed", "60")];
    leads_to(&submit(&emulator, "/_emu/clock", &scaled).await);
    assert_eq!(emulator.speed(), 60);
    let fields = [("action", "transition"), ("resource", "function"), ("policy", "after"), ("number", "9")];
    leads_to(&submit(&emulator, "/_emu/clock", &fields).await);
    assert_eq!(json!(emulator.transitions()), json!({"function": {"policy": "after", "seconds": 9}}));

    leads_to(&submit(&emulator, "/_emu/assumptions", &[("id", "A-008"), ("variant", "strict")]).await);
    assert_eq!(emulator.assumed("A-008").unwrap(), "strict");
    let chinese = page_with(&emulator, "/_emu/assumptions", "accept-language", "zh").await;
    let [assumption, ..] = Emulator::assumptions() else { panic!("there are some") };
    assert!(text_of(&chinese).contains("拒绝") && !text_of(&chinese).contains(assumption.why));
    let unknown = submit(&emulator, "/_emu/assumptions", &[("id", "A-008"), ("variant", "none")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_callback_shows_its_plain_text_and_is_delivered_again() {
    let emulator = furnished().await;
    let shown = page(&emulator, "/_emu/callbacks/1").await;
    assert!(
        shown.contains("ComponentVerifyTicket")
            && shown.contains("Encrypt")
            && shown.contains("msg_signature")
    );
    let again = submit(&emulator, "/_emu/callbacks", &[("id", "1")]).await;
    assert!(page(&emulator, leads_to(&again)).await.contains("ComponentVerifyTicket"));
    let unknown = submit(&emulator, "/_emu/callbacks", &[("id", "99")]).await;
    assert!(unknown.status.is_client_error());
}

#[tokio::test]
async fn faults_and_quotas_are_set_and_removed() {
    let emulator = Emulator::start().await.unwrap();
    let path = "/_emu/faults";
    let rules = [("errcode", "-1"), ("http", "502"), ("delay", "5"), ("drip", "5"), ("truncate", "")];
    for (kind, number) in rules {
        let fields = [
            ("action", "add"),
            ("target", "createFunction"),
            ("kind", kind),
            ("number", number),
            ("times", "2"),
        ];
        leads_to(&submit(&emulator, path, &fields).await);
    }
    let event = [("action", "add"), ("target", "callbacks"), ("kind", "postpone"), ("number", "60")];
    leads_to(&submit(&emulator, path, &event).await);
    assert_eq!(emulator.faults().len(), rules.len() + 1);
    assert!(page(&emulator, path).await.contains("a gateway answers"));
    leads_to(&submit(&emulator, path, &[("action", "remove"), ("at", "0")]).await);
    assert_eq!(emulator.faults()[0].fault.kind.as_str(), "http");
    for (target, kind, number) in
        [("none", "errcode", "-1"), ("*", "none", ""), ("*", "errcode", ""), ("*", "errcode", "0")]
    {
        let fields = [("action", "add"), ("target", target), ("kind", kind), ("number", number)];
        assert_eq!(submit(&emulator, path, &fields).await.status, StatusCode::BAD_REQUEST, "{target} {kind}");
    }
    leads_to(&submit(&emulator, path, &[("action", "clear")]).await);
    assert!(emulator.faults().is_empty());
    assert!(!page(&emulator, path).await.contains("<p class=\"note\"></p>"));
    leads_to(&submit(&emulator, path, &[("action", "quota"), ("path", LIST_ENVS), ("limit", "3")]).await);
    assert_eq!(json!(emulator.quotas()), json!({LIST_ENVS: 3}));
}

#[tokio::test]
async fn all_that_a_fault_can_say_is_in_the_form() {
    let emulator = Emulator::start().await.unwrap();
    let rules = [
        (
            vec![
                ("target", "component_verify_ticket"),
                ("kind", "withhold"),
                ("from", "2100-03-01T00:00"),
                ("until", "2100-03-01T13:00:01"),
            ],
            json!({
                "target": "component_verify_ticket",
                "kind": "withhold",
                "from": 4_107_513_600_u64,
                "until": 4_107_560_401_u64,
            }),
        ),
        (
            vec![("target", "*"), ("kind", "delay"), ("number", "5"), ("emulated", "on"), ("every", "2")],
            json!({"target": "*", "kind": "delay", "millis": 5, "emulated": true, "every": 2}),
        ),
        (
            vec![
                ("target", "*"),
                ("kind", "http"),
                ("number", "503"),
                ("body", "<b>later</b>"),
                ("times", ""),
            ],
            json!({"target": "*", "kind": "http", "status": 503, "body": "<b>later</b>"}),
        ),
    ];
    for (fields, expected) in rules {
        let fields: Vec<_> = fields.into_iter().chain([("action", "add")]).collect();
        leads_to(&submit(&emulator, "/_emu/faults", &fields).await);
        assert_eq!(json!(emulator.faults().pop().unwrap().fault), expected);
    }
    let shown = page(&emulator, "/_emu/faults").await;
    assert!(shown.contains("push: never") && shown.contains("&lt;b&gt;later") && !shown.contains("<b>later"));
    for (name, value) in [
        ("from", "soon"),
        ("from", "2024-02-30T00:00"),
        ("until", "1969-01-01T00:00"),
        ("body", "text"),
        ("emulated", "on"),
    ] {
        let fields = [("action", "add"), ("target", "*"), ("kind", "truncate"), (name, value)];
        let answer = submit(&emulator, "/_emu/faults", &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {value}");
    }
}

#[tokio::test]
async fn a_request_is_explained_with_who_replaced_its_token() {
    let emulator = Emulator::start().await.unwrap();
    emulator.set_overlap(Duration::ZERO);
    let first = component_token(&emulator).await;
    component_token(&emulator).await;
    let body = json!({"component_appid": emulator.component().app_id});
    let refused = call(&emulator, PRE_AUTH_CODE, &first, body).await;
    let message = text(&refused, "/errmsg");
    let (_, rid) = message.rsplit_once("rid: ").unwrap();
    let listed = page(&emulator, "/_emu/requests").await;
    assert!(listed.contains("40001") && listed.contains("getPreAuthCode"));
    let by_path = page(&emulator, &format!("/_emu/requests/{rid}")).await;
    let minting = emulator.trace(None, 2).pop().unwrap().rid;
    assert!(by_path.contains("A newer one replaced it") && by_path.contains(&minting));
    let asked = page(&emulator, &format!("/_emu/requests?rid={rid}")).await;
    assert!(asked.contains("A newer one replaced it"));
    let unknown = page_with(&emulator, "/_emu/requests/none", "accept-language", "en").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_are_told_when_something_happens_until_the_emulator_closes() {
    let emulator = Emulator::start().await.unwrap();
    let port = emulator.base_url().rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(b"GET /_emu/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut heard = String::new();
    let mut until = async |word: &str| {
        while !heard.contains(word) {
            let mut piece = [0; 1024];
            let length = stream.read(&mut piece).await.unwrap();
            assert!(length > 0, "the stream ended: {heard}");
            heard.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    };
    bounded(until(": here")).await;
    component_token(&emulator).await;
    bounded(until("data: changed")).await;
    bounded(emulator.close(Duration::from_secs(30))).await;
    let mut rest = Vec::new();
    bounded(stream.read_to_end(&mut rest)).await.unwrap();
}

#[tokio::test]
async fn an_environment_shows_what_is_in_it_and_is_destroyed() {
    let emulator = furnished().await;
    let listing = page(&emulator, "/_emu/cloud").await;
    let (_, rest) = listing.split_once("/_emu/cloud/").unwrap();
    let path = format!("/_emu/cloud/{}", rest.split_once('"').unwrap().0);
    let shown = page(&emulator, &path).await;
    assert!(shown.contains("login") && shown.contains("Active") && shown.contains("NORMAL"));
    let env = hidden(&shown, "env");
    leads_to(&submit(&emulator, "/_emu/cloud", &[("env", env), ("action", "halt")]).await);
    assert!(page(&emulator, &path).await.contains("HALTED"));
    let destroyed = submit(&emulator, "/_emu/cloud", &[("env", env), ("action", "destroy")]).await;
    assert_eq!(leads_to(&destroyed), "/_emu/cloud");
    assert!(page(&emulator, "/_emu/cloud").await.contains("No environment"));
}

#[tokio::test]
async fn snapshots_are_kept_restored_exchanged_and_deleted() {
    let emulator = Emulator::start().await.unwrap();
    let path = "/_emu/snapshots";
    assert!(page(&emulator, path).await.contains("No snapshot so far"));
    leads_to(&submit(&emulator, path, &[("action", "save"), ("name", "empty-shop")]).await);
    emulator.add_merchant(Merchant::new());
    leads_to(&submit(&emulator, path, &[("action", "restore"), ("name", "empty-shop")]).await);
    assert!(emulator.merchants().is_empty());

    let listed = page(&emulator, path).await;
    let (_, rest) = listed.split_once("a class=\"button\" href=\"").expect("a link to the file");
    let (file, rest) = rest.split_once('"').unwrap();
    assert!(rest.starts_with(" download=\"empty-shop.json\""), "{rest:.60}");
    let file = page(&emulator, file).await;
    let import = [("action", "import"), ("name", "copy"), ("file", &file)];
    leads_to(&submit(&emulator, path, &import).await);
    assert_eq!(emulator.export_snapshot("copy").unwrap(), emulator.export_snapshot("empty-shop").unwrap());

    for (name, file) in [("other", "{"), ("other", "{}"), ("../other", &file), ("", &file), ("other", "")] {
        let answer = submit(&emulator, path, &[("action", "import"), ("name", name), ("file", file)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {file:.20}");
    }
    let hostile = submit(&emulator, path, &[("action", "save"), ("name", "<script>")]).await;
    assert_eq!(hostile.status, StatusCode::BAD_REQUEST);
    let forged = submit_with(&emulator, path, &[("action", "delete"), ("name", "copy")], "").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    leads_to(&submit(&emulator, path, &[("action", "delete"), ("name", "copy")]).await);
    assert_eq!(emulator.snapshots(), ["empty-shop"]);
    for action in ["delete", "restore"] {
        let answer = submit(&emulator, path, &[("action", action), ("name", "copy")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action}");
    }

    emulator.add_component();
    leads_to(&submit(&emulator, path, &[("action", "seed")]).await);
    assert_eq!(emulator.components().len(), 1);
    leads_to(&submit(&emulator, path, &[("action", "empty")]).await);
    assert!(emulator.components().is_empty());
}

#[tokio::test]
async fn the_release_check_is_run_and_its_last_report_stays() {
    let emulator = Emulator::start().await.unwrap();
    let path = "/_emu/release-check";
    assert!(page(&emulator, path).await.contains("It was not run so far"));
    // It answers with what would be markup; nobody is told `success`.
    let answer =
        |_| async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("<script>alert(1)</script>"))) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}/events?a=1&b=2", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
        }
    });
    let platform = emulator.component().app_id.as_str();
    let fields = [("component", platform), ("callback", callback.as_str()), ("group", "3"), ("messages", "")];

    let forged = submit_with(&emulator, path, &fields, "").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    for (name, value, status) in [
        ("component", "wxnone", StatusCode::NOT_FOUND),
        ("callback", "http://example.com/", StatusCode::BAD_REQUEST),
        ("callback", "", StatusCode::BAD_REQUEST),
        ("messages", "http://example.com/$APPID$", StatusCode::BAD_REQUEST),
        ("group", "6", StatusCode::BAD_REQUEST),
    ] {
        let changed = fields.map(|field| if field.0 == name { (name, value) } else { field });
        assert_eq!(submit(&emulator, path, &changed).await.status, status, "{name} {value}");
    }
    assert!(page(&emulator, path).await.contains("It was not run so far"));

    let run = submit(&emulator, path, &fields).await;
    let to = leads_to(&run);
    let shown = page(&emulator, to).await;
    assert!(shown.contains("with group 3") && shown.contains("answer exactly `success`"), "{shown}");
    assert!(shown.contains("ComponentVerifyTicket") && shown.contains("left out: no URL for messages"));
    assert!(shown.contains("&lt;script&gt;alert(1)") && !shown.contains("<script>alert"));
    assert!(shown.contains("events?a=1&amp;b=2"), "the form is filled in as it was");
    let answer = page_with(&emulator, path, "accept-language", "zh").await;
    assert!(text_of(&answer).contains("对平台事件请只应答 success"), "it stays for those who come later");
}
