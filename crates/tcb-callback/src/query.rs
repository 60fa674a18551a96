use std::borrow::Cow;

use crate::crypto::Signature;
use crate::error::{CallbackError, Refusal};

/// Longest query that is looked at, in bytes; a genuine one has less than 300.
const LIMIT: usize = 4096;

/// The query of a push: `timestamp`, `nonce` and `msg_signature`, in exactly the form that WeChat
/// gives them.
///
/// The form is checked strictly because the signature has no separators: with a timestamp of any
/// other length than ten digits, one signature would fit many requests. Other parameters are
/// ignored; `signature` is, because it does not cover the body.
///
/// ```
/// use tcb_callback::CallbackQuery;
///
/// let query = CallbackQuery::parse(
///     "timestamp=1413192605&nonce=1320562132&encrypt_type=aes\
///      &msg_signature=229a535f6b3db732ed5abe5eafeace03e4068241",
/// )?;
/// assert_eq!(query.nonce(), "1320562132");
/// # Ok::<(), tcb_callback::CallbackError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackQuery {
    timestamp: String,
    nonce: String,
    msg_signature: Signature,
}

impl CallbackQuery {
    /// Reads the part of a URL after the question mark.
    ///
    /// # Errors
    /// The usual refusal when a parameter is missing, comes twice or has another form: `timestamp`
    /// ten digits, `nonce` 1 to 64 digits and letters, `msg_signature` 40 hexadecimal digits,
    /// `encrypt_type` absent or `aes`.
    pub fn parse(query: &str) -> Result<Self, CallbackError> {
        Ok(Self::read(query)?)
    }

    pub(crate) fn read(query: &str) -> Result<Self, Refusal> {
        let parameters = Parameters::read(query)?;
        if parameters.encrypt_type.is_some_and(|value| value != "aes") {
            return Err(Refusal::Query("encrypt_type"));
        }
        Ok(Self {
            timestamp: timestamp(parameters.timestamp)?,
            nonce: nonce(parameters.nonce)?,
            msg_signature: signature(parameters.msg_signature, "msg_signature")?,
        })
    }

    /// Unix seconds of the push, ten digits.
    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// The nonce of the push; a reply carries the same one.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The signature that the push claims to have.
    pub fn msg_signature(&self) -> Signature {
        self.msg_signature
    }
}

/// The query of the request that verifies a URL: `timestamp`, `nonce`, `signature` and the
/// `echostr` to give back.
///
/// Pages for third-party platforms do not mention this request; accounts of other types get it when
/// a URL is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationQuery {
    timestamp: String,
    nonce: String,
    signature: Signature,
    echostr: String,
}

impl VerificationQuery {
    /// Reads the part of a URL after the question mark.
    ///
    /// # Errors
    /// The usual refusal, as for [`CallbackQuery::parse`]; `echostr` is 1 to 256 characters of
    /// base64. The signature does not cover it, so that nothing else may be reflected.
    pub fn parse(query: &str) -> Result<Self, CallbackError> {
        Ok(Self::read(query)?)
    }

    pub(crate) fn read(query: &str) -> Result<Self, Refusal> {
        let parameters = Parameters::read(query)?;
        let echostr = parameters.echostr.filter(|text| {
            (1..=256).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte))
        });
        Ok(Self {
            timestamp: timestamp(parameters.timestamp)?,
            nonce: nonce(parameters.nonce)?,
            signature: signature(parameters.signature, "signature")?,
            echostr: echostr.ok_or(Refusal::Query("echostr"))?.into_owned(),
        })
    }

    /// Unix seconds of the request, ten digits.
    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// The nonce of the request.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The signature of three parts that the request claims to have.
    pub fn signature(&self) -> Signature {
        self.signature
    }

    /// The text to answer with.
    pub fn echostr(&self) -> &str {
        &self.echostr
    }
}

/// The parameters that mean something, unescaped.
#[derive(Default)]
struct Parameters<'a> {
    timestamp: Option<Cow<'a, str>>,
    nonce: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    msg_signature: Option<Cow<'a, str>>,
    encrypt_type: Option<Cow<'a, str>>,
    echostr: Option<Cow<'a, str>>,
}

impl<'a> Parameters<'a> {
    fn read(query: &'a str) -> Result<Self, Refusal> {
        if query.len() > LIMIT {
            return Err(Refusal::Size);
        }
        let mut parameters = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let slot = match &*unescape(name)? {
                "timestamp" => &mut parameters.timestamp,
                "nonce" => &mut parameters.nonce,
                "signature" => &mut parameters.signature,
                "msg_signature" => &mut parameters.msg_signature,
                "encrypt_type" => &mut parameters.encrypt_type,
                "echostr" => &mut parameters.echostr,
                _ => continue,
            };
            if slot.replace(unescape(value)?).is_some() {
                return Err(Refusal::Query("duplicate"));
            }
        }
        Ok(parameters)
    }
}

