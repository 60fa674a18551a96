use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::uri::PathAndQuery;

use crate::{QueryToken, TransportError};

/// Where the calls of one client go, kept as a backend sends it, so that paths with tokens are not
/// written and checked anew for each call. Cheap to clone; clones share what is kept.
///
/// It holds tokens, like the requests that are made of it, and nothing shows them.
#[derive(Clone, Default)]
pub struct Targets(Arc<Mutex<Vec<Kept>>>);

struct Kept {
    path: &'static str,
    token: QueryToken,
    target: PathAndQuery,
}

impl Targets {
    /// How many are kept. A client seldom makes calls of more kinds again and again.
    const MOST: usize = 16;

    /// The target of `path` under `prefix` with `token`, as it is kept, or else as `write` writes
    /// it.
    pub(crate) fn get(
        &self,
        prefix: &str,
        path: &'static str,
        token: &QueryToken,
        write: impl FnOnce() -> Result<PathAndQuery, TransportError>,
    ) -> Result<PathAndQuery, TransportError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = all.iter().position(|kept| std::ptr::eq(kept.path, path));
        if let Some(kept) = place.and_then(|place| all.get(place))
            && is_same(&kept.token, token)
            // A client may lead to several hosts, by a transport that chooses.
            && kept.target.path().strip_prefix(prefix) == Some(path)
        {
            return Ok(kept.target.clone());
        }
        let target = write()?;
        let kept = Kept { path, token: token.clone(), target: target.clone() };
        match place {
            Some(place) => all[place] = kept,
            None if all.len() < Self::MOST => all.push(kept),
            None => all[0] = kept,
        }
        Ok(target)
    }
}

/// Whether they are the very same token, and not only two with the same text.
fn is_same(one: &QueryToken, other: &QueryToken) -> bool {
    std::ptr::eq(one.value(), other.value()) && one.parameter() == other.parameter()
}

impl fmt::Debug for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Targets(..)")
    }
}
