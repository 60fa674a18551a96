//! The call that is measured everywhere, and the tokens for it.

/// Where the call goes. Its operation is `createFunction`.
pub(crate) const PATH: &str = "/tcb/createfunction";

/// Together with the other member's name this makes a body of 102 bytes.
pub(crate) const ENV: &str = "shop-prod-1a2b3c4d5e6f7g8h";
pub(crate) const FUNCTION: &str = "nightly-report-of-orders-and-refunds-of-tuesday";

pub(crate) const PLATFORM: &str = "wx00platform0bench";
pub(crate) const MERCHANT: &str = "wx0123456789abcdef";

/// A token as long as WeChat's.
pub(crate) fn token(number: u64) -> String {
    format!("61_{number:0>134}")
}

/// A refresh token as long as WeChat's.
pub(crate) fn refresh_token(number: u64) -> String {
    format!("refreshtoken@@@{number:0>43}")
}

/// The appid of a merchant.
pub(crate) fn app_id(number: usize) -> String {
    format!("wx{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_is_the_one_that_earlier_figures_are_of() {
        let body = serde_json::json!({ "env": ENV, "function_name": FUNCTION }).to_string();
        assert_eq!((body.len(), token(7).len(), app_id(7).len()), (102, 137, 18));
    }
}
