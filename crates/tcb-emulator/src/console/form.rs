//! What a form of the console carries, and the proof that it is one of ours.

use std::str::FromStr;
use std::sync::LazyLock;

use tcb_types::Secret;

use super::view::Trouble;
use crate::request::Request;

/// The field that carries the key.
pub(super) const KEY: &str = "key";

/// A secret of this start of the program, which every form carries: a page from elsewhere can make
/// a browser send a form here, but cannot know it. Ids and tokens come from the seed; this must
/// not, for the seed is no secret.
static START: LazyLock<Option<Secret>> = LazyLock::new(|| {
    let mut random = [0; 16];
    getrandom::fill(&mut random).ok()?;
    Some(hex::encode(random).into())
});

/// The key that a form has to carry. Without random bytes there is none, and no form is taken.
pub(super) fn key() -> &'static str {
    START.as_ref().map(Secret::expose).unwrap_or_default()
}

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form; none when it does not carry the key.
    pub(super) fn read(request: &Request) -> Option<Self> {
        let form = Self(form_urlencoded::parse(&request.body).into_owned().collect());
        let carried = Secret::from(form.text(KEY)?.to_owned());
        // The comparison takes the same time for every key of this length.
        (START.as_ref()? == &carried).then_some(form)
    }

    /// A field that is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// A field that has to be there.
    pub(super) fn need(&self, name: &'static str) -> Result<&str, Trouble> {
        self.text(name).ok_or(Trouble::Field(name))
    }

    /// A number that has to be there.
    pub(super) fn number<T: FromStr>(&self, name: &'static str) -> Result<T, Trouble> {
        self.need(name)?.trim().parse().map_err(|_| Trouble::Field(name))
    }

    /// All values of a field.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(super) fn is_ticked(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Where the form wants to go back to, if that is a page of this port.
    pub(super) fn back(&self, otherwise: String) -> String {
        let is_ours = |to: &&str| {
            to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n', '\t'])
        };
        self.text("back").filter(is_ours).map_or(otherwise, ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_this_port_alone() {
        for (to, is_ours) in [
            ("/_emu/prompts?lang=zh", true),
            ("//example.com", false),
            ("/\\example.com", false),
            ("/\t/example.com", false),
            ("https://example.com", false),
        ] {
            let form = Form(vec![("back".to_owned(), to.to_owned())]);
            assert_eq!(form.back("/".to_owned()) == to, is_ours, "{to}");
        }
    }
}
