//! What an answer must hold to be one, beyond what its type demands.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::OperationSpec;
use crate::text::Text;

/// What an answer lacks.
#[derive(Debug, PartialEq)]
pub(crate) enum Lack {
    /// A required member that is empty.
    Empty(&'static str),
    /// A required member, in an answer without a code.
    Missing(&'static str),
    /// The code.
    Code,
}

/// Checks that a body that fits the type of its answer is an answer of the operation.
///
/// With a code it is, unless a required member is an empty text: an empty id is no id. Without a
/// code the members have to show that the body is not somebody else's JSON. All required members
/// must then be there and not be empty; where answers without a code are documented, one of the
/// members named for them is enough, even as an empty list.
pub(crate) fn check(spec: &OperationSpec, body: &[u8], has_code: bool) -> Result<(), Lack> {
    let required = spec.required_in_response;
    // The type refuses every other empty value, and an empty text is written in only one way.
    if has_code && (required.is_empty() || !body.windows(2).any(|two| two == b"\"\"")) {
        return Ok(());
    }
    let found = Found::of(required, body);
    if let Some(path) = found.first(|mark| found.empty & mark != 0) {
        return Err(Lack::Empty(path));
    }
    if has_code || (found.full != 0 && !spec.without_errcode.is_empty()) {
        return Ok(());
    }
    if let Some(path) = found.first(|mark| found.full & mark == 0).filter(|_| spec.without_errcode.is_empty())
    {
        return Err(Lack::Missing(path));
    }
    let named = Found::of(spec.without_errcode, body);
    let is_told = found.full | named.full | named.hollow != 0;
    if is_told { Ok(()) } else { Err(Lack::Code) }
}

/// Largest number of paths that can be looked for.
const MOST: usize = 32;

/// What was found at some paths, one bit for each.
struct Found {
    paths: &'static [&'static str],
    /// Something.
    full: u32,
    /// An empty list or object.
    hollow: u32,
    /// An empty text or `null`, at least once.
    empty: u32,
}

impl Found {
    fn of(paths: &'static [&'static str], body: &[u8]) -> Self {
        let mut found = Self { paths, full: 0, hollow: 0, empty: 0 };
        let all = paths.iter().take(MOST).enumerate().fold(0, |all, (index, _)| all | 1 << index);
        let root = Place { found: &mut found, at: 0, below: all, here: 0 };
        // The body has been read before, so it is JSON.
        let _ = serde_json::Deserializer::from_slice(body).deserialize_map(root);
        found
    }

    fn first(&self, holds: impl Fn(u32) -> bool) -> Option<&'static str> {
        let mut paths = self.paths.iter().take(MOST).enumerate();
        paths.find(|(index, _)| holds(1 << index)).map(|(_, path)| *path)
    }
}

/// A place in the body where some of the paths end and some go on.
struct Place<'a> {
    found: &'a mut Found,
    /// How much of each path has been passed, its dot included.
    at: usize,
    /// The paths that go on.
    below: u32,
    /// The paths that end here.
    here: u32,
}

impl Place<'_> {
    /// Returns the place of the member `name`.
    fn member(&mut self, name: &str) -> Place<'_> {
        let (mut below, mut here) = (0, 0);
        for (index, path) in self.found.paths.iter().take(MOST).enumerate() {
            let mark = 1 << index;
            let rest = path.get(self.at..).filter(|_| self.below & mark != 0);
            match rest.and_then(|rest| rest.strip_prefix(name)).map(str::as_bytes) {
                Some([]) if !name.contains('.') => here |= mark,
                Some([b'.', ..]) => below |= mark,
                _ => {}
            }
        }
        Place { found: self.found, at: self.at + name.len() + 1, below, here }
    }

    /// Returns the place of an item: lists leave no trace in a path.
    fn item(&mut self) -> Place<'_> {
        Place { found: self.found, at: self.at, below: self.below, here: 0 }
    }

    fn end(self, is_hollow: bool) {
        if is_hollow {
            self.found.hollow |= self.here;
        } else {
            self.found.full |= self.here;
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.below | self.here == 0 {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let mut is_hollow = true;
        while let Some(Text(name)) = members.next_key()? {
            is_hollow = false;
            members.next_value_seed(self.member(&name))?;
        }
        self.end(is_hollow);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut is_hollow = true;
        while items.next_element_seed(self.item())?.is_some() {
            is_hollow = false;
        }
        self.end(is_hollow);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if text.is_empty() {
            self.found.empty |= self.here;
        } else {
            self.found.full |= self.here;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.found.empty |= self.here;
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.end(false);
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.end(false);
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.end(false);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.end(false);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: OperationSpec = OperationSpec::post("x", "/x");
    const ID: OperationSpec = POST.required_in_response(&["list.id", "list", "n"]);
    const PAGE: OperationSpec = POST.required_in_response(&["list.id"]).without_errcode(&["list", "more"]);

    #[test]
    fn with_a_code_only_what_is_empty_is_no_answer() {
        for (body, lack) in [
            ("{}", None),
            (r#"{"list":[{"id":"x"}],"n":0}"#, None),
            (r#"{"list":[{"id":""}],"n":0}"#, Some(Lack::Empty("list.id"))),
            (r#"{"list":[{"id":"x"},{"id":""}],"n":0}"#, Some(Lack::Empty("list.id"))),
            (r#"{"list":{"id":""},"n":0}"#, Some(Lack::Empty("list.id"))),
            (r#"{"n":"","list":[]}"#, Some(Lack::Empty("n"))),
            (r#"{"id":"","list":{"x":{"id":""}},"other":""}"#, None),
        ] {
            assert_eq!(check(&ID, body.as_bytes(), true).err(), lack, "{body}");
        }
        assert_eq!(check(&POST, br#"{"id":""}"#, true), Ok(()));
    }

    #[test]
    fn without_a_code_all_that_is_required_has_to_be_there_and_say_something() {
        for (body, lack) in [
            (r#"{"list":[{"id":"x"}],"n":0}"#, None),
            (r#"{"n":false,"list":[{},{"id":[0]}]}"#, None),
            (r#"{"list":[{"id":"x"}]}"#, Some(Lack::Missing("n"))),
            (r#"{"list":[],"n":0}"#, Some(Lack::Missing("list.id"))),
            (r#"{"list":[{}],"n":0}"#, Some(Lack::Missing("list.id"))),
            (r#"{"list":[{"id":null}],"n":0}"#, Some(Lack::Empty("list.id"))),
            (r#"{"list.id":"x","list":[0],"n":0}"#, Some(Lack::Missing("list.id"))),
            ("{}", Some(Lack::Missing("list.id"))),
        ] {
            assert_eq!(check(&ID, body.as_bytes(), false).err(), lack, "{body}");
        }
        assert_eq!(check(&POST, br#"{"list":[{"id":"x"}],"n":0}"#, false), Err(Lack::Code));
    }

    #[test]
    fn where_answers_without_a_code_are_documented_one_member_tells_them_and_a_list_may_be_empty() {
        for (body, lack) in [
            (r#"{"list":[{"id":"x"}]}"#, None),
            (r#"{"list":[]}"#, None),
            (r#"{"more":0}"#, None),
            (r#"{"list":[{"id":""}]}"#, Some(Lack::Empty("list.id"))),
            (r#"{"list":null,"more":""}"#, Some(Lack::Code)),
            (r#"{"code":500,"message":"upstream"}"#, Some(Lack::Code)),
        ] {
            assert_eq!(check(&PAGE, body.as_bytes(), false).err(), lack, "{body}");
        }
    }
}
