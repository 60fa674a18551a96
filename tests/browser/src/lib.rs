//! A browser that a test clicks in, and a client of the emulator's API beside it.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test ends at the first surprise")]

use std::fmt;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tcb_lang::Lang;
use tcb_test_kit::browser::BrowserDriver;

/// How often a test looks for what it expects, on a machine that may be busy: for twenty seconds at
/// least.
const ATTEMPTS: u32 = 400;

/// What may pass while a page is being loaded or replaced; any other error is a mistake.
const PASSING: [&str; 6] = [
    "no such element",
    "stale element",
    "element click intercepted",
    "element not interactable",
    "does not belong to the document",
    "not there yet",
];

/// How somebody looks at pages.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The language that the browser asks for.
    pub lang: Lang,
    /// Whether scripts are loaded. None stands in a page itself.
    pub scripts: bool,
    /// Width of the window in pixels; a narrow one is a phone's.
    pub width: u32,
}

/// A browser, which is told what to do by `WebDriver`: a few requests with JSON, for which a crate
/// would bring twenty others.
pub struct Browser {
    /// Address of its session.
    session: String,
    _driver: BrowserDriver,
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}

/// What the driver has to say against a command.
type Answer = Result<Value, String>;

impl Browser {
    /// Opens a browser for a test, which is left out where there is none.
    pub async fn for_test(look: Look) -> Option<Self> {
        let driver = BrowserDriver::for_test()?;
        let args = [
            "--headless".to_owned(),
            // As root there is no other way.
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--accept-lang={}", look.lang.pick("en", "zh-CN")),
            format!("--user-data-dir={}", driver.profile().display()),
        ];
        let metrics =
            json!({"width": look.width, "height": 900, "pixelRatio": 1, "mobile": look.width < 500});
        let options = json!({"args": args, "mobileEmulation": {"deviceMetrics": metrics}});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let made = told(Method::POST, &format!("{}/session", driver.url()), &wanted).await.unwrap();
        let session = format!("{}/session/{}", driver.url(), made["sessionId"].as_str().unwrap());
        let browser = Self { session, _driver: driver };
        if !look.scripts {
            // With scripts switched off altogether the driver, which lives on them, waits for ever.
            let blocked = json!({"urls": ["*.js"]});
            for (command, what) in [("Network.enable", json!({})), ("Network.setBlockedURLs", blocked)] {
                browser.tell("goog/cdp/execute", json!({"cmd": command, "params": what})).await.unwrap();
            }
        }
        Some(browser)
    }

    async fn tell(&self, command: &str, what: Value) -> Answer {
        told(Method::POST, &format!("{}/{command}", self.session), &what).await
    }

    async fn ask(&self, what: &str) -> Answer {
        told(Method::GET, &format!("{}/{what}", self.session), &Value::Null).await
    }

    /// The path of what an `XPath` finds.
    async fn find(&self, path: &str) -> Result<String, String> {
        let found = self.tell("element", json!({"using": "xpath", "value": path})).await?;
        let id = found.as_object().and_then(|found| found.values().next()?.as_str());
        Ok(format!("element/{}", id.unwrap()))
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) {
        self.tell("url", json!({"url": url})).await.unwrap();
    }

    /// Clicks on what this `XPath` finds, once it is there.
    pub async fn click(&self, path: &str) {
        // What was found may be gone already, when the page is replaced by a newer one.
        let click = async || self.tell(&format!("{}/click", self.find(path).await?), json!({})).await;
        patiently(click).await;
    }

    /// Clicks on a button or link with this text.
    pub async fn press(&self, text: &str) {
        self.click(&format!("//*[self::button or self::a][normalize-space()=\"{text}\"]")).await;
    }

    /// Types a text into the field of this name.
    pub async fn fill(&self, name: &str, text: &str) {
        let path = format!("//main//*[@name='{name}']");
        let fill =
            async || self.tell(&format!("{}/value", self.find(&path).await?), json!({"text": text})).await;
        patiently(fill).await;
    }

    /// Waits until the page shows this text.
    pub async fn see(&self, text: &str) {
        let path = format!("//body//*[text()[contains(., \"{text}\")]]");
        patiently(async || self.find(&path).await).await;
    }

    /// Waits until the address of the page has this text in it, and answers the address.
    pub async fn arrive(&self, part: &str) -> String {
        let arrived = async || {
            let url = self.ask("url").await?;
            let url = url.as_str().unwrap();
            if url.contains(part) {
                Ok(url.to_owned())
            } else {
                Err(format!("not there yet: at {url}, not {part}"))
            }
        };
        patiently(arrived).await
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str) -> Value {
        self.tell("execute/sync", json!({"script": script, "args": []})).await.unwrap()
    }

    /// The page as it looks, in PNG.
    pub async fn picture(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(self.ask("screenshot").await.unwrap().as_str().unwrap()).unwrap()
    }
}

/// Tries until it works, and ends the test when it does not in the end.
async fn patiently<T>(mut attempt: impl AsyncFnMut() -> Result<T, String>) -> T {
    for _ in 0..ATTEMPTS {
        match attempt().await {
            Ok(done) => return done,
            Err(error) if PASSING.iter().any(|passing| error.contains(passing)) => {}
            Err(error) => panic!("{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    attempt().await.unwrap()
}

/// Gives the driver a command, and answers what came of it.
async fn told(method: Method, url: &str, what: &Value) -> Answer {
    let body = if what.is_null() { String::new() } else { what.to_string() };
    let mut answer = exchange(method, url, body).await;
    match answer["value"]["error"].as_str() {
        None => Ok(answer["value"].take()),
        Some(error) => {
            let why = answer["value"]["message"].as_str().and_then(|why| why.lines().next());
            Err(format!("{error}: {}: {what}", why.unwrap_or_default()))
        }
    }
}

/// Sends JSON to the emulator's API, which has to answer with JSON.
pub async fn call(url: &str, body: &Value) -> Value {
    exchange(Method::POST, url, body.to_string()).await
}

async fn exchange(method: Method, url: &str, body: String) -> Value {
    let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let request = Request::builder().method(method).uri(url).body(Full::new(Bytes::from(body)));
    let answer = client.request(request.unwrap()).await.unwrap();
    serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
}
