//! What a command found out, once for both formats.

use std::collections::HashMap;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::labels;
use crate::language::say;
use crate::words::date;

/// Version of the JSON objects. It changes when a member goes away or gets another meaning; new
/// members may come at any time.
pub(crate) const SCHEMA: u32 = 1;

/// Fields that name what a command is about, wherever it has no other name; the last of them
/// counts.
const NAMES: [&str; 15] = [
    "appid",
    "component_appid",
    "env_id",
    "open_appid",
    "function",
    "collection",
    "file_id",
    "operation",
    "errcode",
    "rid",
    "assumption",
    "exit_code",
    "profile",
    "key",
    "snapshot",
];

/// A result: named fields, which become members of the JSON object and rows of the table.
#[derive(Debug)]
pub(crate) struct Report {
    command: &'static str,
    pub(crate) exit: Exit,
    fields: Vec<Field>,
    rows: Vec<Row>,
    list: Option<List>,
    /// What `-o name` prints.
    name: Option<String>,
    /// Whether people read sentences, for which a table is no place.
    prose: bool,
    /// Lines that people, or a shell, read in the place of all rows.
    lines: Option<Vec<String>>,
    /// What to do next, a runnable command if there is one.
    pub(crate) hint: Option<String>,
}

#[derive(Debug)]
struct Field {
    name: &'static str,
    value: Value,
    /// What people read instead of `value`; `Some("")` leaves the row out.
    text: Option<String>,
}

/// Things of one kind, which are a table of their own.
#[derive(Debug)]
pub(crate) struct List {
    /// Names of members; the first is that of the name.
    pub(crate) columns: &'static [&'static str],
    pub(crate) items: Vec<Value>,
    /// What people read when there are none.
    pub(crate) none: String,
    /// The member in which many items are alike.
    alike: Option<&'static str>,
}

/// How many items that are alike people see.
const SHOWN: usize = 20;

impl List {
    /// The items that people see: of those that are alike the first few.
    pub(crate) fn shown(&self) -> Vec<&Value> {
        let Some(member) = self.alike else { return self.items.iter().collect() };
        let mut seen = HashMap::new();
        let is_shown = |item: &&Value| {
            let count = seen.entry(item[member].to_string()).or_insert(0);
            *count += 1;
            *count <= SHOWN
        };
        self.items.iter().filter(is_shown).collect()
    }
}

/// A row that is not one field: it has a name from elsewhere, and programs find it inside another
/// field.
#[derive(Debug)]
struct Row {
    label: String,
    text: String,
}

impl Report {
    pub(crate) fn new(command: &'static str) -> Self {
        Self {
            command,
            exit: Exit::Ok,
            fields: Vec::new(),
            rows: Vec::new(),
            list: None,
            name: None,
            prose: false,
            lines: None,
            hint: None,
        }
    }

    /// For people, no table: the texts are long.
    pub(crate) fn prose(self) -> Self {
        Self { prose: true, ..self }
    }

    /// For a shell: these lines in the place of a table.
    pub(crate) fn lines(self, lines: Vec<String>) -> Self {
        Self { lines: Some(lines), ..self }
    }

    pub(crate) fn own_lines(&self) -> Option<&[String]> {
        self.lines.as_deref()
    }

    pub(crate) fn is_prose(&self) -> bool {
        self.prose
    }

