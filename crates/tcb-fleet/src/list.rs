//! Who belongs to the fleet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use tcb_api::types::AuthorizerAppId;
use tcb_api::{Error, Platform};
use tcb_deploy::Variables;

use crate::error::FleetError;

/// A merchant of the list.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Its appid.
    pub app_id: AuthorizerAppId,
    /// The values of its variables. They may be secrets, and are not kept in the journal.
    pub variables: Variables,
    /// Its labels, by which merchants are chosen.
    pub labels: BTreeMap<String, String>,
}

impl Listed {
    /// A merchant without variables and labels.
    pub fn new(app_id: impl Into<AuthorizerAppId>) -> Self {
        Self { app_id: app_id.into(), variables: Variables::new(), labels: BTreeMap::new() }
    }

    /// Takes in a member: `label.NAME` is a label, all else a variable.
    fn set(&mut self, name: &str, value: String) {
        match name.strip_prefix("label.") {
            Some(label) => self.labels.insert(label.to_owned(), value),
            None => self.variables.insert(name.to_owned(), value),
        };
    }
}

/// Without the values of variables.
impl std::fmt::Debug for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listed")
            .field("app_id", &self.app_id)
            .field("variables", &self.variables.keys())
            .field("labels", &self.labels)
            .finish()
    }
}

/// The merchants of a fleet, in the order in which they are worked on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MerchantList(Vec<Listed>);

impl MerchantList {
    /// A list of these merchants.
    ///
    /// # Errors
    ///
    /// [`FleetError::List`] when two have one appid.
    pub fn new(merchants: impl IntoIterator<Item = Listed>) -> Result<Self, FleetError> {
        Self::checked(merchants.into_iter().zip(1..).map(|(listed, line)| (line, Ok(listed))))
    }

    /// Reads CSV with a header: the column `appid`, columns `label.NAME` for labels, and all others
    /// as variables.
    ///
    /// # Errors
    ///
    /// [`FleetError::List`] with the line that is wrong.
    pub fn from_csv(text: &str) -> Result<Self, FleetError> {
        let wrong = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            FleetError::List(line, format!("it is no CSV with a header: {error}"))
        };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(wrong)?.clone();
        let rows = reader.records().map(|row| {
            let row = match row {
                Ok(row) => row,
                Err(error) => return (0, Err(wrong(error))),
            };
            let line = row.position().map_or(0, csv::Position::line);
            let members = header.iter().zip(row.iter());
            (line, listed(line, members.map(|(name, value)| (name.to_owned(), value.to_owned()))))
        });
        Self::checked(rows)
    }

    /// Reads JSON lines: objects with `appid`, and optionally `variables` and `labels`, objects of
    /// texts.
    ///
    /// # Errors
    ///
    /// [`FleetError::List`] with the line that is wrong.
    pub fn from_json_lines(text: &str) -> Result<Self, FleetError> {
        let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        Self::checked(lines.map(|(line, number)| (number, json_line(line, number))))
    }

    /// Lists all that have authorised the platform, as WeChat does. They have no variables.
    ///
    /// # Errors
    ///
    /// As [`Platform::stream`].
    pub async fn of_platform(platform: &Platform) -> Result<Self, Error> {
        let mut listed = platform.authorizers().stream();
        let mut merchants = Vec::new();
        while let Some(merchant) = listed.next().await {
            merchants.push(Listed::new(merchant?.app_id));
        }
        // What a list that moves while it is read shows twice is one merchant.
        let mut seen = BTreeSet::new();
        merchants.retain(|listed| seen.insert(listed.app_id.as_str().to_owned()));
        Ok(Self(merchants))
    }

    /// The merchants.
    pub fn merchants(&self) -> &[Listed] {
        &self.0
    }

    fn checked(
        merchants: impl Iterator<Item = (u64, Result<Listed, FleetError>)>,
    ) -> Result<Self, FleetError> {
        let mut seen = BTreeMap::new();
        let mut all = Vec::new();
        for (line, listed) in merchants {
            let listed = listed?;
            if let Some(first) = seen.insert(listed.app_id.as_str().to_owned(), line) {
                let what = format!("{} stands in line {first} already; leave one out", listed.app_id);
                return Err(FleetError::List(line, what));
            }
            all.push(listed);
        }
        Ok(Self(all))
    }
}

