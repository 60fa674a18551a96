//! What to do about an errcode, in words.

use tcb_types::{ErrCode, Reaction};

use crate::language::say;

/// Name and words for what a client does about `code`.
pub(crate) fn of(code: i64) -> (&'static str, String) {
    let reaction = ErrCode::new(code).reaction();
    (reaction.name(), words(reaction))
}

fn words(reaction: Reaction) -> String {
    match reaction {
        Reaction::Success => say!("go on", "继续"),
        Reaction::Absent => say!("the thing asked for does not exist", "所请求的对象不存在"),
        Reaction::WaitForTicket => say!(
            "the platform's ticket is dead; WeChat pushes a new one every ten minutes, startPushTicket asks for it",
            "平台的验证票据已失效；微信每十分钟推送一次新票据，可用 startPushTicket 请求推送"
        ),
        Reaction::AlreadyDone => {
            say!("somebody did it before; read the state back and go on", "之前已经做过；读回状态后继续")
        }
        Reaction::RetryLater => say!(
            "wait with growing pauses, and repeat only what is safe to repeat",
            "以逐渐加长的间隔等待，只重复可以安全重复的调用"
        ),
        Reaction::RefreshTokenAndRetry => {
            say!("refresh the token once, repeat once", "刷新一次令牌，重试一次")
        }
        Reaction::QuotaOrFrequency => say!(
            "a quota or frequency limit; stop until the minute, day or month is over",
            "触发额度或频率限制；等到该分钟、当日或当月结束"
        ),
        Reaction::FixCaller => say!(
            "the request or its data is wrong; correct it, repeating does not help",
            "请求或数据有误；改正后再调用，重复无用"
        ),
        Reaction::ConfigurePlatform => say!(
            "the service provider's operator has to change something: IP whitelist, secret, ticket push, release",
            "服务商的运维人员需要调整：IP 白名单、appsecret、票据推送或全网发布"
        ),
        Reaction::Permission => say!(
            "a permission set is missing; ask the merchant for an extended authorisation",
            "缺少权限集；请授权方扩大授权"
        ),
        Reaction::NotAuthorized => say!(
            "no authorisation stands; stop all work for the account",
            "授权不存在；停止为该授权方做任何事"
        ),
        Reaction::Reauthorize => say!(
            "the credentials are dead; the merchant has to authorise the platform again",
            "凭据已失效；授权方必须重新授权"
        ),
        Reaction::MerchantAction => say!(
            "the merchant or its administrator has to do something outside the API",
            "需要授权方或其管理员在接口之外完成操作"
        ),
        Reaction::Unknown => say!(
            "the code is in no table; keep the number, the text and the request id",
            "没有任何表列出此错误码；请保留错误码、原文和 rid"
        ),
        _ => say!("no advice is known for this reaction", "尚无建议"),
    }
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::*;

    #[test]
    fn every_reaction_of_the_table_has_words() {
        for fact in Catalogue::get().errors() {
            assert!(!of(fact.code).1.starts_with("no advice"), "{}", fact.reaction);
        }
    }
}
