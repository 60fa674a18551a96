use bytes::Bytes;
use http::HeaderValue;

pub(super) const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A form that uploads a file: fields, and then `file` as the last part.
pub(super) struct Form {
    fields: Vec<(String, String)>,
    pub(super) content: Bytes,
    pub(super) content_type: HeaderValue,
}

/// One part of the body: its name, its content type and its content.
struct Part {
    name: String,
    content_type: Option<HeaderValue>,
    content: Bytes,
}

impl Form {
    /// `None` when it is no form, a field is no text, or the file is not the last part.
    pub(super) fn read(content_type: &str, body: &Bytes) -> Option<Self> {
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=")?;
        let mut parts = parts(boundary, body)?;
        let last = parts.pop()?;
        let fields = parts.into_iter().map(|part| {
            let value = String::from_utf8(part.content.to_vec()).ok()?;
            (part.name != "file").then_some((part.name, value))
        });
        let fields = fields.collect::<Option<_>>()?;
        let content_type = last.content_type.unwrap_or(OCTETS);
        (last.name == "file").then_some(Self { fields, content: last.content, content_type })
    }

    /// A field; empty when there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

fn parts(boundary: &str, body: &Bytes) -> Option<Vec<Part>> {
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter has no line break in front of it.
    let mut at = delimiter.len() - 2;
    if !body.starts_with(&delimiter.as_bytes()[2..]) {
        return None;
    }
    let mut parts = Vec::new();
    loop {
        if body[at..].starts_with(b"--") {
            return Some(parts);
        }
        let head = at + 2;
        if body.get(at..head)? != b"\r\n" {
            return None;
        }
        let content = head + find(&body[head..], b"\r\n\r\n")? + 4;
        let end = content + find(&body[content..], delimiter.as_bytes())?;
        parts.push(part(std::str::from_utf8(&body[head..content]).ok()?, body.slice(content..end))?);
        at = end + delimiter.len();
    }
}

fn part(head: &str, content: Bytes) -> Option<Part> {
    let mut name = None;
    let mut content_type = None;
    for line in head.lines() {
        match line.split_once(": ") {
            Some(("Content-Disposition", value)) => {
                let start = value.strip_prefix("form-data; name=\"")?;
                name = start.split_once('"').map(|(name, _)| name.to_owned());
            }
            Some(("Content-Type", value)) => content_type = HeaderValue::from_str(value).ok(),
            _ => {}
        }
    }
    Some(Part { name: name?, content_type, content })
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=b";
    const KEY: &str = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/b\r\n";
    const FILE: &str = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\
                        Content-Type: text/plain\r\n\r\n\r\n-b\r\n--b--\r\n";

    #[test]
    fn a_form_is_read() {
        let form = Form::read(KIND, &Bytes::from([KEY, FILE].concat())).unwrap();
        assert_eq!((form.field("key"), form.field("other")), ("a/b", ""));
        assert_eq!((&form.content[..], form.content_type.to_str().unwrap()), (&b"\r\n-b"[..], "text/plain"));
    }

    #[test]
    fn what_is_no_form_with_the_file_last_is_refused() {
        let last = KEY.replacen("--b", "\r\n--b", 1) + "--b--";
        for body in [
            "",
            "--b",
            "--b--",
            KEY,
            FILE.trim_end_matches("--b--\r\n"),
            &(FILE.trim_end_matches("\r\n--b--\r\n").to_owned() + &last),
        ] {
            assert!(Form::read(KIND, &Bytes::from(body.to_owned())).is_none(), "{body:?}");
        }
        assert!(Form::read("text/plain", &Bytes::from_static(FILE.as_bytes())).is_none());
    }
}
