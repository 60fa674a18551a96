/// Stands for a secret. Bytes that hold it are looked for in everything that a person may see.
pub const CANARY: &str = "CanaryOfTheTests";

/// Whether what holds the canary may not be shown: it stands in `text` once, and that is in
/// `secret`.
pub(crate) fn is_only_in(text: &str, secret: &str) -> bool {
    secret.contains(CANARY) && text.matches(CANARY).count() == 1
}

#[track_caller]
pub(crate) fn assert_hidden(shown: &str) {
    assert!(!shown.contains(CANARY), "a secret is shown: {shown}");
}
