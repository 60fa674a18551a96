//! Published and computed vectors of the message crypto.

pub(crate) const V3_ENCRYPT: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
pub(crate) const V5_ENCRYPT: &str = "D7yzvUNAL930rd28wf21s4hvXhz0L6Uit/p2Di6C5DHyYGpEgdBRnKjBec34JwoQXicwaZC7fOVihW80F4VtsdvE//1vr7oAbqjDv8KenVp+ajKYpJnyQ4zMRhIC+a31fCVOMC03FfzV/QuC94kBP55a+Za3sJgvAn+ZbsNqZI5DkyuzkhQN8OBqCzFhizGmy0xpM0MEA4agpvE+RuNO1rhHTtuJB5yltw1FiYzecSXJ+y/D2r81VkRn2eYjh2ltsoyfbDR7Is6ookXIFxTfyeNyeHxMeT4KN5WpCDmSbTcUYrbBUlkGLJ9n/rU8YOywma6G7aTb7KZKOqCxgfoUlYEZPk4FUL/TK7ShriFDMVCLyjQJ15Ob++agDWtcxhfUfe6HIoIpRW8mKNBQiY/Jd1svvuskA1wLef1RTtzKfMpagSCX/laZINmdnX4zrF6kIaR9P4xQrWXbsTFHTYe0Mg==";
pub(crate) const V9_ENCRYPT: &str = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==";
pub(crate) const V10_ENCRYPT: &str = "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=";
pub(crate) const V13_ENCRYPT: &str = "Q3stYC6hdFzMh9T8HCvyDPbKD07inrx/gdFVRNQpmlsYYdYj00JhxU+jrEMotI/CBWqWqqgyBLt7aEJc+AObx6zMGR14yUSbYh4+HE2GpPj33xGKfekXtbBU6LVOR21aJqkLdMt4+Vp33/5GbMH5GmBkE2QrtBTkoSfxB6D0jQpujjduCel/HisedFVbgD7DdRXYxtRuwZd+TiiL+CzMwHHQghvxVyShxHNsd3FtazAMd4sWWVjag21HAfn+PAEtWGKUhu0+Onj30kzam6iTSVoASApj52lEh6/B0hWT6PAhsjrZJt4yLSc+RJSl8Dui9RwVodTNqUdhVya3WDfJ69/B8ysCijWpW4/MipRnHAgmMiT1qvE4s0Cl7iavWQ2M";

use tcb_callback::{EncodingAesKey, MessageCrypto};

pub(crate) const K0: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub(crate) const K1: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
pub(crate) const K2: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

/// The message of V13.
pub(crate) const TICKET_XML: &str = "<xml><AppId><![CDATA[wxb11529c136998cb6]]></AppId>\n\
    <CreateTime>1413192605</CreateTime>\n\
    <InfoType><![CDATA[component_verify_ticket]]></InfoType>\n\
    <ComponentVerifyTicket><![CDATA[ticket@@@some_verify_ticket]]></ComponentVerifyTicket>\n\
    </xml>";

pub(crate) fn key(text: &str) -> EncodingAesKey {
    EncodingAesKey::parse(text).unwrap()
}

pub(crate) fn crypto(app_id: &str, token: &str, key_text: &str) -> MessageCrypto {
    MessageCrypto::new(app_id, token, key(key_text))
}
