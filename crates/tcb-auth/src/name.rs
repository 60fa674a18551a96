use std::cmp::Ordering;

use tcb_types::AuthorizerAppId;

use crate::Subject;

/// Whose a token or a record is, in little room: the names of accounts are short, and need no
/// memory of their own then. Ordered as subjects are.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Account { length: u8, text: [u8; Self::SHORT] },
    Other(Box<Subject>),
}

impl Name {
    const SHORT: usize = 22;

    pub(crate) fn of(subject: &Subject) -> Self {
        let name = subject.name().as_bytes();
        let mut text = [0; Self::SHORT];
        match (subject, text.get_mut(..name.len()), u8::try_from(name.len())) {
            (Subject::Authorizer(_), Some(room), Ok(length)) => {
                room.copy_from_slice(name);
                Self::Account { length, text }
            }
            _ => Self::Other(Box::new(subject.clone())),
        }
    }

    pub(crate) fn is_of(&self, subject: &Subject) -> bool {
        match self {
            Self::Account { .. } => {
                matches!(subject, Subject::Authorizer(_)) && self.as_bytes() == subject.name().as_bytes()
            }
            Self::Other(held) => **held == *subject,
        }
    }

    /// The account, if it is the name of one.
    pub(crate) fn authorizer(&self) -> Option<AuthorizerAppId> {
        match self {
            Self::Account { .. } => str::from_utf8(self.as_bytes()).ok().map(AuthorizerAppId::from),
            Self::Other(subject) => subject.authorizer().cloned(),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Account { length, text } => text.get(..usize::from(*length)).unwrap_or_default(),
            Self::Other(subject) => subject.name().as_bytes(),
        }
    }

    /// What is compared.
    fn parts(&self) -> (u8, &[u8]) {
        let kind = match self {
            Self::Account { .. } => 1,
            Self::Other(subject) => match **subject {
                Subject::Platform => 0,
                Subject::Authorizer(_) => 1,
                Subject::Code(_) => 2,
            },
        };
        (kind, self.as_bytes())
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Name {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CodeDigest;

    #[test]
    fn names_are_told_apart_and_ordered_as_subjects_are() {
        let digest = CodeDigest::of(&"code".into());
        let accounts = ["", "a", "b", "ab", &"a".repeat(22), &"a".repeat(23), &"b".repeat(300), "ä"]
            .map(|app_id| Subject::Authorizer(app_id.into()));
        let others = [Subject::Platform, Subject::Authorizer(digest.as_str().into()), Subject::Code(digest)];
        let subjects: Vec<_> = accounts.into_iter().chain(others).collect();
        for one in &subjects {
            assert_eq!(Name::of(one).authorizer().as_ref(), one.authorizer());
            for other in &subjects {
                assert_eq!(Name::of(one).cmp(&Name::of(other)), one.cmp(other), "{one:?} {other:?}");
                assert_eq!(Name::of(one).is_of(other), one == other, "{one:?} {other:?}");
            }
        }
    }
}
