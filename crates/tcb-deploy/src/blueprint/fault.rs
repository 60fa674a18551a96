use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::pack::PackError;

/// What is wrong in a blueprint. Nothing was sent.
///
/// It displays a line for each [`Fault`].
#[derive(Debug)]
pub struct BlueprintError {
    faults: Vec<Fault>,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The blueprint.
    pub file: PathBuf,
    /// Its line, from 1; `None` when the file as a whole cannot be read.
    pub line: Option<u64>,
    /// Its column, from 1.
    pub column: Option<u64>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong in a blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The file cannot be read, for this reason.
    Unreadable(String),
    /// The file is no YAML that the reader understands, for this reason.
    Yaml(String),
    /// There is no member of this name.
    #[non_exhaustive]
    UnknownMember {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// This value is not among those that the member takes.
    #[non_exhaustive]
    UnknownValue {
        /// The value.
        value: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A member has to be there.
    MissingMember(String),
    /// A member stands there a second time.
    Twice(String),
    /// Something else has to stand there.
    Expected(Shape),
    /// The folder of a function cannot be packed.
    Package(Arc<PackError>),
    /// Two of a list have the same name.
    #[non_exhaustive]
    Alike {
        /// The list.
        list: &'static str,
        /// The member that names them.
        member: &'static str,
        /// The name.
        name: String,
        /// The line of the other one.
        first: u64,
    },
    /// A member cannot be set in the mode of the environment.
    #[non_exhaustive]
    Mode {
        /// The member.
        member: &'static str,
        /// The mode that it needs.
        needed: &'static str,
        /// The mode that the environment has.
        mode: &'static str,
    },
    /// A function cannot run for so long.
    #[non_exhaustive]
    Timeout {
        /// How long it should, in seconds.
        seconds: u32,
        /// How long it can, in seconds.
        longest: u32,
    },
    /// An index has no keys.
    NoKeys(String),
    /// A route for this kind of message lacks its event, or has one that it cannot have.
    #[non_exhaustive]
    RouteEvent {
        /// The kind of message.
        message: String,
        /// Whether there is an event.
        has: bool,
    },
    /// A route leads to an environment that is not in the blueprint.
    #[non_exhaustive]
    NoEnv {
        /// Its alias.
        alias: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A route leads to a function that is not in its environment.
    #[non_exhaustive]
    NoFunction {
        /// Alias of the environment.
        env: String,
        /// Name of the function.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A variable has no value.
    NoValue(String),
    /// A `${` has no `}`.
    NoBrace,
}

/// What should stand in a place of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// Members.
    Members,
    /// Something else, in words of the reader of YAML.
    Other(String),
}

impl Shape {
    fn what(&self) -> String {
        let what = match self {
            Self::Bool | Self::Number => return "this is no value for the member".to_owned(),
            Self::Text => "a text",
            Self::List => "a list",
            Self::Members => "members",
            Self::Other(words) => words,
        };
        format!("{what} should stand here")
    }

    fn instead(&self) -> &'static str {
        match self {
            Self::Bool => "write `true` or `false`",
            Self::Number => "write a whole number",
            Self::Text => "write it behind the member's name, in quotes where it has signs of YAML's",
            Self::List => "write `- ` before each item",
            Self::Members => "write them as `name: value`",
            Self::Other(_) => "write what the documentation of the blueprint shows",
        }
    }
}

impl FaultKind {
    /// What is wrong.
    pub fn what(&self) -> String {
        match self {
            Self::Unreadable(why) => format!("the blueprint cannot be read: {why}"),
            Self::Yaml(why) => why.clone(),
            Self::UnknownMember { name, .. } => format!("there is no member `{name}`"),
            Self::UnknownValue { value, .. } => format!("`{value}` is not known here"),
            Self::MissingMember(name) => format!("the member `{name}` is missing"),
            Self::Twice(name) => format!("the member `{name}` stands here a second time"),
            Self::Expected(shape) => shape.what(),
            Self::Package(error) => packing(error).0,
            Self::Alike { list, member, name, first } => {
                format!("two {list} have the {member} `{name}`, the other in line {first}")
            }
            Self::Mode { member, mode, .. } => format!("`{member}` cannot be set in {mode} mode"),
            Self::Timeout { seconds, .. } => format!("a function cannot run for {seconds} seconds"),
            Self::NoKeys(index) => format!("the index {index} has no keys"),
            Self::RouteEvent { message, has } => {
                format!("a route for `{message}` {}", if *has { "has an event" } else { "has no event" })
            }
            Self::NoEnv { alias, .. } => format!("no environment above has the alias `{alias}`"),
            Self::NoFunction { env, name, .. } => format!("no function of {env} has the name `{name}`"),
            Self::NoValue(name) => format!("the variable {name} has no value"),
            Self::NoBrace => "`${` without `}`".to_owned(),
        }
    }

    /// What to write, or do, instead.
    pub fn instead(&self) -> String {
        match self {
            Self::Unreadable(_) => "name a file that is there, in UTF-8".to_owned(),
            Self::Yaml(_) => "correct it".to_owned(),
            Self::UnknownMember { known, .. }
            | Self::UnknownValue { known, .. }
            | Self::NoEnv { known, .. }
            | Self::NoFunction { known, .. } => match &known[..] {
                [] => "add one".to_owned(),
                known => format!("write one of: {}", known.join(", ")),
            },
            Self::MissingMember(name) => format!("add `{name}:`"),
            Self::Twice(_) => "leave one of the two".to_owned(),
            Self::Expected(shape) => shape.instead().to_owned(),
            Self::Package(error) => packing(error).1,
            Self::Alike { .. } => "give each one of its own".to_owned(),
            Self::Mode { needed, .. } => {
                format!("leave it out, or write `mode: {needed}` for the environment")
            }
            Self::Timeout { longest, .. } => format!("write 1 to {longest}, in seconds"),
            Self::NoKeys(_) => "name its fields, as `keys: [{field: due}]`".to_owned(),
            Self::RouteEvent { .. } => {
                "name `event` for messages of kind `event`, and for no others".to_owned()
            }
            Self::NoValue(name) => {
                format!("give the merchant one, or write `$${{{name}}}` for the text itself")
            }
            Self::NoBrace => "write `$${` for the text itself".to_owned(),
        }
    }
}

/// What an error of packing says, and what to do.
fn packing(error: &PackError) -> (String, String) {
    let text = match error.source() {
        Some(source) => format!("{error} ({source})"),
        None => error.to_string(),
    };
    match text.split_once("; ") {
        Some((what, instead)) => (what.to_owned(), instead.to_owned()),
        None => (text, "look at the folder".to_owned()),
    }
}

impl BlueprintError {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// All that is wrong, in the order of the file. Where the file is no YAML, or has a member
    /// that there is not, that alone.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        for place in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{place}")?;
        }
        write!(f, ": {}; {}", self.kind.what(), self.kind.instead())
    }
}

impl fmt::Display for BlueprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.faults.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl StdError for BlueprintError {}
