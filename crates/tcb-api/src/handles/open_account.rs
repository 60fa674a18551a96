//! Open-platform accounts, which give a merchant's accounts a common unionid.

use tcb_types::OpenAppId;
use tcb_types::open_account::{
    BindOpenAccount, BoundOpenAccount, CreateOpenAccount, GetOpenAccount, GetOpenAccountEntity,
    HasOpenAccount, HasOpenAccountResponse, OpenAccountBinding, OpenAccountEntity, UnbindOpenAccount,
    UnbindOpenAccountResponse,
};

use crate::Client;

impl Client {
    /// The open-platform account of the account that the client acts for.
    ///
    /// ```
    /// # async fn example(shop: tcb_api::Client) -> Result<(), tcb_api::Error> {
    /// use tcb_api::types::open_account::OpenAccount;
    ///
    /// match shop.open_account().create().await? {
    ///     OpenAccount::Created { open_app_id } => println!("{open_app_id}"),
    ///     other => println!("{other:?}"),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn open_account(&self) -> OpenAccount {
        OpenAccount::new(self.clone())
    }
}

handle! {
    /// The open-platform account of an account. Made by
    /// [`Client::open_account`](crate::Client::open_account).
    pub struct OpenAccount {}

    /// Creates an open-platform account and binds the calling account to it.
    fn create(&self) -> tcb_types::open_account::OpenAccount { CreateOpenAccount::new() }

    /// Reads which open-platform account the calling account is bound to.
    fn get(&self) -> BoundOpenAccount { GetOpenAccount::new() }

    /// Binds the calling account to an open-platform account.
    fn bind(&self, open_app_id: impl Into<OpenAppId> + Send) -> OpenAccountBinding {
        BindOpenAccount::new(open_app_id)
    }

    /// Unbinds the calling account from its open-platform account.
    fn unbind(&self, open_app_id: impl Into<OpenAppId> + Send) -> UnbindOpenAccountResponse {
        UnbindOpenAccount::new(open_app_id)
    }

    /// Reads whether the calling account is bound to any open-platform account.
    fn exists(&self) -> HasOpenAccountResponse { HasOpenAccount::new() }

    /// Reads whether the calling account and its open-platform account have the same subject.
    fn entity(&self) -> OpenAccountEntity { GetOpenAccountEntity::new() }
}
