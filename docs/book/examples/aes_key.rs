use tcb_callback::{CallbackError, EncodingAesKey, MessageCrypto, Receiver};

// ANCHOR: both
/// Reads pushes under either key; a reply goes out under the key of its push.
pub(crate) fn receiver(
    app_id: &str,
    token: &str,
    new_key: &str,
    old_key: &str,
) -> Result<Receiver, CallbackError> {
    let crypto = MessageCrypto::new(app_id, token, EncodingAesKey::parse(new_key)?)
        .previous_key(EncodingAesKey::parse(old_key)?);
    Ok(Receiver::new(crypto))
}
// ANCHOR_END: both
