use tcb_callback::Message;

// ANCHOR: reply
/// User names of the accounts that WeChat tests platforms with; nobody else gets these answers.
const TESTERS: [&str; 10] = [
    "gh_3c884a361561",
    "gh_c0f28a78b318",
    "gh_3f222ed8d140",
    "gh_26128078e9ab",
    "gh_2b3713f184a6",
    "gh_8dad206e9538",
    "gh_905ae9d01059",
    "gh_393666f1fdf4",
    "gh_39abb5d4e1b7",
    "gh_7818dcb60240",
];

/// The reply that the release check waits for, if this message is its.
pub(crate) fn reply(message: &Message) -> Option<String> {
    let asks = message.msg_type == "text" && message.xml().contains("TESTCOMPONENT_MSG_TYPE_TEXT");
    let to = message.from.as_ref().filter(|_| asks && TESTERS.contains(&message.to.as_str()))?;
    let seconds = message.created.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    Some(format!(
        "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{}]]></FromUserName>\
         <CreateTime>{seconds}</CreateTime><MsgType><![CDATA[text]]></MsgType>\
         <Content><![CDATA[TESTCOMPONENT_MSG_TYPE_TEXT_callback]]></Content></xml>",
        message.to
    ))
}
// ANCHOR_END: reply
