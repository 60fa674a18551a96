//! The paths on the emulator's port that are not WeChat's API.

/// The console for people.
pub(crate) const CONSOLE: &str = "/_emu";

/// The admin API.
pub(crate) const ADMIN: &str = "/_emu/v1";

/// The object storage. It is also the path of its fault rules.
pub(crate) const STORAGE: &str = "/_emu/storage";
