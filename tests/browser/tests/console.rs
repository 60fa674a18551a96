//! The console as people use it.

#![expect(clippy::unwrap_used, reason = "a helper that fails ends its test")]

use serde_json::{Value, json};
use tcb_browser::{Browser, Look, call};
use tcb_emulator::{Emulator, Fault, Merchant, ReleaseCheck};
use tcb_lang::Lang;
use tcb_types::AuthorizerAppId;

const COMPUTER: u32 = 1280;
const PHONE: u32 = 375;

fn text(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap_or_else(|| panic!("{member} in {answer}")).to_owned()
}

async fn component_token(emulator: &Emulator) -> String {
    let platform = emulator.component();
    let body = json!({
        "component_appid": platform.app_id,
        "component_appsecret": platform.secret.expose(),
        "component_verify_ticket": emulator.ticket(&platform.app_id).unwrap().expose(),
    });
    let url = format!("{}/cgi-bin/component/api_component_token", emulator.base_url());
    text(&call(&url, &body).await, "component_access_token")
}

/// A link as a platform's page has it, and the token that it was made with.
async fn link(emulator: &Emulator, redirect: &str) -> String {
    let token = component_token(emulator).await;
    let (base, platform) = (emulator.base_url(), &emulator.component().app_id);
    let url = format!("{base}/cgi-bin/component/api_create_preauthcode?access_token={token}");
    let code = text(&call(&url, &json!({"component_appid": platform})).await, "pre_auth_code");
    let path = "/cgi-bin/componentloginpage";
    format!(
        "{base}{path}?component_appid={platform}&pre_auth_code={code}&redirect_uri={redirect}&auth_type=2"
    )
}

/// Exchanges the code of a redirect for a merchant's token.
async fn exchange(emulator: &Emulator, redirected: &str) -> (Value, String) {
    let (_, code) = redirected.split_once("auth_code=").unwrap();
    let code = code.split('&').next().unwrap().replace("%40", "@");
    let token = component_token(emulator).await;
    let url = format!("{}/cgi-bin/component/api_query_auth?access_token={token}", emulator.base_url());
    let body = json!({"component_appid": emulator.component().app_id, "authorization_code": code});
    let info = call(&url, &body).await["authorization_info"].clone();
    let token = text(&info, "authorizer_access_token");
    (info, token)
}

async fn open_cloud(emulator: &Emulator, token: &str) -> Value {
    let url = format!("{}/tcb/createclouduser?access_token={token}", emulator.base_url());
    call(&url, &json!({})).await["errcode"].clone()
}

/// A merchant follows a platform's link, leaves a permission set out and agrees; then its
/// administrator finds the question about cloud development on the phone and agrees as well.
async fn a_merchant_is_won(look: Look) {
    let Some(browser) = Browser::for_test(look).await else { return };
    let say = |en: &'static str, zh: &'static str| look.lang.pick(en, zh);
    let emulator = Emulator::start().await.unwrap();
    // The platform's own site, where the redirect leads, is of another origin.
    let site = Emulator::start().await.unwrap();
    let shop = emulator.add_merchant(Merchant::new().named("街角咖啡"));
    emulator.add_merchant(Merchant::new().named("Other shop"));

    if !look.scripts {
        browser.open(&format!("{}/_emu/requests", emulator.base_url())).await;
        component_token(&emulator).await;
        browser.see(say("No request so far", "还没有请求")).await;
    }
    browser.open(&link(&emulator, &format!("{}/_emu/?state=1", site.base_url())).await).await;
    browser.see(say("A platform wants to act for your account", "第三方平台申请代您管理账号")).await;
    browser.click("//label[contains(., '街角咖啡')]//input").await;
    browser.click("//input[@name='set'][@value='30']").await;
    browser.press(say("Agree", "同意授权")).await;
    let redirected = browser.arrive("&auth_code=").await;
    assert!(redirected.starts_with(site.base_url()) && redirected.contains("state=1&"), "{redirected}");
    assert!(redirected.ends_with("&expires_in=600"), "{redirected}");
    let (info, token) = exchange(&emulator, &redirected).await;
    assert_eq!(text(&info, "authorizer_appid"), shop.as_str());
    let sets = info["func_info"].as_array().unwrap().iter();
    let sets: Vec<_> = sets.map(|set| set["funcscope_category"]["id"].as_i64().unwrap()).collect();
    assert_eq!(sets, [18, 25, 49]);

    assert_eq!(open_cloud(&emulator, &token).await, -601_049);
    browser.open(&format!("{}/_emu/", emulator.base_url())).await;
    browser.press(say("Merchant's phone", "商家手机")).await;
    browser.press(shop.as_str()).await;
    browser.see(say("Agree to cloud development", "同意开通云开发")).await;
    browser.press(say("Approve", "同意")).await;
    browser.see(say("Answered", "已答复")).await;
    assert_eq!(open_cloud(&emulator, &token).await, 0);

    emulator.assert_clean();
    site.assert_clean();
}

#[tokio::test]
async fn a_merchant_authorises_and_agrees_in_english() {
    a_merchant_is_won(Look { lang: Lang::En, scripts: true, width: COMPUTER }).await;
}

#[tokio::test]
async fn a_merchant_authorises_and_agrees_in_chinese_on_a_phone() {
    a_merchant_is_won(Look { lang: Lang::Zh, scripts: true, width: PHONE }).await;
}

