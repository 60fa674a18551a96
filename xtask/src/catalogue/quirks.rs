//! The catalogue's quirks, each of which is honoured by code that a test shows, or needs no code for a reason.
//!
//! The tables below say which. "Honoured" means that the test fails when the code forgets the quirk; what no code can forget, such
//! as a fault of a printed page, has a reason instead.

mod api_management;
mod authorization;
mod cloudbase_batch;
mod cloudbase_common;
mod open_account;
mod source;

use tcb_catalogue::Operation;

use source::Missing;

/// What was decided about a quirk.
#[derive(Clone, Copy, Debug)]
pub(super) enum Judgement {
    /// Code honours it, and this test fails when the code no longer does.
    Honoured(Test),
    /// Nothing has to honour it, for this reason.
    NoAction(&'static str),
}

/// A test, by its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Test {
    /// The file: its name in the folder of the family's types, or its path from the root folder.
    file: &'static str,
    /// The function, or in a file of scenarios the scenario's name.
    name: &'static str,
    /// The function is a table, in which a row names the operation.
    table: bool,
}

/// A test that is there for the quirk.
const fn test(file: &'static str, name: &'static str) -> Judgement {
    Judgement::Honoured(Test { file, name, table: false })
}

/// A row of a table in the family's `quirks.rs`.
const fn row(table: &'static str) -> Judgement {
    row_of("quirks.rs", table)
}

/// A row of a table in another file.
const fn row_of(file: &'static str, table: &'static str) -> Judgement {
    Judgement::Honoured(Test { file, name: table, table: true })
}

/// Nothing to do, for this reason.
const fn no_action(reason: &'static str) -> Judgement {
    Judgement::NoAction(reason)
}

/// The judgements about one operation, each with the beginning of its quirk.
type OfOperation<'a> = (&'a str, &'a [(&'a str, Judgement)]);

/// The judgements about one family.
pub(super) struct Family<'a> {
    /// Where its types are.
    folder: &'a str,
    operations: &'a [OfOperation<'a>],
}

/// All judgements.
pub(super) const FAMILIES: &[Family<'_>] = &[
    Family { folder: "crates/tcb-types/src/api_management", operations: api_management::JUDGEMENTS },
    Family { folder: "crates/tcb-types/src/authorization", operations: authorization::JUDGEMENTS },
    Family { folder: "crates/tcb-types/src/cloudbase_batch", operations: cloudbase_batch::JUDGEMENTS },
    Family { folder: "crates/tcb-types/src/cloudbase_common", operations: cloudbase_common::JUDGEMENTS },
    Family { folder: "crates/tcb-types/src/open_account", operations: open_account::JUDGEMENTS },
];

/// What the judgements come to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Number of quirks that a test shows to be honoured.
    pub(super) honoured: usize,
    /// Quirks that need no code, in lines that give the reason.
    pub(super) without_action: Vec<String>,
    /// Where quirks, judgements and tests do not fit together.
    pub(super) faults: Vec<String>,
}

/// Compares the quirks of all operations with the judgements about them. `read` gives a file of the workspace by its path.
pub(super) fn judge(
    operations: &[Operation],
    families: &[Family<'_>],
    read: impl Fn(&str) -> Option<String>,
) -> Outcome {
    let mut outcome = Outcome::default();
    for operation in operations {
        for quirk in &operation.quirks {
            let judged = judgements(families)
                .filter(|(_, id, beginning, _)| *id == operation.id && quirk.starts_with(beginning));
            let judged: Vec<_> = judged.collect();
            match judged[..] {
                [] => outcome.faults.push(format!("not judged: {}: {quirk}", operation.id)),
                [(family, id, _, judgement)] => outcome.take_in(family, id, quirk, judgement, &read),
                _ => outcome.faults.push(format!("judged {} times: {}: {quirk}", judged.len(), operation.id)),
            }
        }
    }
    for (_, id, beginning, _) in judgements(families) {
        let quirks = operations.iter().filter(|operation| operation.id == id).flat_map(|it| &it.quirks);
        match quirks.filter(|quirk| quirk.starts_with(beginning)).count() {
            0 => outcome.faults.push(format!("a judgement about no quirk: {id}: {beginning}")),
            1 => {}
            more => outcome.faults.push(format!("a judgement about {more} quirks: {id}: {beginning}")),
        }
    }
    outcome
}

/// All judgements, with family, operation and beginning of the quirk.
fn judgements<'a>(
    families: &'a [Family<'a>],
) -> impl Iterator<Item = (&'a Family<'a>, &'a str, &'a str, Judgement)> {
    families.iter().flat_map(|family| {
        family.operations.iter().flat_map(move |(id, judgements)| {
            judgements.iter().map(move |(beginning, judgement)| (family, *id, *beginning, *judgement))
        })
    })
}

