use tcb_callback::{BodyFormat, CallbackErrorKind, KeySlot, MessageCrypto, Recipient};

use crate::vectors::{
    K0, K1, K2, TICKET_XML, V3_ENCRYPT, V5_ENCRYPT, V9_ENCRYPT, V10_ENCRYPT, V13_ENCRYPT, crypto, key,
};

/// One vector, read in both directions.
struct Vector<'a> {
    crypto: MessageCrypto,
    timestamp: u64,
    nonce: &'a str,
    signature: Option<&'a str>,
    msg_signature: &'a str,
    random: [u8; 16],
    encrypted: &'a str,
    message: &'a str,
}

impl Vector<'_> {
    fn check(&self) {
        let opened = self.crypto.decrypt(self.encrypted).unwrap();
        assert_eq!(opened.message.expose(), self.message);
        assert_eq!(opened.key, KeySlot::Current);

        let sealed = self
            .crypto
            .seal_with_random(self.message, self.timestamp, self.nonce, KeySlot::Current, self.random)
            .unwrap();
        assert_eq!(sealed.encrypted(), self.encrypted);
        assert_eq!(sealed.msg_signature().to_string(), self.msg_signature);
        if let Some(signature) = self.signature {
            assert_eq!(sealed.signature().to_string(), signature);
        }
    }
}

