use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::data;
use crate::{ErrorFact, Operation};

/// All operations and all error codes, parsed once when they are first asked for.
///
/// ```
/// use tcb_catalogue::Catalogue;
///
/// let catalogue = Catalogue::get();
/// let operation = catalogue.operation("createFunction").unwrap();
/// assert_eq!(operation.path, "/tcb/createfunction");
/// assert_eq!(operation.permission_sets, [49, 64]);
/// ```
#[derive(Debug)]
pub struct Catalogue {
    operations: Vec<Operation>,
    errors: Vec<ErrorFact>,
    chinese: Chinese,
}

/// Our own Chinese texts, as far as there are any.
#[derive(Debug, Deserialize)]
struct Chinese {
    /// By error code.
    errors: HashMap<i64, String>,
    /// By the English text.
    texts: HashMap<String, String>,
}

impl Catalogue {
    /// The one catalogue of this crate. The first call parses the data, later calls only read.
    pub fn get() -> &'static Self {
        static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
            operations: data::OPERATIONS.iter().map(|(name, text)| parse(name, text)).collect(),
            errors: parse("errors", data::ERRORS),
            chinese: parse("zh", data::CHINESE),
        });
        &CATALOGUE
    }

    /// All operations, ordered by family and id.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation with this official id, spelled as officially (`getFuntionList`).
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The operation at this path, whatever the method.
    ///
    /// The path is the documented one, with its leading slash and nothing behind it; upper and
    /// lower case differ. No two operations share a path.
    pub fn by_path(&self, path: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.path == path)
    }

    /// The operation that is called with this HTTP method (`"POST"`) at this path.
    ///
    /// ```
    /// use tcb_catalogue::Catalogue;
    ///
    /// let catalogue = Catalogue::get();
    /// assert_eq!(catalogue.by_call("POST", "/tcb/createfunction").unwrap().id, "createFunction");
    /// assert!(catalogue.by_call("GET", "/tcb/createfunction").is_none());
    /// ```
    pub fn by_call(&self, method: &str, path: &str) -> Option<&Operation> {
        self.by_path(path).filter(|operation| operation.method.as_str() == method)
    }

    /// The error table, ordered by code.
    pub fn errors(&self) -> &[ErrorFact] {
        &self.errors
    }

    /// What is known about an error code, from the whole table and not only from one operation's
    /// list: any operation can answer any code.
    ///
    /// ```
    /// use tcb_catalogue::Catalogue;
    ///
    /// let fact = Catalogue::get().error(-601_049).unwrap();
    /// assert_eq!(fact.reaction, "merchant_action");
    /// ```
    pub fn error(&self, code: i64) -> Option<&ErrorFact> {
        let at = self.errors.binary_search_by_key(&code, |fact| fact.code).ok()?;
        self.errors.get(at)
    }

    /// What an error code means, in Chinese. Ours, not official.
    pub fn error_in_chinese(&self, code: i64) -> Option<&str> {
        let own = self.chinese.errors.get(&code).map(String::as_str);
        own.or_else(|| self.chinese(&self.error(code)?.about))
    }

    /// The Chinese for an English text of the catalogue, such as what a field is, where there is
    /// one. Titles of operations have theirs in [`Title::zh`](crate::Title::zh).
    ///
    /// ```
    /// assert_eq!(tcb_catalogue::Catalogue::get().chinese("environment id"), Some("云环境 ID"));
    /// ```
    pub fn chinese(&self, text: &str) -> Option<&str> {
        self.chinese.texts.get(text).map(String::as_str)
    }
}

/// Reads one data file. The data is part of the crate and the tests read all of it, so a file that
/// does not parse is a fault of the build and nothing that a caller could handle.
fn parse<T: DeserializeOwned>(name: &str, text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}.json of the catalogue: {error}"))
}
