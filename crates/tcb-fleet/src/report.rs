//! How the fleet stands, in numbers and for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::condition::{Kind, State};
use crate::fleet::View;
use crate::merchant::{Merchant, Standing};

/// How many merchants there are of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// All.
    pub merchants: usize,
    /// Those that somebody works on.
    pub at_work: usize,
    /// Those that stand so.
    pub standings: BTreeMap<Standing, usize>,
    /// Those of which it is so.
    pub conditions: BTreeMap<Kind, usize>,
}

impl Counts {
    /// Counts the merchants of a view.
    pub fn of(view: &View) -> Self {
        let mut counts = Self { merchants: view.merchants.len(), ..Self::default() };
        for (_, merchant) in &view.merchants {
            let more = |count: &mut usize| *count = count.saturating_add(1);
            more(counts.standings.entry(merchant.standing).or_default());
            if merchant.is_at_work(view.at) {
                more(&mut counts.at_work);
            }
            for condition in merchant.conditions.iter().filter(|it| it.state == State::True) {
                more(counts.conditions.entry(condition.kind).or_default());
            }
        }
        counts
    }

    /// How many stand so.
    pub fn standing(&self, standing: Standing) -> usize {
        self.standings.get(&standing).copied().unwrap_or_default()
    }

    /// Whether all are ready but for those that wait for a person, and some do.
    pub fn waits_for_people_only(&self) -> bool {
        let waiting = self.standing(Standing::Waiting);
        waiting > 0 && waiting.saturating_add(self.standing(Standing::Ready)) == self.merchants
    }
}

const COLUMNS: [&str; 9] =
    ["appid", "standing", "generation", "reason", "since", "next_look", "rid", "labels", "message"];

fn row<'a>(app_id: &'a str, merchant: &'a Merchant) -> [String; 9] {
    let ready = merchant.conditions.iter().find(|it| it.kind == Kind::Ready);
    let labels: Vec<String> = merchant.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let is_set = !matches!(merchant.standing, Standing::Ready | Standing::Refused);
    [
        app_id.to_owned(),
        merchant.standing.to_string(),
        merchant.target.clone(),
        ready.map_or("", |it| &it.reason).to_owned(),
        ready.map(|it| it.since.to_string()).unwrap_or_default(),
        if is_set { merchant.due.to_string() } else { String::new() },
        ready.and_then(|it| it.rid.clone()).unwrap_or_default(),
        labels.join(" "),
        ready.map_or("", |it| &it.message).to_owned(),
    ]
}

impl View {
    /// A row for each merchant. Times are Unix seconds.
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // A vector takes all that it is given.
        let _ = writer.write_record(COLUMNS);
        for (app_id, merchant) in &self.merchants {
            let _ = writer.write_record(row(app_id.as_str(), merchant).map(harmless));
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// One page that needs nothing else: numbers, and a row for each merchant.
    pub fn to_html(&self) -> String {
        let counts = Counts::of(self);
        let mut page = String::from(HEAD);
        let _ = write!(page, "<h1>{} merchants</h1><p>", counts.merchants);
        for standing in Standing::ALL {
            let _ = write!(
                page,
                "<span class=\"{standing}\">{standing}: <b>{}</b></span> ",
                counts.standing(standing)
            );
        }
        let (wave, of) = (self.open.wave, self.open.of);
        let _ = write!(page, "wave {wave} of {of}</p><table><tr>");
        for column in COLUMNS {
            let _ = write!(page, "<th>{column}</th>");
        }
        page.push_str("</tr>\n");
        for (app_id, merchant) in &self.merchants {
            let _ = write!(page, "<tr class=\"{}\">", merchant.standing);
            for cell in row(app_id.as_str(), merchant) {
                let _ = write!(page, "<td>{}</td>", escaped(&cell));
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</table></body></html>\n");
        page
    }
}

const HEAD: &str = "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Fleet</title><style>\
    body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}\
    td,th{border:1px solid #ccc;padding:2px 6px;text-align:left}\
    tr.ready td:nth-child(2){background:#cfc}tr.waiting td:nth-child(2){background:#ffc}\
    tr.retrying td:nth-child(2),tr.unsettled td:nth-child(2){background:#fdb}\
    tr.refused td:nth-child(2){background:#fbb}</style></head><body>";

/// A text that a spreadsheet does not take for a formula.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Condition;

    fn view() -> View {
        let mut ready = Condition::new(Kind::Ready, State::False, "refused");
        ready.message = "=1+1, \"<script>alert(1)</script>\" & more".to_owned();
        let refused =
            Merchant { standing: Standing::Refused, conditions: vec![ready], ..Merchant::default() };
        let waiting = Merchant { standing: Standing::Waiting, due: 70, ..Merchant::default() };
        let merchants = vec![("wx1".into(), refused), ("wx2".into(), waiting)];
        let settings = crate::Settings::default();
        View { settings, merchants, open: crate::Open::default(), at: 5 }
    }

    #[test]
    fn what_stands_in_a_report_is_text() {
        let csv = view().to_csv();
        assert!(csv.contains("\"'=1+1, \"\"<script>"), "{csv}");
        assert_eq!(csv::Reader::from_reader(csv.as_bytes()).records().count(), 2);
        let page = view().to_html();
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; &amp; more"));
        assert!(page.contains("<h1>2 merchants</h1>") && page.contains("refused: <b>1</b>"));
        assert!(!page.contains("http"), "it needs nothing else");
    }

    #[test]
    fn people_alone_are_missing_when_all_others_are_ready() {
        let mut view = view();
        assert!(!Counts::of(&view).waits_for_people_only());
        view.merchants[0].1.standing = Standing::Ready;
        assert!(Counts::of(&view).waits_for_people_only());
        view.merchants[1].1.standing = Standing::Ready;
        assert!(!Counts::of(&view).waits_for_people_only());
    }
}
