//! The table: each fault, and how a call of each class ends that meets it.

use std::time::Duration;

use tcb_api::ErrorKind;
use tcb_api::auth::AuthErrorKind;

use super::server::Act;

/// Time for a call, pauses included. What it asserts is that pauses beyond it are not begun, so
/// nobody waits for it.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// Time for an attempt that is to run out; long enough for a good answer on a machine that is busy
/// with other things.
const SHORT: Duration = Duration::from_secs(2);

/// Largest body that the client takes.
pub(super) const CAP: usize = 64 * 1024;

/// One row of the table.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) name: String,
    pub(super) act: Act,
    /// Whether the request may have been executed. Otherwise the answer says that it was not.
    pub(super) executes: bool,
    pub(super) deadline: Duration,
    pub(super) attempt_timeout: Duration,
    /// Reads and idempotent writes.
    pub(super) other: Ends,
    pub(super) create: Ends,
    pub(super) mint: Mint,
}

/// How a call ends whose first attempt meets the fault, and how one whose every attempt does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// As if nothing had happened.
    Well,
    /// Repeated: well, or in this when the third attempt failed too.
    Repeated(ErrorKind),
    /// Sent once more: well, or in this when the second attempt failed too.
    SentOnceMore(ErrorKind),
    /// At once.
    Failed(ErrorKind),
    /// It depends on who is faster whether the client knows that nothing was sent: as if repeated,
    /// or at once in this.
    Raced(ErrorKind),
}

/// How a token call ends that meets the fault. None is repeated within one refresh; the next one
/// comes after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mint {
    /// As if nothing had happened.
    Well,
    /// Made once more with another token of the platform: well, or in this.
    SentOnceMore(AuthErrorKind),
    /// At once.
    Failed(AuthErrorKind, Right),
    /// It depends on who is faster: well, or in this.
    Raced(AuthErrorKind),
}

/// What becomes of the right to refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// WeChat may still apply the request, so it is kept until it runs out.
    Kept,
    /// WeChat is done with the request and may have applied it, so the stored token may not be the
    /// newest.
    InDoubt,
    /// WeChat did not apply the request.
    GivenBack,
}

use AuthErrorKind::{
    Malformed as NoToken, Misconfigured, NeedsReauthorization, QuotaExceeded, TicketRefused,
};
use Ends::{Failed, Raced, Repeated, SentOnceMore};
use ErrorKind::{Http, Indeterminate, Malformed, RateLimited, RedirectRefused, Refused, Unavailable};
use Right::{GivenBack, InDoubt, Kept};

const DOWN: AuthErrorKind = AuthErrorKind::Unavailable;

/// A good answer, compressed. Nobody asked for that.
const GZIP: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x0d\xcaA\x0a\x80 \x10\x05\xd0\xbb\xfc\xb5\x0bi\
    \x13x\x95\x08\x11\xfd\xd1Ph\x8c\x16Qt\xf7\xdc>\xde\x0b\xaa\xc6\x92\x08g\x0d\x98/Ip \x0c$/\
    \xc5\xefR\x1b\xdc4\x1b\x84\xb3\xadE\xe5\xa1\xfa\x10#k\xf5\xadl\xcc=\xb7\x9ey\x1f\xa2\xac^:\
    \x8c\x83\xb5\xdf\x0f4$\x94pX\x00\x00\x00";

/// The wire fails once the request may have been taken.
const BROKEN: (Ends, Ends, Mint) = (Repeated(Unavailable), Failed(Indeterminate), Mint::Failed(DOWN, Kept));
/// The answer breaks off, or says that the server failed.
const TORN: (Ends, Ends, Mint) = (Repeated(Unavailable), Failed(Indeterminate), Mint::Failed(DOWN, InDoubt));
/// The answer is none.
const NO_ANSWER: (Ends, Ends, Mint) =
    (SentOnceMore(Malformed), Failed(Indeterminate), Mint::Failed(NoToken, InDoubt));
/// An answer that is not read to its end.
const TOO_LARGE: (Ends, Ends, Mint) = (Failed(Malformed), Failed(Indeterminate), Mint::Failed(DOWN, InDoubt));
/// Somebody refuses the call by an HTTP status.
const WRONG: (Ends, Ends, Mint) = (Failed(Http), Failed(Http), Mint::Failed(NoToken, GivenBack));
const THROTTLED: (Ends, Ends, Mint) =
    (Repeated(RateLimited), Repeated(RateLimited), Mint::Failed(DOWN, GivenBack));

/// All rows.
pub(super) fn faults() -> Vec<Fault> {
    let mut faults = wire();
    faults.extend(answers());
    faults.extend(bodies());
    faults.extend(codes());
    faults
}

