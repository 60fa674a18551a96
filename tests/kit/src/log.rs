use std::io;
use std::sync::{Arc, Mutex, OnceLock};

/// The log of the whole test process: a subscriber of one thread would miss what others have
/// switched off meanwhile.
#[derive(Clone, Debug, Default)]
pub struct ProcessLog(Arc<Mutex<Vec<u8>>>);

impl ProcessLog {
    /// The log, which begins with the first call.
    pub fn get() -> &'static Self {
        static LOG: OnceLock<ProcessLog> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            log
        })
    }

    /// All that was logged until now.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for ProcessLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
