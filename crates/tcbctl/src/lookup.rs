//! Operations by the names that people type.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use tcb_catalogue::{Catalogue, Operation};

use crate::exit::Exit;
use crate::language::say;

/// How alike two names have to be for the one to be offered for the other; 1 is the same name.
const ALIKE: f64 = 0.8;

/// How many names are offered.
const OFFERED: usize = 3;

/// The operation with this id, or at this path. Upper and lower case do not matter, nor does the
/// slash in front.
pub(crate) fn operation(text: &str) -> Option<&'static Operation> {
    let path = |path: &'static str| path.trim_start_matches('/');
    let given = text.trim_start_matches('/');
    Catalogue::get().operations().iter().find(|operation| {
        operation.id.eq_ignore_ascii_case(text) || path(&operation.path).eq_ignore_ascii_case(given)
    })
}

/// The address of an operation's page.
pub(crate) fn page(operation: &'static Operation) -> Option<&'static str> {
    let sources = operation.pages.iter().flat_map(|page| &page.sources).map(String::as_str);
    // Some have a remark behind them, and some are in English, older and garbled.
    let pages = sources
        .filter(|source| source.starts_with("https://developers.weixin.qq.com/") && !source.contains(' '));
    let chinese = || pages.clone().filter(|page| !page.contains("/en/"));
    let current = chinese().find(|page| page.contains("/oplatform/openApi/"));
    current.or_else(|| chinese().next()).or_else(|| pages.clone().next())
}

/// The ids that `text` was perhaps meant to be, the likeliest first.
fn nearest(text: &str) -> Vec<&'static str> {
    let lower = text.to_ascii_lowercase();
    // Names are compared with names and paths with paths: two operations have the same last
    // segment.
    let by_path = text.contains('/');
    let mut found: Vec<(f64, &str)> = Catalogue::get()
        .operations()
        .iter()
        .map(|operation| {
            let name = if by_path { &operation.path } else { &operation.id };
            (strsim::jaro_winkler(&lower, &name.to_ascii_lowercase()), operation.id.as_str())
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    found.into_iter().take(OFFERED).map(|(_, id)| id).collect()
}

fn parse(text: &str) -> Result<&'static Operation, String> {
    operation(text).ok_or_else(|| {
        let nearest = nearest(text);
        if nearest.is_empty() {
            say!("no operation has this id or path", "没有这个名称或路径的接口")
        } else {
            let nearest = nearest.join(", ");
            say!(
                "no operation has this id or path; similar: {nearest}",
                "没有这个名称或路径的接口；相近的有：{nearest}"
            )
        }
    })
}

/// Every id, for the completion of a shell.
fn ids() -> Box<dyn Iterator<Item = PossibleValue>> {
    Box::new(Catalogue::get().operations().iter().map(|operation| PossibleValue::new(operation.id.as_str())))
}

/// Reads an operation.
#[derive(Clone, Debug)]
pub(crate) struct OperationParser;

impl TypedValueParser for OperationParser {
    type Value = &'static Operation;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(ids())
    }
}

/// What can be explained.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Errcode(i64),
    Operation(&'static Operation),
    /// The id of a request, of the emulator or of WeChat.
    Rid(String),
    /// The number of an assumption of the emulator.
    Assumption(String),
    Exit(Exit),
}

impl Subject {
    fn parse(text: &str) -> Result<Self, String> {
        if let Ok(errcode) = text.replace('\u{2212}', "-").parse() {
            return Ok(Self::Errcode(errcode));
        }
        let exit = text.strip_prefix("exit-").and_then(|code| code.parse::<u8>().ok());
        if let Some(exit) = exit.and_then(|code| Exit::ALL.into_iter().find(|exit| exit.code() == code)) {
            return Ok(Self::Exit(exit));
        }
        let number = text.strip_prefix("A-").or_else(|| text.strip_prefix("a-"));
        if let Some(number) =
            number.filter(|number| number.len() == 3 && is_made_of(number, u8::is_ascii_digit))
        {
            return Ok(Self::Assumption(format!("A-{number}")));
        }
        let mut parts = text.split('-');
        if parts.clone().count() == 3
            && parts.all(|part| part.len() == 8 && is_made_of(part, u8::is_ascii_hexdigit))
        {
            return Ok(Self::Rid(text.to_owned()));
        }
        parse(text).map(Self::Operation)
    }
}

fn is_made_of(text: &str, of: fn(&u8) -> bool) -> bool {
    text.as_bytes().iter().all(of)
}

/// Reads what can be explained; an errcode also with the minus sign that documents print (U+2212).
#[derive(Clone, Debug)]
pub(crate) struct SubjectParser;

impl TypedValueParser for SubjectParser {
    type Value = Subject;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        Subject::parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(ids())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_several_names() {
        for name in ["createFunction", "CREATEFUNCTION", "/tcb/createfunction", "tcb/CreateFunction"] {
            assert_eq!(operation(name).map(|found| found.id.as_str()), Some("createFunction"), "{name}");
        }
        assert!(operation("").is_none() && operation("/").is_none());
    }

    #[test]
    fn no_two_operations_share_a_name() {
        for expected in Catalogue::get().operations() {
            for name in [&expected.id, &expected.path] {
                let found = operation(&name.to_ascii_uppercase()).unwrap();
                assert_eq!(found.id, expected.id, "{name}");
            }
        }
    }

    #[test]
    fn a_misspelt_name_is_near_its_own() {
        for (text, id) in [
            ("creatEnv", "createEnv"),
            ("getFunctionList", "getFuntionList"),
            ("/tcb/createfunctoin", "createFunction"),
        ] {
            assert_eq!(nearest(text).first(), Some(&id), "{text}: {:?}", nearest(text));
        }
        assert!(nearest("zzz").is_empty());
    }
}
