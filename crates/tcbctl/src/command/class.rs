//! What may happen when a call is sent twice.

use tcb_catalogue::{Method, Operation as Documented};
use tcb_types::{Class, specs};

/// What is known about `operation`. Where its harm depends on the request (its `action`), the worst
/// counts; what the SDK has no type for counts as creating something, unless it is a `GET`.
pub(crate) fn of(operation: &Documented) -> Class {
    let worst = |one, other| match (one, other) {
        (Class::Read, Class::Read) => Class::Read,
        (Class::NotRepeatable, _) | (_, Class::NotRepeatable) => Class::NotRepeatable,
        _ => Class::Idempotent,
    };
    let known = specs().filter(|known| known.path == operation.path).map(|known| known.class).reduce(worst);
    known.unwrap_or(if operation.method == Method::Get { Class::Read } else { Class::NotRepeatable })
}

/// What the class means, for people.
pub(crate) fn words(class: Class) -> &'static str {
    match class {
        Class::Read => "read",
        Class::Idempotent => "idempotent",
        Class::NotRepeatable => "not_repeatable",
    }
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::*;

    #[test]
    fn what_is_not_known_to_be_harmless_creates() {
        let of = |id: &str| of(Catalogue::get().operation(id).unwrap());
        assert_eq!(of("createEnv"), Class::NotRepeatable);
        assert_eq!(of("getEnvInfo"), Class::Read);
        assert_eq!(of("startPushTicket"), Class::Idempotent);
        assert_eq!(
            of("getAuthorizerRefreshToken"),
            Class::NotRepeatable,
            "the code is good for one exchange"
        );
        assert_eq!(of("setCloudAccessToken"), Class::NotRepeatable, "one action of it writes");
    }
}