fn listed(line: u64, members: impl Iterator<Item = (String, String)>) -> Result<Listed, FleetError> {
    let mut listed = Listed::new("");
    for (name, value) in members {
        match name.as_str() {
            "appid" => listed.app_id = value.into(),
            name => listed.set(name, value),
        }
    }
    if listed.app_id.as_str().is_empty() {
        return Err(FleetError::List(line, "it has no `appid`".to_owned()));
    }
    Ok(listed)
}

fn json_line(text: &str, line: u64) -> Result<Listed, FleetError> {
    let wrong = |what: String| FleetError::List(line, what);
    let mut object: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| wrong(format!("it is no JSON object: {error}")))?;
    let mut members = Vec::new();
    if let Some(Value::String(app_id)) = object.remove("appid") {
        members.push(("appid".to_owned(), app_id));
    }
    for (member, prefix) in [("variables", ""), ("labels", "label.")] {
        let of_member = match object.remove(member) {
            None => Map::new(),
            Some(Value::Object(of_member)) => of_member,
            Some(_) => return Err(wrong(format!("`{member}` is no object"))),
        };
        for (name, value) in of_member {
            let Value::String(value) = value else {
                return Err(wrong(format!("`{name}` of `{member}` is no text; write it in quotes")));
            };
            members.push((format!("{prefix}{name}"), value));
        }
    }
    match object.keys().next() {
        Some(name) => {
            Err(wrong(format!("there is no member `{name}`; use `appid`, `variables` and `labels`")))
        }
        None => listed(line, members.into_iter()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(list: Result<MerchantList, FleetError>) -> String {
        list.unwrap_err().to_string()
    }

    #[test]
    fn csv_and_json_lines_say_the_same() {
        let csv = "appid, STAGE ,label.region\nwx1,live,north\n\"wx2\",\"a,b\",\n";
        let json = r#"
            {"appid": "wx1", "variables": {"STAGE": "live"}, "labels": {"region": "north"}}
            {"appid": "wx2", "variables": {"STAGE": "a,b"}, "labels": {"region": ""}}
        "#;
        let list = MerchantList::from_csv(csv).unwrap();
        assert_eq!(list, MerchantList::from_json_lines(json).unwrap());
        let [first, second] = list.merchants() else { panic!() };
        assert_eq!(first.variables["STAGE"], "live");
        assert_eq!(first.labels["region"], "north");
        assert_eq!(second.variables["STAGE"], "a,b");
        assert!(!format!("{list:?}").contains("live"), "values of variables may be secrets");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!(
            told(MerchantList::from_csv("name\nwx1\n")),
            "line 2 of the merchant list: it has no `appid`"
        );
        assert!(told(MerchantList::from_csv("appid\nwx1\nwx2\nwx1\n")).contains("line 4 of"));
        assert!(told(MerchantList::from_csv("appid,a\nwx1\n")).contains("it is no CSV"));
        for (line, what) in [
            ("[]", "it is no JSON object"),
            ("{", "it is no JSON object"),
            ("{}", "it has no `appid`"),
            (r#"{"appid":"wx1","label":{}}"#, "there is no member `label`"),
            (r#"{"appid":"wx1","labels":[]}"#, "`labels` is no object"),
            (r#"{"appid":"wx1","variables":{"A":1}}"#, "write it in quotes"),
        ] {
            let told = told(MerchantList::from_json_lines(&format!("\n{line}\n")));
            assert!(told.starts_with("line 2 of") && told.contains(what), "{told}");
        }
    }
}
