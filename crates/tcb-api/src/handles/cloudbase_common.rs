//! Ordinary cloud development, where the environment belongs to the merchant's mini program.

mod account;
mod collections;
mod env;
mod envs;
mod files;
mod functions;
mod merchants;
mod pressure_tests;
mod records;
mod sms;
mod sms_statistics;
mod token_policy;

pub use account::Account;
pub use collections::Collections;
pub use env::{Database, Env};
pub use envs::Envs;
pub use files::Files;
pub use functions::Functions;
pub use merchants::Merchants;
pub use pressure_tests::PressureTests;
pub use records::Records;
pub use sms::Sms;
pub use sms_statistics::SmsStatistics;
pub use token_policy::TokenPolicy;

use tcb_types::EnvId;

use crate::Client;

impl Client {
    /// The cloud development of the account that the client acts for, as a whole.
    pub fn account(&self) -> Account {
        Account::new(self.clone())
    }

    /// The mini program's cloud environments.
    pub fn envs(&self) -> Envs {
        Envs::new(self.clone())
    }

    /// One of the mini program's cloud environments. Environments of batch mode are at
    /// [`Platform::env`](crate::Platform::env).
    ///
    /// ```
    /// # async fn example(shop: tcb_api::Client) -> Result<(), tcb_api::Error> {
    /// let env = shop.env("shop-prod-1a2b3c");
    /// env.functions().create("hello").await?;
    /// env.database().collections().create("orders").await?;
    /// let late = env.database().records().count("db.collection('orders').where({late: true}).count()").await?.count;
    /// # Ok(()) }
    /// ```
    pub fn env(&self, id: impl Into<EnvId>) -> Env {
        Env::new(self.clone(), id.into())
    }

    /// The WeChat Pay merchants of the mini program's cloud development.
    pub fn merchants(&self) -> Merchants {
        Merchants::new(self.clone())
    }

    /// Pressure tests of the mini program.
    pub fn pressure_tests(&self) -> PressureTests {
        PressureTests::new(self.clone())
    }

    /// What marketing by text messages brought.
    pub fn sms_statistics(&self) -> SmsStatistics {
        SmsStatistics::new(self.clone())
    }
}
