use std::sync::Arc;
use std::time::Duration;

use tcb_callback::{
    BodyFormat, CallbackErrorKind, Delivery, EventDetail, KeySlot, MessageCrypto, Received, Receiver,
    Recipient,
};
use tcb_test_kit::HandClock;

use crate::vectors::{K0, K1, K2, TICKET_XML, V5_ENCRYPT, V10_ENCRYPT, V13_ENCRYPT, crypto, key};

const APP_ID: &str = "wxb11529c136998cb6";
const TIMESTAMP: u64 = 1_413_192_605;
const NONCE: &str = "1320562132";

fn platform() -> MessageCrypto {
    crypto(APP_ID, "pamtest", K1)
}

/// A receiver whose clock shows this time.
fn receiver_at(crypto: MessageCrypto, seconds: u64) -> Receiver {
    Receiver::new(crypto).clock(Arc::new(HandClock::at(seconds)))
}

/// Receives `body` under a genuine signature of `encrypted`.
fn receive(encrypted: &str, body: &str) -> Option<Received> {
    let signature = platform().msg_signature("1413192605", NONCE, encrypted);
    let query = format!("timestamp={TIMESTAMP}&nonce={NONCE}&msg_signature={signature}");
    accepted(&receiver_at(platform(), TIMESTAMP), &query, body)
}

/// What was received, or `None` for the one refusal.
fn accepted(receiver: &Receiver, query: &str, body: &str) -> Option<Received> {
    match receiver.receive(query, body.as_bytes()) {
        Ok(push) => Some(push),
        Err(error) => {
            assert_eq!(error.kind(), CallbackErrorKind::Refused);
            assert_eq!(format!("{error:?} {error}"), "CallbackError(Refused) the callback is refused");
            None
        }
    }
}

fn envelope(encrypted: &str) -> String {
    format!("<xml><AppId>{APP_ID}</AppId><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>")
}

/// Receives a message that is genuine but for its text.
fn receive_message(message: &str) -> Option<Received> {
    let encrypted = platform().encrypt(message, KeySlot::Current, [7; 16]).unwrap();
    receive(&encrypted, &envelope(&encrypted))
}

