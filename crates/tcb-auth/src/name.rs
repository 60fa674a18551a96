use tcb_types::AuthorizerAppId;

use crate::Subject;

/// Whose a token or a record is, in little room: the names of accounts are short, and need no
/// memory of their own then. Ordered as subjects are.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Short { length: u8, key: [u8; Self::SHORT] },
    Long(Box<[u8]>),
}

impl Name {
    const SHORT: usize = 22;
    const ACCOUNT: u8 = 1;

    pub(crate) fn of(subject: &Subject) -> Self {
        let (kind, name) = (Self::kind(subject), subject.name().as_bytes());
        let mut key = [kind; Self::SHORT];
        let length = name.len().saturating_add(1);
        match (key.get_mut(1..length), u8::try_from(length)) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(name);
                Self::Short { length, key }
            }
            _ => Self::Long([&[kind], name].concat().into()),
        }
    }

    /// What names are compared and found by: the kind of the subject, and its name.
    pub(crate) fn key(&self) -> &[u8] {
        match self {
            Self::Short { length, key } => key.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(key) => key,
        }
    }

    pub(crate) fn is_of(&self, subject: &Subject) -> bool {
        self.key().split_first() == Some((&Self::kind(subject), subject.name().as_bytes()))
    }

    /// The name without the kind.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.key().get(1..).unwrap_or_default()
    }

    /// The account, if it is the key of one.
    pub(crate) fn authorizer(key: &[u8]) -> Option<AuthorizerAppId> {
        let name = key.strip_prefix(&[Self::ACCOUNT])?;
        str::from_utf8(name).ok().map(AuthorizerAppId::from)
    }

    fn kind(subject: &Subject) -> u8 {
        match subject {
            Subject::Platform => 0,
            Subject::Authorizer(_) => Self::ACCOUNT,
            Subject::Code(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CodeDigest;

    #[test]
    fn names_are_told_apart_and_ordered_as_subjects_are() {
        let digest = CodeDigest::of(&"code".into());
        let accounts = ["", "a", "b", "ab", &"a".repeat(21), &"a".repeat(22), &"b".repeat(300), "ä"]
            .map(|app_id| Subject::Authorizer(app_id.into()));
        let others = [Subject::Platform, Subject::Authorizer(digest.as_str().into()), Subject::Code(digest)];
        let subjects: Vec<_> = accounts.into_iter().chain(others).collect();
        for one in &subjects {
            assert_eq!(Name::authorizer(Name::of(one).key()).as_ref(), one.authorizer());
            for other in &subjects {
                assert_eq!(
                    Name::of(one).key().cmp(Name::of(other).key()),
                    one.cmp(other),
                    "{one:?} {other:?}"
                );
                assert_eq!(Name::of(one).is_of(other), one == other, "{one:?} {other:?}");
            }
        }
    }
}