#[tokio::test]
async fn a_merchant_authorises_and_agrees_without_scripts() {
    a_merchant_is_won(Look { lang: Lang::Zh, scripts: false, width: COMPUTER }).await;
}

#[tokio::test]
async fn a_page_shows_what_happens_without_being_loaded_again() {
    let look = Look { lang: Lang::En, scripts: true, width: COMPUTER };
    let Some(browser) = Browser::for_test(look).await else { return };
    let emulator = Emulator::start().await.unwrap();
    browser.open(&format!("{}/_emu/requests", emulator.base_url())).await;
    browser.see("No request so far").await;
    component_token(&emulator).await;
    browser.see("getComponentAccessToken").await;
}

/// Every page in both languages, as wide as a computer's screen and a phone's.
#[tokio::test]
async fn no_page_is_wider_than_its_window() {
    for (lang, width) in [(Lang::En, PHONE), (Lang::Zh, PHONE), (Lang::En, COMPUTER), (Lang::Zh, COMPUTER)] {
        let Some(browser) = Browser::for_test(Look { lang, scripts: true, width }).await else { return };
        let emulator = Emulator::start().await.unwrap();
        let pages = furnish(&emulator).await;
        for (name, url) in pages {
            browser.open(&url).await;
            let wide = browser.run("return document.documentElement.scrollWidth").await;
            assert!(wide.as_u64().unwrap() <= width.into(), "{name} is {wide} wide in {lang:?}, not {width}");
            // To look at them: a folder, where there is one.
            if let Some(folder) = std::env::var_os("TCB_PICTURES") {
                let file = format!("{name}-{}-{width}.png", lang.tag());
                std::fs::write(std::path::Path::new(&folder).join(file), browser.picture().await).unwrap();
            }
        }
    }
}

/// Puts something on every page, and answers their names and addresses.
async fn furnish(emulator: &Emulator) -> Vec<(String, String)> {
    let base = emulator.base_url();
    let platform = emulator.component().app_id.clone();
    emulator
        .set_callback_url(&platform, "http://127.0.0.1:9/a/long/path/of/a/callback?with=a&query=too")
        .unwrap();
    emulator.push_ticket(&platform).await.unwrap();
    let names = ["街角咖啡（人民广场店）", "A corner shop with quite a long name"];
    let mut last = AuthorizerAppId::from("");
    for name in names {
        last = emulator.add_merchant(Merchant::new().named(name).without_phone());
        let code = emulator.authorize(&platform, &last, [18, 25, 30, 49]).await.unwrap();
        let (_, token) = exchange(emulator, &format!("?auth_code={}", code.expose())).await;
        open_cloud(emulator, &token).await;
        for prompt in emulator.prompts().into_iter().filter(|prompt| prompt.appid == last && name == names[1])
        {
            emulator.approve(prompt.id).unwrap();
        }
        open_cloud(emulator, &token).await;
        let post =
            async |path: &str, body: Value| call(&format!("{base}{path}?access_token={token}"), &body).await;
        let made =
            post("/tcb/createenvandresource", json!({"type": "CreatePostpayPackage", "alias": "prod"})).await;
        let Some(env) = made["envid"].as_str() else { continue };
        post("/tcb/createfunction", json!({"env": env, "function_name": "login"})).await;
        post("/tcb/databasecollectionadd", json!({"env": env, "collection_name": "orders"})).await;
        let query = r#"db.collection("orders").add({data: [{name: "拿铁咖啡", price: 32}]})"#;
        post("/tcb/databaseadd", json!({"env": env, "query": query})).await;
    }
    emulator.fault(Fault::errcode("/tcb/createfunction", -1).times(2)).unwrap();
    let check = ReleaseCheck::new("http://127.0.0.1:9/a/long/path/of/a/callback");
    emulator.release_check(&platform, &check).await.unwrap();
    emulator.save_snapshot("two-merchants-and-an-environment").unwrap();
    let link = link(emulator, "http://127.0.0.1:9/").await;
    let refused = emulator.trace(None, 100).into_iter().find(|one| one.errcode.is_some_and(|code| code != 0));
    let request = format!("requests/{}", refused.unwrap().rid);
    let phone = format!("phone/{last}");
    let env = emulator.trace(None, 100).into_iter().find_map(|one| {
        let body: Value = serde_json::from_str(&one.body).ok()?;
        Some(format!("cloud/{}", body["env"].as_str()?))
    });
    let own = [
        ("home", ""),
        ("phones", "phone"),
        ("phone", &phone),
        ("prompts", "prompts"),
        ("merchants", "merchants"),
        ("platforms", "platforms"),
        ("callbacks", "callbacks"),
        ("release-check", "release-check"),
        ("requests", "requests"),
        ("request", &request),
        ("clouds", "cloud"),
        ("cloud", &env.unwrap()),
        ("clock", "clock"),
        ("snapshots", "snapshots"),
        ("faults", "faults"),
        ("assumptions", "assumptions"),
        ("coverage", "coverage"),
    ];
    let own = own.into_iter().map(|(name, path)| (name.to_owned(), format!("{base}/_emu/{path}")));
    own.chain([("link".to_owned(), link)]).collect()
}
