//! Files of records: JSON, one object after another, or CSV with a header.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::value::{Record, values_at};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Format {
    Json,
    Csv,
}

impl Format {
    /// By its number in requests.
    pub(crate) fn numbered(number: i64) -> Self {
        if number == 2 { Self::Csv } else { Self::Json }
    }

    pub(crate) fn read(self, text: &[u8]) -> Result<Vec<Record>, String> {
        let text = std::str::from_utf8(text).map_err(|_| "the file is not UTF-8".to_owned())?;
        match self {
            Self::Json => {
                let records = serde_json::Deserializer::from_str(text).into_iter::<Record>();
                records.collect::<Result<_, _>>().map_err(|error| format!("the file does not fit: {error}"))
            }
            Self::Csv => csv(text),
        }
    }

    pub(crate) fn write(self, records: &[Record]) -> String {
        let lines: Vec<String> = match self {
            Self::Json => records.iter().map(|record| Value::Object(record.clone()).to_string()).collect(),
            Self::Csv => {
                let mut columns: Vec<&String> = records.iter().flat_map(Record::keys).collect();
                columns.sort_unstable();
                columns.dedup();
                let header = columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",");
                let cell =
                    |record: &Record, name: &str| match values_at(&Value::Object(record.clone()), name)[..] {
                        [Value::String(text)] => quoted(text),
                        [value] => quoted(&value.to_string()),
                        _ => String::new(),
                    };
                let row = |record: &Record| {
                    columns.iter().map(|name| cell(record, name)).collect::<Vec<_>>().join(",")
                };
                std::iter::once(header).chain(records.iter().map(row)).collect()
            }
        };
        lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
    }
}

/// A cell; what would end it stands in quotation marks.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn csv(text: &str) -> Result<Vec<Record>, String> {
    let mut rows = rows(text)?.into_iter();
    let Some(header) = rows.next() else { return Ok(Vec::new()) };
    let record = |row: Vec<String>| {
        let cells = header.iter().cloned().zip(row.iter().map(|cell| read_cell(cell)));
        cells.filter(|(_, value)| !value.is_null()).collect()
    };
    Ok(rows.map(record).collect())
}

/// What stands in a cell: JSON where it reads as that, else a text; nothing where it is empty.
fn read_cell(cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(cell).unwrap_or_else(|_| json!(cell))
}

/// Rows of cells. Lines that are empty are left out.
pub(crate) fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut rows = Vec::new();
    let mut row = vec![String::new()];
    let mut characters = text.chars().peekable();
    let mut in_quotes = false;
    while let Some(character) = characters.next() {
        let Some(cell) = row.last_mut() else { break };
        match character {
            '"' if in_quotes && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => in_quotes = !in_quotes,
            ',' if !in_quotes => row.push(String::new()),
            '\r' if !in_quotes => {}
            '\n' if !in_quotes => rows.push(std::mem::replace(&mut row, vec![String::new()])),
            _ => cell.push(character),
        }
    }
    if in_quotes {
        return Err("a quotation mark does not end".to_owned());
    }
    rows.push(row);
    rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads_the_same() {
        let text =
            "{\"_id\":\"1\",\"a\":\"x, \\\"y\\\"\\n\",\"n\":1.5}\n{\"_id\":\"2\",\"l\":[1,{\"b\":true}]}\n";
        let records = Format::Json.read(text.as_bytes()).unwrap();
        assert_eq!(Format::Json.write(&records), text);
        assert_eq!(Format::Csv.read(Format::Csv.write(&records).as_bytes()).unwrap()[0]["a"], "x, \"y\"\n");
        assert_eq!(
            Format::Csv.read(Format::Csv.write(&records).as_bytes()).unwrap()[1]["l"],
            records[1]["l"]
        );
    }

    #[test]
    fn what_is_no_file_of_records_is_refused() {
        assert!(Format::Json.read(b"[{}]").is_err());
        assert!(Format::Json.read(b"\xff").is_err());
        assert!(Format::Csv.read(b"a\n\"b").is_err());
        assert!(Format::Csv.read(b"").unwrap().is_empty());
    }
}