#[test]
fn a_ticket_arrives() {
    match receive(V13_ENCRYPT, &envelope(V13_ENCRYPT)).unwrap().delivery {
        Delivery::Event(event) => {
            assert_eq!(event.xml(), TICKET_XML);
            assert!(
                matches!(event.detail, EventDetail::Ticket(ticket) if ticket.expose() == "ticket@@@some_verify_ticket")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_of_an_account_arrives() {
    let receiver = receiver_at(crypto("wx134c8103faa5a59e", "AAAAA", K0), 1_715_943_329);
    let query = "signature=cc0c594499c1634947d5b502f158ee518947db27&timestamp=1715943329&nonce=1590219412\
        &openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes&msg_signature=6c12a4205838198b8fa631b3220723bb07f1015c";
    let body = format!(
        "<xml>\n    <ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n    \
         <Encrypt><![CDATA[{V5_ENCRYPT}]]></Encrypt>\n</xml>\n"
    );
    match accepted(&receiver, query, &body).unwrap().delivery {
        Delivery::Message(message) => {
            assert_eq!(message.to, "gh_97417a04a28d");
            assert_eq!(message.msg_type, "event");
            assert_eq!(message.event.as_deref(), Some("debug_demo"));
            assert!(message.xml().contains("]]></ToUserName>\n<FromUserName>"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_ciphertext_of_a_mixed_body_counts() {
    let receiver = receiver_at(crypto("wx2c2769f8efd9abc2", "spamtest", K1), 1_409_735_669);
    let query =
        "timestamp=1409735669&nonce=1320562132&msg_signature=5d197aaffba7e9b25a30732f161a50dee96bd5fa";
    let body = format!(
        "<xml><ToUserName>gh_forged</ToUserName><Content>forged</Content><Encrypt>{V10_ENCRYPT}</Encrypt></xml>"
    );
    match accepted(&receiver, query, &body).unwrap().delivery {
        Delivery::Message(message) => assert_ne!(message.to, "gh_forged"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signature_with_one_character_changed_is_refused() {
    let receiver = receiver_at(platform(), TIMESTAMP);
    let genuine = platform().msg_signature("1413192605", NONCE, V13_ENCRYPT).to_string();
    for index in 0..40 {
        let mut forged = genuine.clone();
        let replacement = if &genuine[index..=index] == "0" { "1" } else { "0" };
        forged.replace_range(index..=index, replacement);
        let query = format!("timestamp={TIMESTAMP}&nonce={NONCE}&msg_signature={forged}");
        assert!(accepted(&receiver, &query, &envelope(V13_ENCRYPT)).is_none(), "{forged}");
    }
}

#[test]
fn the_old_signature_does_not_help() {
    let old = platform().signature("1413192605", NONCE);
    let receiver = receiver_at(platform(), TIMESTAMP);
    for query in [
        format!("signature={old}&timestamp={TIMESTAMP}&nonce={NONCE}"),
        format!("signature={old}&timestamp={TIMESTAMP}&nonce={NONCE}&msg_signature={old}"),
    ] {
        assert!(accepted(&receiver, &query, &envelope(V13_ENCRYPT)).is_none(), "{query}");
    }
}

#[test]
fn a_push_for_another_platform_is_refused() {
    let other = crypto("wx134c8103faa5a59e", "pamtest", K1);
    let sealed = other.seal(TICKET_XML, TIMESTAMP, NONCE, KeySlot::Current).unwrap();
    assert!(receive(sealed.encrypted(), &envelope(sealed.encrypted())).is_none());
}

#[test]
fn bodies_that_are_no_envelope_are_refused() {
    let good = envelope(V13_ENCRYPT);
    assert!(receive(V13_ENCRYPT, &good).is_some());
    for body in [
        String::new(),
        "<xml/>".to_owned(),
        "<xml><Encrypt/></xml>".to_owned(),
        format!("{{\"Encrypt\":\"{V13_ENCRYPT}\"}}"),
        format!("<!DOCTYPE xml>{good}"),
        format!("<!DOCTYPE xml [<!ENTITY e \"{V13_ENCRYPT}\">]><xml><Encrypt>&e;</Encrypt></xml>"),
        good.replace("<xml>", "<xml>&unknown;"),
        good.replace("</xml>", "<xml>"),
        good.replace("</xml>", ""),
        good.replace("<xml>", "<xml><Encrypt>other</Encrypt>"),
        good.replace("xml>", "html>"),
        good.clone() + &good,
        // Whitespace that belongs to the element is part of what was signed.
        good.replace("</Encrypt>", "\n</Encrypt>"),
    ] {
        assert!(receive(V13_ENCRYPT, &body).is_none(), "{body}");
    }
}

#[test]
fn ciphertexts_that_are_none_are_refused_though_they_are_signed() {
    for encrypted in
        ["=", "no base64!", "AAAA", &"A".repeat(64), &V13_ENCRYPT[4..], &format!("{V13_ENCRYPT}====")]
    {
        assert!(receive(encrypted, &envelope(encrypted)).is_none(), "{encrypted}");
    }
}

#[test]
fn messages_that_are_no_events_are_refused_though_they_are_genuine() {
    assert!(receive_message("<xml><InfoType>new</InfoType></xml>").is_some());
    for message in [
        "",
        "text",
        "{}",
        "<xml/>",
        "<xml><InfoType>new</InfoType><xml>",
        "<xml><InfoType>new</InfoType><InfoType>newer</InfoType></xml>",
        "<!DOCTYPE xml><xml><InfoType>new</InfoType></xml>",
        "<!DOCTYPE xml [<!ENTITY a \"new\">]><xml><InfoType>&a;</InfoType></xml>",
        "<xml><InfoType>&a;</InfoType></xml>",
        "<xml><ToUserName>gh_1</ToUserName><InfoType>new</InfoType></xml>",
    ] {
        assert!(receive_message(message).is_none(), "{message}");
    }
}

#[test]
fn a_body_of_64_kib_is_read_and_a_larger_one_is_not() {
    let body = envelope(V13_ENCRYPT);
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    assert!(receive(V13_ENCRYPT, &padded(Receiver::MAX_BODY)).is_some());
    assert!(receive(V13_ENCRYPT, &padded(Receiver::MAX_BODY + 1)).is_none());
}

#[test]
fn one_signature_does_not_serve_for_other_splits_of_the_same_text() {
    let signature = platform().msg_signature("1413192605", NONCE, V13_ENCRYPT);
    // In byte order the nonce comes first, then the timestamp, then the ciphertext.
    let signed = format!("{NONCE}{TIMESTAMP}{V13_ENCRYPT}");
    let receiver = receiver_at(platform(), TIMESTAMP);
    let (mut same_signature, mut passed) = (0, Vec::new());
    for first in 1..40 {
        for second in first + 1..=first + 80 {
            let (a, b, encrypted) = (&signed[..first], &signed[first..second], &signed[second..]);
            for (timestamp, nonce) in [(a, b), (b, a)] {
                if platform().msg_signature(timestamp, nonce, encrypted) != signature {
                    continue;
                }
                same_signature += 1;
                let query = format!(
                    "timestamp={}&nonce={}&msg_signature={signature}",
                    timestamp.replace('+', "%2B"),
                    nonce.replace('+', "%2B")
                );
                if accepted(&receiver, &query, &envelope(encrypted)).is_some() {
                    passed.push((timestamp, nonce));
                }
            }
        }
    }
    assert!(same_signature > 30, "{same_signature} splits have the same signature");
    assert_eq!(passed, [("1413192605", NONCE)]);
}

#[test]
fn a_nonce_in_the_place_of_the_timestamp_is_refused_unless_it_looks_like_the_time() {
    let swapped = |nonce: &str| {
        let signature = platform().msg_signature("1413192605", nonce, V13_ENCRYPT);
        let query = format!("timestamp={nonce}&nonce={TIMESTAMP}&msg_signature={signature}");
        accepted(&receiver_at(platform(), TIMESTAMP), &query, &envelope(V13_ENCRYPT))
    };
    assert!(swapped("1413193206").is_none());
    assert!(swapped(NONCE).is_none());
    // One random nonce of ten digits in eight million does. It has the signature of the genuine
    // push, so the memory of signatures knows it when that came before.
    assert!(swapped("1413193205").is_some());
}

#[test]
fn a_timestamp_may_be_ten_minutes_off_and_no_more() {
    let passes = |seconds: u64, window: Option<Duration>| {
        let mut receiver = receiver_at(platform(), seconds);
        if let Some(window) = window {
            receiver = receiver.replay_window(window);
        }
        let signature = platform().msg_signature("1413192605", NONCE, V13_ENCRYPT);
        let query = format!("timestamp={TIMESTAMP}&nonce={NONCE}&msg_signature={signature}");
        let push = accepted(&receiver, &query, &envelope(V13_ENCRYPT)).is_some();
        let signature = platform().signature("1413192605", NONCE);
        let query = format!("timestamp={TIMESTAMP}&nonce={NONCE}&signature={signature}&echostr=1");
        assert_eq!(receiver.verify_url(&query).is_ok(), push, "one window for both kinds of requests");
        push
    };
    for (off, passing) in [(0, true), (599, true), (600, true), (601, false), (86_400, false)] {
        assert_eq!(passes(TIMESTAMP + off, None), passing, "{off} s old");
        assert_eq!(passes(TIMESTAMP - off, None), passing, "{off} s ahead");
        assert_eq!(passes(TIMESTAMP + off, Some(Duration::from_secs(601))), off <= 601, "{off} s old");
        assert!(passes(TIMESTAMP + off, Some(Duration::MAX)));
    }
    assert!(!passes(TIMESTAMP + 1, Some(Duration::ZERO)));
    assert!(passes(TIMESTAMP, Some(Duration::ZERO)));
    assert!(!passes(0, None), "a clock that stands at 1970");
}

#[test]
fn a_reply_goes_back_under_the_key_and_the_nonce_of_its_request() {
    let sender = crypto(APP_ID, "pamtest", K2);
    let receiver = receiver_at(platform().previous_key(key(K2)), TIMESTAMP);
    let push = sender.seal(TICKET_XML, TIMESTAMP, NONCE, KeySlot::Current).unwrap();
    let body = push.push_body(Recipient::Platform(sender.app_id()), BodyFormat::Xml);
    let arrived = accepted(&receiver, &push.push_query(), &body).unwrap();

    let reply = receiver.reply(&arrived.reply_to, "<xml/>").unwrap();
    assert_eq!(reply.nonce(), NONCE);
    assert_eq!(reply.msg_signature(), sender.msg_signature(reply.timestamp(), NONCE, reply.encrypted()));
    assert_eq!(sender.decrypt(reply.encrypted()).unwrap().message.expose(), "<xml/>");
    assert!(receiver_at(platform(), TIMESTAMP).receive(&push.push_query(), body.as_bytes()).is_err());
}

#[test]
fn a_url_is_verified_by_the_official_example() {
    let receiver = receiver_at(crypto("wx", "AAAAA", K0), 1_714_036_504);
    let query = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249\
        &timestamp=1714036504&nonce=1514711492";
    assert_eq!(receiver.verify_url(query).unwrap(), "4375120948345356249");
    for wrong in [query.replace("f464", "f465"), query.replace("492", "493"), query.replace("echostr", "x")] {
        assert_eq!(receiver.verify_url(&wrong).unwrap_err().kind(), CallbackErrorKind::Refused, "{wrong}");
    }
}