/// The connection fails.
fn wire() -> Vec<Fault> {
    let write = |text: &str| Act::Write(text.into());
    let in_time = |fault: Fault| Fault { attempt_timeout: SHORT, ..fault };
    let not_connected = (Repeated(Unavailable), Repeated(Unavailable), Mint::Failed(DOWN, GivenBack));
    let hasty = (Failed(Unavailable), Failed(Indeterminate), Mint::Failed(DOWN, Kept));
    let raced = (Repeated(Unavailable), Raced(Indeterminate), Mint::Raced(DOWN));
    vec![
        row("refused connection", Act::Refuse, not_connected).not_executed(),
        row("reset before the request", Act::ResetBeforeRequest, raced).not_executed(),
        row("reset when the request begins", Act::ResetAfter(0), BROKEN),
        row("reset in the middle of the request", Act::ResetAfter(60), BROKEN),
        row("reset after the request", Act::ResetWhenRead, BROKEN),
        row("end before the head", write(""), BROKEN),
        row("half a head", write("HTTP/1.1 200 OK\r\ncontent-le"), BROKEN),
        row("no HTTP", write("SSH-2.0-OpenSSH_9.2\r\n"), BROKEN),
        row("endless head", Act::Pour("HTTP/1.1 200 OK\r\na: ".into()), BROKEN),
        row(
            "body shorter than announced",
            write("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"errcode\":0"),
            TORN,
        ),
        row(
            "last chunk missing",
            write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nb\r\n{\"errcode\":\r\n"),
            TORN,
        ),
        row(
            "chunk broken off",
            write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{\"errcode\":"),
            TORN,
        ),
        row(
            "body longer than announced",
            write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"errcode\":0}"),
            NO_ANSWER,
        ),
        in_time(row("stall", Act::Stall, BROKEN)),
        in_time(row(
            "one byte a second",
            Act::Drip("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n".into()),
            BROKEN,
        )),
        in_time(row("half a head, then stall", Act::Drip("HTTP/1.1 200 OK\r\ncontent-".into()), BROKEN)),
        // The time for the call ends before that for the attempt, so no second one is begun.
        Fault { deadline: SHORT, ..row("stall past the deadline", Act::Stall, hasty) },
    ]
}

/// Somebody else answers than the API.
fn answers() -> Vec<Fault> {
    let page = "<html>nothing here for {echo}</html>";
    // A pause that would not end before the deadline is not begun.
    let too_late = (Failed(Unavailable), Failed(Indeterminate), Mint::Failed(DOWN, InDoubt));
    let much_too_late = (Failed(RateLimited), Failed(RateLimited), Mint::Failed(DOWN, GivenBack));
    // A gateway may answer so after the call.
    let redirect = (Failed(RedirectRefused), Failed(Indeterminate), Mint::Failed(NoToken, InDoubt));
    let late = (Failed(Http), Failed(Indeterminate), Mint::Failed(NoToken, InDoubt));
    let of = |status, headers, ends| row(status, Act::Answer { status, headers, body: page.into() }, ends);
    let named = |name: &str, fault: Fault| Fault { name: name.into(), ..fault };
    let mut rows = vec![
        of("500 Internal Server Error", "", TORN),
        of("502 Bad Gateway", "", TORN),
        of("503 Service Unavailable", "", TORN),
        of("504 Gateway Timeout", "", TORN),
        named("503, come back in a second", of("503 Service Unavailable", "retry-after: 1\r\n", TORN)),
        named("503, come back in a day", of("503 Service Unavailable", "retry-after: 86400\r\n", too_late)),
        named(
            "503, come back on a date",
            of("503 Service Unavailable", "retry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\n", TORN),
        ),
        named("HTML with 200", of("200 OK", "content-type: text/html\r\n", NO_ANSWER)),
        of("301 Moved Permanently", "location: /elsewhere\r\n", redirect),
        of("302 Found", "location: /elsewhere\r\n", redirect),
        of("303 See Other", "location: /elsewhere\r\n", redirect),
        of("307 Temporary Redirect", "location: /elsewhere\r\n", redirect),
        of("308 Permanent Redirect", "location: /elsewhere\r\n", redirect),
        of("408 Request Timeout", "", late),
        of("409 Conflict", "", late),
        of("425 Too Early", "", late),
        of("499 Client Closed Request", "", late),
    ];
    let refusals = [
        of("429 Too Many Requests", "", THROTTLED),
        named("429, come back in a second", of("429 Too Many Requests", "retry-after: 1\r\n", THROTTLED)),
        named(
            "429, come back in two minutes",
            of("429 Too Many Requests", "retry-after: 120\r\n", much_too_late),
        ),
        named(
            "429, come back never",
            of("429 Too Many Requests", "retry-after: 18446744073709551615\r\n", much_too_late),
        ),
        of("400 Bad Request", "", WRONG),
        of("401 Unauthorized", "www-authenticate: Basic realm=\"a\"\r\n", WRONG),
        of("404 Not Found", "", WRONG),
        of("407 Proxy Authentication Required", "", WRONG),
    ];
    rows.extend(refusals.map(Fault::not_executed));
    rows
}

