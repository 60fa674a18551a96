use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime;
use tokio::task::unconstrained;
use tokio::time::Sleep;

use super::super::wire::end_of;

/// Ends what takes too long. It goes from one call to the next together with their connection, for
/// a timer is put off at a fraction of what it costs to register one and to take it out again.
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    /// Who wakes it. A timer of a runtime that has ended panics when it is polled.
    runtime: runtime::Id,
}

impl Alarm {
    /// An alarm that goes off in `time` by `runtime`, which has to be the one that this runs on;
    /// `kept` if that will do.
    pub(super) fn set(kept: Option<Self>, runtime: runtime::Id, time: Duration) -> Self {
        if let Some(mut alarm) = kept
            && alarm.runtime == runtime
            && let Some(end) = end_of(time)
        {
            alarm.sleep.as_mut().reset(end);
            return alarm;
        }
        Self { sleep: Box::pin(tokio::time::sleep(time)), runtime }
    }

    /// What `work` brings, or what `late` does if the alarm goes off first.
    pub(super) async fn limit<T>(
        &mut self,
        mut work: Pin<&mut (impl Future<Output = T> + Send)>,
        late: impl Fn() -> T + Sync,
    ) -> T {
        poll_fn(|context| match work.as_mut().poll(context) {
            // Work that is always busy must not keep the alarm from going off.
            Poll::Pending => Pin::new(&mut unconstrained(self.sleep.as_mut())).poll(context).map(|()| late()),
            ended @ Poll::Ready(_) => ended,
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;

    use tokio::runtime::Handle;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_alarm_that_is_kept_goes_off_when_it_was_set_last() {
        let mut kept = None;
        // Later, earlier, after it has gone off, and when there is no such moment.
        for (seconds, waits) in [(10, false), (20, true), (5, true), (7, false), (3, true), (u64::MAX, false)]
        {
            let mut alarm = Alarm::set(kept, Handle::current().id(), Duration::from_secs(seconds));
            let set = end_of(Duration::ZERO).unwrap();
            if waits {
                assert_eq!(alarm.limit(pin!(pending()), || "late").await, "late");
                assert_eq!(set.elapsed().as_secs(), seconds);
            } else {
                assert_eq!(alarm.limit(pin!(ready("in time")), || "late").await, "in time");
            }
            kept = Some(alarm);
        }
    }
}
