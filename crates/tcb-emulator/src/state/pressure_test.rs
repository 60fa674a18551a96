use crate::transition::Progress;

/// A pressure test.
pub(crate) struct PressureTest {
    pub(crate) id: i64,
    pub(crate) page: String,
    pub(crate) workers: i64,
    /// Seconds.
    pub(crate) span: i64,
    pub(crate) begun: u64,
    pub(crate) progress: Progress,
}
