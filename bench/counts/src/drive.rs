//! Tasks that make calls.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// What goes wrong is told to a person and handled by nobody.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Makes so many calls each time it is called.
pub type Work = Box<dyn FnMut(usize) -> Result>;

/// Makes one call after the other.
pub trait Caller: Send + 'static {
    /// Makes one call.
    fn call(&mut self) -> impl Future<Output = Result> + Send;
}

/// Work for several callers, of which each makes its share while the others make theirs.
pub(crate) fn together(runtime: Arc<Runtime>, mut callers: Vec<impl Caller>) -> Work {
    Box::new(move |calls| {
        callers = runtime.block_on(drive(std::mem::take(&mut callers), calls))?;
        Ok(())
    })
}

async fn drive<C: Caller>(callers: Vec<C>, calls: usize) -> Result<Vec<C>> {
    let each = calls / callers.len();
    let mut tasks = JoinSet::new();
    for mut caller in callers {
        tasks.spawn(async move {
            for _ in 0..each {
                caller.call().await?;
            }
            Result::Ok(caller)
        });
    }
    tasks.join_all().await.into_iter().collect()
}
