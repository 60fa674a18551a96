//! A push: a ticket, as WeChat sends one every ten minutes.

use std::time::Duration;

use tcb_callback::{Delivery, EncodingAesKey, EventDetail, KeySlot, MessageCrypto, Receiver, Recipient};

use crate::Result;
use crate::drive::Work;

/// Verifies, decrypts and reads it.
pub(crate) fn push() -> Result<Work> {
    let key = EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")?;
    let crypto = MessageCrypto::new("wxb11529c136998cb6", "pamtest", key);
    let event = "<xml><AppId><![CDATA[wxb11529c136998cb6]]></AppId><CreateTime>1413192605</CreateTime>\
        <InfoType><![CDATA[component_verify_ticket]]></InfoType>\
        <ComponentVerifyTicket><![CDATA[ticket@@@2K8sJ3hFq0XvYb5LmNcRtPwZdGkEiUoAyBxVsTfQnWjHrMlCpDgIuOeKaSzXvBnM]]>\
        </ComponentVerifyTicket></xml>";
    let push = crypto.seal_with_random(event, 1_413_192_605, "1320562132", KeySlot::Current, [7; 16])?;
    let body = push.push_body(Recipient::Platform(crypto.app_id()), tcb_callback::BodyFormat::default());
    let query = push.push_query();
    let receiver = Receiver::new(crypto).replay_window(Duration::MAX);
    Ok(Box::new(move |calls| {
        for _ in 0..calls {
            match receiver.receive(&query, body.as_bytes())?.delivery {
                Delivery::Event(event) if matches!(event.detail, EventDetail::Ticket(_)) => {}
                _ => return Err("the push is no ticket".into()),
            }
        }
        Ok(())
    }))
}
