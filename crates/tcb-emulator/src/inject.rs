//! Fault rules, as a test sets them.

use crate::fault::resolve;
use crate::state::State;
use crate::{Emulator, EmulatorError, EmulatorErrorKind, Fault, FaultRule, operations};

/// What goes wrong on purpose.
impl Emulator {
    /// Adds a fault rule behind those that are there.
    ///
    /// # Errors
    /// [`UnknownPath`](EmulatorErrorKind::UnknownPath) for a target that is not there or not built;
    /// the message says what is near. [`UnknownMerchant`](EmulatorErrorKind::UnknownMerchant) for
    /// an account that is not there. [`Invalid`](EmulatorErrorKind::Invalid) for a rule that makes
    /// no sense.
    pub fn fault(&self, fault: Fault) -> Result<(), EmulatorError> {
        let mut state = self.core.state();
        let fault = known(&state, fault)?;
        state.faults.add(fault);
        Ok(())
    }

    /// Replaces all rules by these. When one is refused, nothing changes.
    ///
    /// # Errors
    /// As [`fault`](Self::fault).
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), EmulatorError> {
        let mut state = self.core.state();
        let faults: Result<Vec<Fault>, _> = faults.into_iter().map(|fault| known(&state, fault)).collect();
        let faults = faults?;
        state.faults.clear();
        for fault in faults {
            state.faults.add(fault);
        }
        Ok(())
    }

    /// The rules that can still hit something, with what they have met.
    pub fn faults(&self) -> Vec<FaultRule> {
        let mut state = self.core.state();
        let now = state.now().seconds();
        state.faults.left(now).to_vec()
    }
}

/// A rule with its target as rules hold it, if it makes sense and can hit something.
fn known(state: &State, mut fault: Fault) -> Result<Fault, EmulatorError> {
    let target = resolve(&fault.target)?.to_owned();
    if operations::at(&target).is_some_and(|(_, route)| route.build.run().is_none()) {
        let message = format!("{target} is not built");
        return Err(EmulatorError::new(EmulatorErrorKind::UnknownPath, message));
    }
    fault.target = target;
    fault.check()?;
    match &fault.appid {
        Some(appid) if !state.accounts.contains_key(appid) && !state.components.contains_key(appid) => {
            let message = format!("no merchant and no platform has the appid {appid:?}");
            Err(EmulatorError::new(EmulatorErrorKind::UnknownMerchant, message))
        }
        _ => Ok(fault),
    }
}
