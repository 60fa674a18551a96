use tcb_types::MerchantCode;
use tcb_types::cloudbase_common::{
    BindMerchant, ListMerchants, ListMerchantsResponse, MerchantAsked, RequestMerchantPayments,
    RequestMerchantRefunds,
};

handle! {
    /// The WeChat Pay merchants of an account's cloud development. Made by
    /// [`Client::merchants`](crate::Client::merchants).
    pub struct Merchants {}

    /// Lists the merchants and what they permit.
    fn list(&self) -> ListMerchantsResponse { ListMerchants::new() }

    /// Asks a merchant to be bound.
    fn bind(&self, merchant: impl Into<MerchantCode> + Send) -> MerchantAsked { BindMerchant::new(merchant) }

    /// Asks a bound merchant for the permission to take payments (JSAPI).
    fn request_payments(&self, merchant: impl Into<MerchantCode> + Send) -> MerchantAsked {
        RequestMerchantPayments::new(merchant)
    }

    /// Asks a bound merchant for the permission to refund.
    fn request_refunds(&self, merchant: impl Into<MerchantCode> + Send) -> MerchantAsked {
        RequestMerchantRefunds::new(merchant)
    }
}