impl Outcome {
    fn take_in(
        &mut self,
        family: &Family<'_>,
        id: &str,
        quirk: &str,
        judgement: Judgement,
        read: &impl Fn(&str) -> Option<String>,
    ) {
        match judgement {
            Judgement::NoAction(reason) => {
                self.without_action.push(format!("{id}: {quirk}\n    no action: {reason}"));
            }
            Judgement::Honoured(test) => match test.look_up(family, id, read) {
                Ok(()) => self.honoured += 1,
                Err(missing) => self.faults.push(format!(
                    "honoured, but {missing}: {id}: {quirk}\n    test:      {}: {}",
                    test.path(family),
                    test.name
                )),
            },
        }
    }

    /// Number of quirks that are judged.
    pub(super) fn judged(&self) -> usize {
        self.honoured + self.without_action.len()
    }
}

impl Test {
    fn path(&self, family: &Family<'_>) -> String {
        if self.file.contains('/') {
            return self.file.to_owned();
        }
        format!("{}/{}", family.folder, self.file)
    }

    /// Whether it is there, with a row for the operation `id` when it is a table.
    fn look_up(
        &self,
        family: &Family<'_>,
        id: &str,
        read: &impl Fn(&str) -> Option<String>,
    ) -> Result<(), Missing> {
        let path = self.path(family);
        let source = read(&path).ok_or(Missing::File)?;
        source::find(&path, &source, self.name, self.table.then_some(id))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tcb_catalogue::Operation;

    use super::{Family, OfOperation, Outcome, judge, no_action, row, test};
    use crate::catalogue::testing::operation;

    /// The operation `make` with quirks about its name and its path.
    fn make() -> Operation {
        operation(json!({"quirks": ["name: two spellings", "path: the page has none"]}))
    }

    fn read(path: &str) -> Option<String> {
        let text = match path {
            "types/make.rs" => "    #[test]\n    fn both_are_read() {\n    }\n",
            "types/quirks.rs" => "#[test]\nfn calls() {\n    check(\"make\");\n}\n",
            "crates/other/scenarios.json" => r#"[{"name": "it works"}]"#,
            _ => return None,
        };
        Some(text.to_owned())
    }

    fn judged(operations: &[OfOperation<'_>]) -> Outcome {
        judge(&[make()], &[Family { folder: "types", operations }], read)
    }

    #[test]
    fn every_quirk_is_honoured_or_needs_nothing() {
        let outcome = judged(&[(
            "make",
            &[("name:", test("make.rs", "both_are_read")), ("path:", no_action("a matter of the page"))],
        )]);
        assert_eq!((outcome.honoured, outcome.judged()), (1, 2));
        assert_eq!(
            outcome.without_action,
            ["make: path: the page has none\n    no action: a matter of the page"]
        );
        assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
    }

    #[test]
    fn a_row_of_a_table_and_a_scenario_of_another_crate_count_too() {
        let scenario = test("crates/other/scenarios.json", "it works");
        let outcome = judged(&[("make", &[("name:", row("calls")), ("path:", scenario)])]);
        assert_eq!((outcome.honoured, outcome.judged()), (2, 2), "{:?}", outcome.faults);
    }

    #[test]
    fn a_quirk_that_nobody_judged_is_a_fault() {
        let outcome = judged(&[("make", &[("name:", no_action("x"))])]);
        assert_eq!(outcome.faults, ["not judged: make: path: the page has none"]);
    }

    #[test]
    fn a_quirk_that_is_judged_twice_is_a_fault() {
        let outcome = judged(&[(
            "make",
            &[("name:", no_action("x")), ("path:", no_action("x")), ("path", no_action("y"))],
        )]);
        assert_eq!(outcome.faults, ["judged 2 times: make: path: the page has none"]);
    }

    #[test]
    fn a_judgement_about_no_quirk_or_several_is_a_fault() {
        let gone = judged(&[
            ("make", &[("name:", no_action("x")), ("path:", no_action("x")), ("token:", no_action("x"))]),
            ("unmake", &[("path:", no_action("x"))]),
        ]);
        assert_eq!(
            gone.faults,
            ["a judgement about no quirk: make: token:", "a judgement about no quirk: unmake: path:"]
        );
        let outcome = judged(&[("make", &[("", no_action("x"))])]);
        assert_eq!(outcome.faults, ["a judgement about 2 quirks: make: "]);
    }

    #[test]
    fn an_honoured_quirk_whose_test_is_not_there_is_a_fault() {
        let outcome = judged(&[(
            "make",
            &[("name:", test("make.rs", "both_are_written")), ("path:", test("gone.rs", "both_are_read"))],
        )]);
        assert_eq!(outcome.judged(), 0);
        assert_eq!(
            outcome.faults,
            [
                "honoured, but the test is missing: make: name: two spellings\n    test:      types/make.rs: both_are_written",
                "honoured, but the file is missing: make: path: the page has none\n    test:      types/gone.rs: both_are_read",
            ]
        );
    }
}
