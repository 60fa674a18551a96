use std::fmt;

/// What the object storage answered when it refused a link.
///
/// The storage is Tencent Cloud's, which answers errors in XML with codes of its own, such as `AccessDenied` for a link that has run
/// out, `SignatureDoesNotMatch` and `NoSuchKey`. Match on [`status`](Self::status) first: 403 is the link, 404 the file. The service
/// for functions, which takes code, answers 200 and a code such as `AuthFailure.SignatureExpire`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StorageRefusal {
    /// HTTP status.
    pub status: u16,
    /// The storage's code, if its answer has one.
    pub code: Option<String>,
    /// Its text, without secrets.
    pub message: Option<String>,
}

impl StorageRefusal {
    /// Reads the beginning of an answer, from which the secrets have been cut out.
    pub(crate) fn read(status: u16, excerpt: &str) -> Self {
        let member = |name: &str| {
            let start = excerpt.find(&format!("<{name}>"))? + name.len() + 2;
            let length = excerpt[start..].find("</")?;
            Some(excerpt[start..start + length].trim().to_owned()).filter(|text| !text.is_empty())
        };
        Self { status, code: member("Code"), message: member("Message") }
    }
}

impl fmt::Display for StorageRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP status {}", self.status)?;
        for part in [&self.code, &self.message].into_iter().flatten() {
            write!(f, ": {part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_and_the_text_are_read() {
        let answer = "<?xml version='1.0' encoding='utf-8' ?> <Error> <Code>AccessDenied</Code> \
                      <Message>Request has expired</Message> <Resource>cos.example/a</Resource> </Error>";
        let refusal = StorageRefusal::read(403, answer);
        assert_eq!(refusal.code.as_deref(), Some("AccessDenied"));
        assert_eq!(refusal.message.as_deref(), Some("Request has expired"));
        assert_eq!(refusal.to_string(), "HTTP status 403: AccessDenied: Request has expired");
    }

    #[test]
    fn any_other_answer_is_a_status_alone() {
        for answer in ["", "<html>", "<Code></Code>", "<Code>AccessDen", "</Code><Code>"] {
            let refusal = StorageRefusal::read(404, answer);
            assert_eq!((refusal.status, refusal.code, refusal.message), (404, None, None), "{answer}");
        }
    }
}
