//! `multipart/form-data` (RFC 7578), as much of it as an upload needs.

use bytes::{Bytes, BytesMut};
use http::HeaderValue;

/// The content type of the form and its body: the fields in their order, and then the file, behind
/// which the storage ignores all.
pub(super) fn write(
    fields: &[(&str, &str)],
    file: &[u8],
    media_type: Option<&HeaderValue>,
) -> (String, Bytes) {
    // Chosen after the content is known, and too long to stand in it by chance.
    let boundary = format!("tcb-{:032x}", fastrand::u128(..));
    let mut body = BytesMut::with_capacity(file.len() + 4096);
    for (name, value) in fields {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: "
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(media_type.map_or(b"application/octet-stream", HeaderValue::as_bytes));
    body.extend_from_slice(b"\r\n\r\n");
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_comes_last_byte_for_byte() {
        let file = b"\r\n--\0\xFF";
        let (content_type, body) = write(&[("key", "a/b"), ("Signature", "q=1&b")], file, None);
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let mut expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/b\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"Signature\"\r\n\r\nq=1&b\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        expected.extend_from_slice(file);
        expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        assert_eq!(body, expected);
    }

    #[test]
    fn no_two_forms_share_a_boundary() {
        assert_ne!(write(&[], b"", None).0, write(&[], b"", None).0);
    }
}