#[test]
fn v1_and_v2_the_signature_of_a_url_verification() {
    let crypto = crypto("wx", "AAAAA", K0);
    assert_eq!(
        crypto.signature("1714036504", "1514711492").to_string(),
        "f464b24fc39322e44b38aa78f5edd27bd1441696"
    );
    assert_eq!(
        crypto.signature("1714037059", "486452656").to_string(),
        "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    );
}

#[test]
fn v3_an_event_in_json() {
    Vector {
        crypto: crypto("wxba5fad812f8e6fb9", "AAAAA", K0),
        timestamp: 1_714_112_445,
        nonce: "415670741",
        signature: Some("6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        msg_signature: "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        random: *b"a8eedb185eb2fecf",
        encrypted: V3_ENCRYPT,
        message: concat!(
            r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","#,
            r#""CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#
        ),
    }
    .check();
}

#[test]
fn v4_a_reply_in_json() {
    Vector {
        crypto: crypto("wxba5fad812f8e6fb9", "AAAAA", K0),
        timestamp: 1_713_424_427,
        nonce: "415670741",
        signature: None,
        msg_signature: "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
        random: *b"707722b803182950",
        encrypted: "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
        message: r#"{"demo_resp":"good luck"}"#,
    }
    .check();
}

#[test]
fn v5_an_event_of_an_account_carries_the_appid_of_the_platform() {
    Vector {
        crypto: crypto("wx134c8103faa5a59e", "AAAAA", K0),
        timestamp: 1_715_943_329,
        nonce: "1590219412",
        signature: Some("cc0c594499c1634947d5b502f158ee518947db27"),
        msg_signature: "6c12a4205838198b8fa631b3220723bb07f1015c",
        random: *b"1205899eaf019bbd",
        encrypted: V5_ENCRYPT,
        message: "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n\
            <FromUserName><![CDATA[o9AgO5Kd5ggOC-bXrbNODIiE3bGY]]></FromUserName>\n\
            <CreateTime>1715943329</CreateTime>\n\
            <MsgType><![CDATA[event]]></MsgType>\n\
            <Event><![CDATA[debug_demo]]></Event>\n\
            <debug_str><![CDATA[hello world]]></debug_str>\n\
            </xml>",
    }
    .check();
}

#[test]
fn v6_a_reply_in_xml() {
    Vector {
        crypto: crypto("wx134c8103faa5a59e", "AAAAA", K0),
        timestamp: 1_713_424_427,
        nonce: "415670741",
        signature: None,
        msg_signature: "03e0812039325c2712ef5f0f980fd14c70d6e307",
        random: *b"999951349e8ee746",
        encrypted: concat!(
            "hE8R6mGXHkJJjU72KxzKUd1GEkKJaEZq7vRL8XgK3o+00k8JGq6+pZJUIlTSyhsX+bxIBQ72g3GyvDdIZcr6+3HAZbSvPT9t",
            "/o11MI7d6WELwqrGd7jMnV0zv3Zc9Nq7"
        ),
        message: "<xml><demo_resp>[CDATA[good luck]]</demo_resp></xml>",
    }
    .check();
}

#[test]
fn v8_an_encrypted_echostr() {
    let crypto = crypto("wx5823bf96d3bd56c7", "QDG6eK", K2);
    let echostr = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";
    assert_eq!(
        crypto.msg_signature("1409659589", "263014780", echostr).to_string(),
        "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
    );
    assert_eq!(crypto.decrypt(echostr).unwrap().message.expose(), "1616140317555161061");
}

#[test]
fn v9_a_text_message() {
    let crypto = crypto("wx5823bf96d3bd56c7", "QDG6eK", K2);
    assert_eq!(
        crypto.msg_signature("1409659813", "1372623149", V9_ENCRYPT).to_string(),
        "477715d11cdb4164915debcba66cb864d751f3e6"
    );
    let message = crypto.decrypt(V9_ENCRYPT).unwrap().message;
    assert!(message.expose().contains("<Content><![CDATA[hello]]></Content>"));
    assert!(message.expose().contains("<MsgId>4561255354251345929</MsgId>"));
    assert_encrypts_back(&crypto, message.expose(), *b"0960688932c47ef1", V9_ENCRYPT);
}

#[test]
fn v10_a_text_message_in_mixed_mode() {
    let crypto = crypto("wx2c2769f8efd9abc2", "spamtest", K1);
    assert_eq!(
        crypto.msg_signature("1409735669", "1320562132", V10_ENCRYPT).to_string(),
        "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
    );
    let message = crypto.decrypt(V10_ENCRYPT).unwrap().message;
    assert!(message.expose().contains("<Content><![CDATA[abcdteT]]></Content>"));
    assert!(message.expose().contains("<MsgId>6054768590064713728</MsgId>"));
    assert_encrypts_back(&crypto, message.expose(), *b"89465c840c5f116f", V10_ENCRYPT);
}

#[test]
fn v12_a_plaintext_that_fills_its_blocks_gets_a_block_of_padding() {
    Vector {
        crypto: crypto("wxb11529c136998cb6", "pamtest", K1),
        timestamp: 1_600_000_000,
        nonce: "42",
        signature: None,
        msg_signature: "f0a78523a644d77f7cc148c37dc5b91e47ecd732",
        random: *b"0123456789abcdef",
        encrypted: concat!(
            "Q3stYC6hdFzMh9T8HCvyDPCFlYQWfSrQ4WOaBBolvOL4HalqAPhj0UT3NoAtqniT+DVSiINxHkdBEhZ6Tc3IjXaSWHRsZbt2",
            "6nVrcdnhiH2ajS8E8TboMb1L90T7l7N/"
        ),
        message: "<xml><a>01234567</a></xml>",
    }
    .check();
}

#[test]
fn v13_a_ticket() {
    Vector {
        crypto: crypto("wxb11529c136998cb6", "pamtest", K1),
        timestamp: 1_413_192_605,
        nonce: "1320562132",
        signature: Some("bafb94c8b6d2c6a13565d242eb8945748ff7a041"),
        msg_signature: "229a535f6b3db732ed5abe5eafeace03e4068241",
        random: *b"0123456789abcdef",
        encrypted: V13_ENCRYPT,
        message: TICKET_XML,
    }
    .check();
}

fn assert_encrypts_back(crypto: &MessageCrypto, message: &str, random: [u8; 16], encrypted: &str) {
    assert_eq!(crypto.encrypt(message, KeySlot::Current, random).unwrap(), encrypted);
}

#[test]
fn every_length_of_message_comes_back() {
    let crypto = crypto("wxb11529c136998cb6", "pamtest", K1);
    for length in 0..100 {
        let message = "字".repeat(length % 7) + &"x".repeat(length);
        let sealed = crypto.seal(&message, 1_600_000_000, "42", KeySlot::Current).unwrap();
        assert_eq!(crypto.decrypt(sealed.encrypted()).unwrap().message.expose(), message);
    }
}

#[test]
fn the_same_message_is_never_encrypted_alike() {
    let crypto = crypto("wxb11529c136998cb6", "pamtest", K1);
    let seal = || crypto.seal("<xml/>", 1_600_000_000, "42", KeySlot::Current).unwrap();
    assert_ne!(seal().encrypted(), seal().encrypted());
}

#[test]
fn what_does_not_decrypt_is_one_and_the_same_refusal() {
    let ours = crypto("wxb11529c136998cb6", "pamtest", K1);
    let other_platform = crypto("wx134c8103faa5a59e", "pamtest", K1);
    let longer_appid = crypto("wxb11529c136998cb6x", "pamtest", K1);
    let foreign = other_platform.encrypt("<xml/>", KeySlot::Current, [7; 16]).unwrap();
    let longer = longer_appid.encrypt("<xml/>", KeySlot::Current, [7; 16]).unwrap();
    let refused: Vec<_> = [
        "",
        "====",
        "not base64!",
        "Q3stYC6hdFzMh9T8HCvyDA",
        &V13_ENCRYPT[..V13_ENCRYPT.len() - 4],
        // Sixteen bytes are one block of the cipher and half of one of the padding.
        "Q3stYC6hdFzMh9T8HCvyDA==",
        // Whitespace and spare bits that strict base64 does not have.
        &format!("{V13_ENCRYPT}\n"),
        &foreign,
        &longer,
        V9_ENCRYPT,
    ]
    .into_iter()
    .map(|encrypted| ours.decrypt(encrypted).unwrap_err())
    .collect();
    for error in &refused {
        assert_eq!(error.kind(), CallbackErrorKind::Refused);
        assert_eq!(format!("{error} {error:?}"), format!("{} {:?}", refused[0], refused[0]));
    }
}

#[test]
fn during_a_change_of_key_both_fit_and_the_slot_is_told() {
    let before = crypto("wxb11529c136998cb6", "pamtest", K2);
    let after = crypto("wxb11529c136998cb6", "pamtest", K1);
    let during = after.clone().previous_key(key(K2));

    for (sender, slot) in [(&after, KeySlot::Current), (&before, KeySlot::Previous)] {
        let sealed = sender.seal("<xml/>", 1_600_000_000, "42", KeySlot::Current).unwrap();
        let opened = during.decrypt(sealed.encrypted()).unwrap();
        assert_eq!(opened.key, slot);

        // The reply goes back under the key that worked, which the sender has.
        let reply = during.seal("reply", 1_600_000_001, "42", opened.key).unwrap();
        assert_eq!(sender.decrypt(reply.encrypted()).unwrap().message.expose(), "reply");
    }
    assert!(after.decrypt(before.seal("<xml/>", 1, "1", KeySlot::Current).unwrap().encrypted()).is_err());
}

#[test]
fn bodies_are_written_as_documented() {
    let crypto = crypto("wxba5fad812f8e6fb9", "AAAAA", K0);
    let message = r#"{"demo_resp":"good luck"}"#;
    let sealed = crypto
        .seal_with_random(message, 1_713_424_427, "415670741", KeySlot::Current, *b"707722b803182950")
        .unwrap();
    let encrypted = sealed.encrypted();

    assert_eq!(
        sealed.push_query(),
        format!(
            "signature={}&timestamp=1713424427&nonce=415670741&encrypt_type=aes\
             &msg_signature=1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
            sealed.signature()
        )
    );
    assert_eq!(
        sealed.push_body(Recipient::Account("gh_97417a04a28d"), BodyFormat::Xml),
        format!(
            "<xml>\n    <ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n    \
             <Encrypt><![CDATA[{encrypted}]]></Encrypt>\n</xml>"
        )
    );
    assert_eq!(
        sealed.push_body(Recipient::Platform(crypto.app_id()), BodyFormat::Json),
        format!(r#"{{"AppId":"wxba5fad812f8e6fb9","Encrypt":"{encrypted}"}}"#)
    );
    assert_eq!(
        sealed.reply_body(BodyFormat::Xml),
        format!(
            "<xml>\n    <Encrypt><![CDATA[{encrypted}]]></Encrypt>\n    \
             <MsgSignature><![CDATA[1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1]]></MsgSignature>\n    \
             <TimeStamp>1713424427</TimeStamp>\n    <Nonce><![CDATA[415670741]]></Nonce>\n</xml>"
        )
    );
    assert_eq!(
        sealed.reply_body(BodyFormat::Json),
        format!(
            r#"{{"Encrypt":"{encrypted}","MsgSignature":"1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1","TimeStamp":1713424427,"Nonce":"415670741"}}"#
        )
    );
}

#[test]
fn a_crypto_shows_no_secret() {
    let crypto = crypto("wxb11529c136998cb6", "canary-token", K1).previous_key(key(K2));
    let sealed = crypto.seal("canary-message", 1_600_000_000, "42", KeySlot::Current).unwrap();
    let opened = crypto.decrypt(sealed.encrypted()).unwrap();
    let shown = format!("{crypto:?} {crypto:#?} {sealed:?} {opened:?}");
    for secret in ["canary", K1, K2] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("wxb11529c136998cb6"));
}