/// The API answers, and something happens to the body.
fn bodies() -> Vec<Fault> {
    // Ok for every operation of the matrix.
    let good = r#"{"errcode":0,"errmsg":"ok","envid":"e","info_list":[],"authorizer_access_token":"CanaryAccountToken","expires_in":7200}"#;
    let of =
        |name, headers, body: Vec<u8>, ends| row(name, Act::Answer { status: "200 OK", headers, body }, ends);
    let well = (Ends::Well, Ends::Well, Mint::Well);
    let refused = (Failed(Refused), Failed(Refused), Mint::Failed(Misconfigured, GivenBack));
    vec![
        of("byte order mark", "", format!("\u{feff}{good}").into(), well),
        of("code as text", "", good.replace(":0,", ":\"0\",").into(), well),
        of("two codes", "", good.replace('{', "{\"errcode\":0,").into(), NO_ANSWER),
        of(
            "two codes, the second a refusal",
            "",
            good.replace(":0,", ":0,\"errcode\":40097,").into(),
            NO_ANSWER,
        ),
        // A refusal counts as soon as it was read.
        of("two codes, the first a refusal", "", good.replace('{', "{\"errcode\":40097,").into(), refused)
            .not_executed(),
        of("gzip", "content-encoding: gzip\r\n", GZIP.into(), NO_ANSWER),
        of("no object", "", "[\"{echo}\"]".into(), NO_ANSWER),
        of("no body", "", Vec::new(), NO_ANSWER),
        of("half a JSON text", "", "{\"errcode\":0,\"errmsg\":\"{echo}".into(), NO_ANSWER),
        of("more than one JSON text", "", format!("{good}{good}").into(), NO_ANSWER),
        of("deep JSON", "", "[".repeat(10_000).into(), NO_ANSWER),
        of("body over the cap", "", vec![b' '; CAP + 1], TOO_LARGE),
        row("endless body", Act::Pour("HTTP/1.1 200 OK\r\n\r\n".into()), TOO_LARGE),
        row(
            "endless chunks",
            Act::Pour("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".into()),
            TOO_LARGE,
        ),
        row(
            "10 GiB announced",
            Act::Pour("HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n".into()),
            TOO_LARGE,
        ),
    ]
}

/// The API answers a code.
fn codes() -> Vec<Fault> {
    let of = |code: i64, ends| {
        let body = format!(r#"{{"errcode":{code},"errmsg":"refused: {{echo}} rid: 61-7c-9e"}}"#);
        row(&code.to_string(), Act::Answer { status: "200 OK", headers: "", body: body.into() }, ends)
    };
    let refused = |kind| (Failed(Refused), Failed(Refused), Mint::Failed(kind, GivenBack));
    // Each of two refused tokens is replaced.
    let token = (Repeated(Refused), Repeated(Refused), Mint::SentOnceMore(Misconfigured));
    let busy = (Repeated(Unavailable), Failed(Indeterminate), Mint::Failed(DOWN, GivenBack));
    let unknown = |kind| (Failed(Refused), Failed(Indeterminate), Mint::Failed(kind, GivenBack));
    // A minute's wait would outlast the deadline.
    let quota = (Failed(RateLimited), Failed(RateLimited), Mint::Failed(QuotaExceeded, GivenBack));
    let mut rows = vec![
        of(-1, busy),
        of(-1000, busy),
        of(-501_000, unknown(Misconfigured)),
        of(987_654_321, unknown(DOWN)),
        of(i64::MIN, unknown(DOWN)),
    ];
    let refusals = [
        of(40001, token),
        of(40014, token),
        of(42001, token),
        of(41001, refused(Misconfigured)),
        of(45009, quota),
        of(45011, quota),
        of(61006, refused(TicketRefused)),
        of(61004, refused(Misconfigured)),
        of(40164, refused(Misconfigured)),
        of(61007, refused(Misconfigured)),
        of(61016, refused(Misconfigured)),
        of(48001, refused(Misconfigured)),
        of(61014, refused(Misconfigured)),
        of(40013, refused(Misconfigured)),
        of(40097, refused(Misconfigured)),
        of(40101, refused(Misconfigured)),
        of(43002, refused(Misconfigured)),
        of(44002, refused(Misconfigured)),
        of(47001, refused(Misconfigured)),
        of(85088, refused(NeedsReauthorization)),
        of(89000, refused(Misconfigured)),
        of(89001, refused(NeedsReauthorization)),
    ];
    rows.extend(refusals.map(Fault::not_executed));
    rows
}

fn row(name: &str, act: Act, (other, create, mint): (Ends, Ends, Mint)) -> Fault {
    Fault {
        name: name.into(),
        act,
        executes: true,
        deadline: DEADLINE,
        attempt_timeout: DEADLINE,
        other,
        create,
        mint,
    }
}

impl Fault {
    /// Whether the case waits until a time runs out.
    pub(super) fn takes_time(&self) -> bool {
        self.deadline == SHORT || self.attempt_timeout == SHORT
    }

    fn not_executed(self) -> Self {
        Self { executes: false, ..self }
    }
}
