use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

const HEX: &[u8] = b"0123456789abcdef";
const LOWER: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL_SAFE: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// The one source of every id, secret, ticket, token and code. The same seed and the same requests
/// give the same texts.
///
/// Each kind of text has numbers of its own, so that a ticket pushed by the clock does not change
/// the next token.
#[derive(Serialize, Deserialize)]
pub(crate) struct Seed {
    seed: u64,
    streams: BTreeMap<Cow<'static, str>, Stream>,
}

impl Seed {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, streams: BTreeMap::new() }
    }

    pub(crate) fn value(&self) -> u64 {
        self.seed
    }

    /// An appid that no real account can have: `u` and `m` are no hexadecimal digits.
    pub(crate) fn app_id(&mut self) -> String {
        format!("wxemu{}", self.text("appid", HEX, 13))
    }

    pub(crate) fn app_secret(&mut self) -> String {
        self.text("appsecret", HEX, 32)
    }

    pub(crate) fn callback_token(&mut self) -> String {
        self.text("callback token", ALPHANUMERIC, 24)
    }

    pub(crate) fn encoding_aes_key(&mut self) -> String {
        self.text("encoding aes key", ALPHANUMERIC, 43)
    }

    /// A key that a platform never had.
    pub(crate) fn foreign_aes_key(&mut self) -> String {
        self.text("foreign aes key", ALPHANUMERIC, 43)
    }

    pub(crate) fn ticket(&mut self) -> String {
        format!("ticket@@@{}", self.text("ticket", URL_SAFE, 86))
    }

    pub(crate) fn pre_auth_code(&mut self) -> String {
        format!("preauthcode@@@{}", self.text("pre-auth code", URL_SAFE, 86))
    }

    pub(crate) fn authorization_code(&mut self) -> String {
        format!("queryauthcode@@@{}", self.text("authorization code", URL_SAFE, 86))
    }

    pub(crate) fn refresh_token(&mut self) -> String {
        format!("refreshtoken@@@{}", self.text("refresh token", URL_SAFE, 43))
    }

    pub(crate) fn access_token(&mut self) -> String {
        let generation = 10 + self.stream("access token generation").next() % 90;
        format!("{generation}_{}", self.text("access token", URL_SAFE, 134))
    }

    /// Request id: three times eight hexadecimal digits.
    pub(crate) fn rid(&mut self) -> String {
        let text = self.text("rid", HEX, 24);
        format!("{}-{}-{}", &text[..8], &text[8..16], &text[16..])
    }

    pub(crate) fn env_suffix(&mut self) -> String {
        self.text("environment", LOWER, 16)
    }

    /// Number of an order.
    pub(crate) fn order(&mut self) -> String {
        self.text("order", b"0123456789", 6)
    }

    /// Id of a record in a database.
    pub(crate) fn record_id(&mut self) -> String {
        self.text("record", HEX, 32)
    }

    /// Id of a request to Tencent Cloud, or of a task there.
    pub(crate) fn request_id(&mut self) -> String {
        let text = self.text("request", HEX, 32);
        format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
    }

    /// Temporary credential of Tencent Cloud: id, key and token.
    pub(crate) fn cloud_credential(&mut self) -> (String, String, String) {
        let id = format!("AKIDEMU{}", self.text("secret id", ALPHANUMERIC, 48));
        (id, self.text("secret key", ALPHANUMERIC, 44), self.text("session token", URL_SAFE, 160))
    }

    /// Signature of a conversation.
    pub(crate) fn voip_signature(&mut self) -> String {
        self.text("voip signature", HEX, 40)
    }

    /// Security token of an upload, and the value that goes with its file.
    pub(crate) fn security_token(&mut self) -> String {
        self.text("security token", URL_SAFE, 96)
    }

    /// Signature of a link.
    pub(crate) fn signature(&mut self) -> String {
        self.text("signature", HEX, 40)
    }

    /// Key that protects the code of functions.
    pub(crate) fn code_secret(&mut self) -> String {
        self.text("code secret", ALPHANUMERIC, 64)
    }

    pub(crate) fn original_id(&mut self) -> String {
        format!("gh_{}", self.text("original id", HEX, 12))
    }

    /// The sixteen bytes in front of a message that gets encrypted.
    pub(crate) fn openid(&mut self) -> String {
        format!("oemu{}", self.text("openid", URL_SAFE, 24))
    }

    pub(crate) fn message_random(&mut self) -> [u8; 16] {
        let stream = self.stream("message random");
        (u128::from(stream.next()) << 64 | u128::from(stream.next())).to_be_bytes()
    }

    pub(crate) fn nonce(&mut self) -> String {
        self.text("nonce", b"123456789", 10)
    }

    fn text(&mut self, label: &'static str, alphabet: &[u8], length: usize) -> String {
        let stream = self.stream(label);
        let mut text = String::with_capacity(length);
        while text.len() < length {
            for byte in stream.next().to_be_bytes().iter().take(length - text.len()) {
                text.push(char::from(alphabet[usize::from(*byte) % alphabet.len()]));
            }
        }
        text
    }

    fn stream(&mut self, label: &'static str) -> &mut Stream {
        let seed = self.seed;
        self.streams.entry(Cow::Borrowed(label)).or_insert_with(|| Stream::new(seed, label))
    }
}

/// Numbers without end that look random: `SplitMix64`. They protect nothing, and tests draw
/// millions of them.
#[derive(Serialize, Deserialize)]
struct Stream(u64);

impl Stream {
    fn new(seed: u64, label: &str) -> Self {
        Self(label.bytes().fold(mix(seed), |state, byte| mix(state ^ u64::from(byte))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
}

fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_of_text_does_not_disturb_another() {
        let (mut with, mut without) = (Seed::new(7), Seed::new(7));
        with.ticket();
        assert_eq!(with.access_token(), without.access_token());
        assert_ne!(with.ticket(), without.ticket());
    }

    #[test]
    fn seeds_and_kinds_of_text_have_nothing_in_common() {
        let mut texts = std::collections::HashSet::new();
        for seed in 0..100 {
            let mut seed = Seed::new(seed);
            for _ in 0..10 {
                assert!(texts.insert(seed.text("a", HEX, 13)) && texts.insert(seed.text("b", HEX, 13)));
            }
        }
    }

    #[test]
    fn texts_have_the_shapes_that_are_seen_in_public() {
        let mut seed = Seed::new(1);
        assert_eq!(seed.app_id().len(), 18);
        assert_eq!(seed.encoding_aes_key().len(), 43);
        assert_eq!(seed.access_token().len(), 137);
        assert!(seed.ticket().starts_with("ticket@@@"));
        assert_ne!(seed.app_id(), seed.app_id());
    }
}