    /// A field that people and programs both read.
    pub(crate) fn field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push(Field { name, value: value.into(), text: None });
        self
    }

    /// A field that people read in other words.
    pub(crate) fn field_as(mut self, name: &'static str, value: impl Into<Value>, text: String) -> Self {
        self.fields.push(Field { name, value: value.into(), text: Some(text) });
        self
    }

    /// A field for programs.
    pub(crate) fn member(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.field_as(name, value, String::new())
    }

    /// A row for people, below all fields. Its label stays as it is.
    pub(crate) fn row(mut self, label: String, text: String) -> Self {
        self.rows.push(Row { label, text });
        self
    }

    /// Lists things: objects, of which people see these members.
    pub(crate) fn items(self, columns: &'static [&'static str], items: Vec<Value>) -> Self {
        Self { list: Some(List { columns, items, none: say!("none", "无"), alike: None }), ..self }
    }

    /// What people read in the place of an empty list, where a bare "none" could be of anything.
    pub(crate) fn none(mut self, text: String) -> Self {
        if let Some(list) = &mut self.list {
            list.none = text;
        }
        self
    }

    /// Shows people only the first items of those that have the same value in this member.
    pub(crate) fn alike_in(mut self, member: &'static str) -> Self {
        if let Some(list) = &mut self.list {
            list.alike = Some(member);
        }
        self
    }

    pub(crate) fn list(&self) -> Option<&List> {
        self.list.as_ref()
    }

    /// What `-o name` prints: the id of the thing that the command is about.
    pub(crate) fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The names that the command is about.
    pub(crate) fn names(&self) -> Vec<String> {
        match (&self.list, &self.name) {
            (Some(List { columns, items, .. }), _) => {
                items.iter().map(|item| text(&item[columns.first().copied().unwrap_or_default()])).collect()
            }
            (None, Some(name)) => vec![name.clone()],
            (None, None) => {
                let named = self.fields.iter().rfind(|field| NAMES.contains(&field.name));
                named.or(self.fields.last()).map(|field| text(&field.value)).into_iter().collect()
            }
        }
    }

    /// Whether the effect of a create was found by reading the state back.
    pub(crate) fn settled(self, settled: bool) -> Self {
        let text = || {
            say!(
                "found by reading the state back; an earlier call may have made it",
                "读回状态时找到；也可能是更早的一次调用创建的"
            )
        };
        self.field_as("settled", settled, if settled { text() } else { String::new() })
    }

    /// Says that a person has to act, in the words that programs look for, and with which commands
    /// it goes on.
    pub(crate) fn action_required(self, reason: &'static str, next: &[String]) -> Self {
        let hint = Some(next.join(" && "));
        let report =
            self.member("status", "action_required").member("reason", reason).member("next", next.to_vec());
        Self { exit: Exit::Waiting, hint, ..report }
    }

    /// Label and text of each row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (String, String)> {
        let fields = self.fields.iter().filter_map(|field| {
            let text = field.text.clone().unwrap_or_else(|| told(field.name, &field.value));
            (!text.is_empty()).then(|| (labels::of(field.name), text))
        });
        fields.chain(self.rows.iter().map(|row| (row.label.clone(), row.text.clone())))
    }
}

/// The value of a field as people read it.
pub(crate) fn told(name: &str, value: &Value) -> String {
    match value {
        Value::String(word) => labels::value(name, word),
        Value::Number(_) if name == "auth_time" => date(value),
        value => text(value),
    }
}

/// A value as people read it.
fn text(value: &Value) -> String {
    match value {
        Value::Null => say!("not told", "未说明"),
        Value::String(text) => text.clone(),
        Value::Bool(true) => say!("true", "是"),
        Value::Bool(false) => say!("false", "否"),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", &SCHEMA)?;
        map.serialize_entry("ok", &self.exit.is_success())?;
        map.serialize_entry("command", self.command)?;
        for field in &self.fields {
            map.serialize_entry(field.name, &field.value)?;
        }
        if let Some(list) = &self.list {
            map.serialize_entry("items", &list.items)?;
        }
        map.end()
    }
}

/// The items of a list, with our names for their members: `(ours, WeChat's)`.
pub(crate) fn column(list: &Value, names: &[(&'static str, &str)]) -> Vec<Value> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let renamed = |item: &Value| -> Map<String, Value> {
        names.iter().map(|(ours, theirs)| ((*ours).to_owned(), item[*theirs].clone())).collect()
    };
    items.iter().map(|item| Value::Object(renamed(item))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_that_of_the_thing_and_not_the_last_fact_of_it() {
        let report = Report::new("quota show").field("appid", "wx1").field("operation", "createEnv");
        assert_eq!(report.field("remain", 7).names(), ["createEnv"]);
        assert_eq!(Report::new("emu reset").field("state", "seed").names(), ["seed"]);
        let named = Report::new("call").field("operation", "createEnv").named("shop-1");
        assert_eq!(named.names(), ["shop-1"]);
    }

    #[test]
    fn people_see_the_first_of_those_that_are_alike_and_programs_all() {
        let item = |(number, change)| json!({"appid": format!("wx{number}"), "change": change});
        let changes = (0..30).map(|number| if number % 10 == 9 { "left" } else { "changed" });
        let items: Vec<Value> = (0..30).zip(changes).map(item).collect();
        let report = Report::new("fleet plan").items(&["appid", "change"], items).alike_in("change");
        let list = report.list().unwrap();
        let shown: Vec<&Value> = list.shown().into_iter().map(|item| &item["appid"]).collect();
        assert_eq!(shown.len(), SHOWN + 3);
        assert_eq!(shown[SHOWN + 1..], ["wx21", "wx29"]);
        assert_eq!(serde_json::to_value(&report).unwrap()["items"].as_array().unwrap().len(), 30);
        assert_eq!(report.names().len(), 30);
    }

    #[test]
    fn a_time_is_a_date_for_people() {
        assert_eq!(told("auth_time", &json!(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(told("auth_time", &json!("soon")), "soon");
        assert_eq!(told("size", &json!(0)), "0");
    }
}
