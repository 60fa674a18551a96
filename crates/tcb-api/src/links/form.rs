//! `multipart/form-data` (RFC 7578), as much of it as an upload needs.

use http::HeaderValue;
use tcb_transport::Body;

/// The content type of the form and its body: the fields in their order, and then the file, behind
/// which the storage ignores all.
pub(super) fn write(fields: &[(&str, &str)], file: Body, media_type: Option<&HeaderValue>) -> (String, Body) {
    // Random, and too long to stand in the content by chance.
    let boundary = format!("tcb-{:032x}", fastrand::u128(..));
    let mut head = Vec::new();
    for (name, value) in fields {
        let field = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        head.extend([field.as_bytes(), value.as_bytes(), b"\r\n"].concat());
    }
    let part = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: "
    );
    let media_type = media_type.map_or(&b"application/octet-stream"[..], HeaderValue::as_bytes);
    head.extend([part.as_bytes(), media_type, b"\r\n\r\n"].concat());
    let body = file.framed(head, format!("\r\n--{boundary}--\r\n"));
    (format!("multipart/form-data; boundary={boundary}"), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_comes_last_byte_for_byte() {
        let file: &[u8] = b"\r\n--\0\xFF";
        let (content_type, body) = write(&[("key", "a/b"), ("Signature", "q=1&b")], file.into(), None);
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
        assert_eq!(body.bytes().unwrap(), &expected);
    }

    #[test]
    fn no_two_forms_share_a_boundary() {
        assert_ne!(write(&[], Body::default(), None).0, write(&[], Body::default(), None).0);
    }
}
