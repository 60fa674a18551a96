//! The token cache: one [`TokenSlot`] per key, whose behaviour at any moment is decided by the pure function
//! [`classify`](classify::classify).

mod classify;
mod policy;
mod slot;

pub use policy::CachePolicy;

pub(crate) use classify::Now;
pub(crate) use slot::{Flights, Minted, TokenSlot};
