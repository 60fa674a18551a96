//! The accounts that authorised the platform.
//!
//! Tickets, codes and tokens are the business of [`Platform::tokens`] and
//! [`Platform::authorization_link`], which send the other operations of the family.

use tcb_types::authorization::{
    AuthorizerOption, AuthorizerOptionName, GetAuthorizerInfo, GetAuthorizerInfoResponse,
    GetAuthorizerOption, ListAuthorizers, ListAuthorizersResponse, SetAuthorizerOption,
    SetAuthorizerOptionResponse,
};
use tcb_types::{AuthorizerAppId, ComponentAppId};

use crate::{Client, Platform};

impl Platform {
    /// The accounts that authorised the platform.
    pub fn authorizers(&self) -> Authorizers {
        Authorizers::new(self.client().clone(), self.app_id().clone())
    }
}

impl Client {
    /// The options of the account that the client acts for. None of them concerns mini programs or
    /// cloud development.
    pub fn options(&self) -> Options {
        Options::new(self.clone())
    }
}

handle! {
    /// The accounts that authorised a platform. Made by [`Platform::authorizers`].
    pub struct Authorizers { platform: ComponentAppId }

    /// Lists `count` accounts, 500 at most, after the first `offset`. The answer holds refresh
    /// tokens.
    fn list(&self, offset: u64, count: u32) -> ListAuthorizersResponse {
        ListAuthorizers::new(&self.platform, offset, count)
    }

    /// Reads an account: what it is, and what it granted.
    fn info(&self, app_id: impl Into<AuthorizerAppId> + Send) -> GetAuthorizerInfoResponse {
        GetAuthorizerInfo::new(&self.platform, app_id)
    }
}

streams! { Authorizers:
    /// All accounts, with their refresh tokens.
    fn stream(&self) { ListAuthorizers::new(&self.platform, 0, ListAuthorizers::MAX_COUNT) }
}

handle! {
    /// The options of an account. Made by [`Client::options`].
    pub struct Options {}

    /// Reads an option.
    fn get(&self, name: AuthorizerOptionName) -> AuthorizerOption { GetAuthorizerOption::new(name) }

    /// Sets an option.
    fn set(&self, name: AuthorizerOptionName, value: u32) -> SetAuthorizerOptionResponse {
        SetAuthorizerOption::new(name, value)
    }
}
