//! What a deployment tells while it runs.

use tcb_api::types::JsonText;

use crate::notes::Create;
use crate::step::Step;

/// Something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An earlier run was interrupted in this create; now it is looked for.
    #[non_exhaustive]
    Settling {
        /// The create.
        create: &'a Create,
    },
    /// A step begins.
    #[non_exhaustive]
    Begun {
        /// The step.
        step: &'a Step,
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        of: usize,
    },
    /// A step is done.
    #[non_exhaustive]
    Done {
        /// The step.
        step: &'a Step,
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        of: usize,
    },
    /// A function was invoked, and answered this.
    #[non_exhaustive]
    Invoked {
        /// What it answered, if anything.
        result: Option<&'a JsonText>,
    },
}

/// Is told what happens. It should not block: the deployment waits for it.
///
/// A closure is one, and `()` is one that does nothing.
pub trait Progress: Send + Sync {
    /// Takes in an event.
    fn event(&self, event: &Event<'_>);
}

impl Progress for () {
    fn event(&self, _: &Event<'_>) {}
}

impl<F: Fn(&Event<'_>) + Send + Sync> Progress for F {
    fn event(&self, event: &Event<'_>) {
        self(event);
    }
}
