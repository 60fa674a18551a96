use tcb_types::PressureTestId;
use tcb_types::cloudbase_common::{
    CreatePressureTest, CreatePressureTestResponse, GetPressureTestReport, GetPressureTestReportResponse,
    GetPressureTestStatus, PressureTestStatus,
};

handle! {
    /// Pressure tests of a mini program. Made by
    /// [`Client::pressure_tests`](crate::Client::pressure_tests).
    pub struct PressureTests {}

    /// Starts a pressure test of a page.
    fn create(
        &self,
        page: impl Into<String> + Send,
        workers: u32,
        duration: u32,
        source_type: i64,
    ) -> CreatePressureTestResponse {
        CreatePressureTest::new(page, workers, duration, source_type)
    }

    /// Reads how far a test is.
    fn status(&self, id: PressureTestId) -> PressureTestStatus { GetPressureTestStatus::new(id) }

    /// Reads what a test found.
    fn report(&self, id: PressureTestId) -> GetPressureTestReportResponse { GetPressureTestReport::new(id) }
}