/// Resolves `%XX`. A plus stays one: no parameter has spaces, and an unescaped `echostr` of base64
/// has pluses.
fn unescape(text: &str) -> Result<Cow<'_, str>, Refusal> {
    if !text.contains('%') {
        return Ok(text.into());
    }
    let refusal = Refusal::Query("escape");
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or(refusal)?;
        let mut byte = [0];
        hex::decode_to_slice(digits, &mut byte).map_err(|_| refusal)?;
        bytes.extend_from_slice(&byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| refusal)
}

fn timestamp(text: Option<Cow<'_, str>>) -> Result<String, Refusal> {
    let text = text.filter(|text| text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit()));
    Ok(text.ok_or(Refusal::Query("timestamp"))?.into_owned())
}

fn nonce(text: Option<Cow<'_, str>>) -> Result<String, Refusal> {
    let text = text.filter(|text| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    Ok(text.ok_or(Refusal::Query("nonce"))?.into_owned())
}

fn signature(text: Option<Cow<'_, str>>, name: &'static str) -> Result<Signature, Refusal> {
    text.and_then(|text| Signature::parse(&text)).ok_or(Refusal::Query(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "229a535f6b3db732ed5abe5eafeace03e4068241";

    fn push(timestamp: &str, nonce: &str, signature: &str) -> Result<CallbackQuery, CallbackError> {
        CallbackQuery::parse(&format!("timestamp={timestamp}&nonce={nonce}&msg_signature={signature}"))
    }

    #[test]
    fn order_other_parameters_and_escapes_do_not_matter() {
        let plain = push("1413192605", "1320562132", SIGNATURE).unwrap();
        let other = CallbackQuery::parse(&format!(
            "tenant=a&tenant=b&&openid=o9&signature=junk&msg_signature={SIGNATURE}&n%6Fnce=13205%362132\
             &encrypt_type=aes&timestamp=1413192605"
        ));
        assert_eq!(other.unwrap(), plain);
    }

    #[test]
    fn a_timestamp_has_ten_digits() {
        for wrong in
            ["", "141319260", "14131926050", "-141319260", "141319260x", "+413192605", "１４１３１９２６０５"]
        {
            assert!(push(wrong, "42", SIGNATURE).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_nonce_has_1_to_64_digits_and_letters() {
        assert!(push("1413192605", &"aZ09".repeat(16), SIGNATURE).is_ok());
        for wrong in ["", &"a".repeat(65), "a-b", "a+b", "a%20b", "a%00", "é"] {
            assert!(push("1413192605", wrong, SIGNATURE).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_signature_has_forty_hexadecimal_digits() {
        for wrong in ["", &SIGNATURE[1..], &format!("{SIGNATURE}0"), &SIGNATURE.replace('2', "g")] {
            assert!(push("1413192605", "42", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parameters_come_once_and_all_of_them_come() {
        let query = format!("timestamp=1413192605&nonce=42&msg_signature={SIGNATURE}&encrypt_type=aes");
        assert!(CallbackQuery::parse(&query).is_ok());
        for twice in query.split('&') {
            assert!(CallbackQuery::parse(&format!("{query}&{twice}")).is_err(), "{twice}");
            assert!(
                CallbackQuery::parse(&format!("{query}&{}", twice.replacen('e', "%65", 1))).is_err(),
                "{twice}"
            );
        }
        for missing in query.split('&').take(3) {
            assert!(CallbackQuery::parse(&query.replace(missing, "")).is_err(), "{missing}");
        }
    }

    #[test]
    fn other_encryption_broken_escapes_and_endless_queries_are_refused() {
        let query = format!("timestamp=1413192605&nonce=42&msg_signature={SIGNATURE}");
        for more in ["encrypt_type=raw", "encrypt_type=", "a%=1", "%zz", "%e4", &"a".repeat(LIMIT)] {
            assert!(CallbackQuery::parse(&format!("{query}&{more}")).is_err(), "{more}");
        }
    }

    #[test]
    fn an_echostr_is_text_that_can_be_reflected() {
        let verification = |echostr: &str| {
            VerificationQuery::parse(&format!(
                "signature={SIGNATURE}&timestamp=1413192605&nonce=42&echostr={echostr}"
            ))
        };
        assert_eq!(verification("4375120948345356249").unwrap().echostr(), "4375120948345356249");
        assert_eq!(verification("a+b/c%2Bd==").unwrap().echostr(), "a+b/c+d==");
        for wrong in ["", "<script>", "%3Cscript%3E", "a%0d%0ab", "a b", &"a".repeat(257)] {
            assert!(verification(wrong).is_err(), "{wrong}");
        }
    }
}
