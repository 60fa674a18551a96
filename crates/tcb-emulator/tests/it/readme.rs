//! The table of the README against the code.

use tcb_emulator::Emulator;

const README: &str = include_str!("../../README.md");

#[test]
fn the_table_of_assumptions_is_that_of_the_code() {
    let rows: Vec<&str> = README.lines().filter(|line| line.starts_with("| A-")).collect();
    let expected: Vec<String> = Emulator::assumptions()
        .iter()
        .map(|known| {
            let variants = known.variants.join("`, `");
            format!(
                "| {} | {} | {} | {} | `{variants}` |",
                known.id, known.statement, known.why, known.settled_by
            )
        })
        .collect();
    assert_eq!(rows, expected, "the rows should be:\n{}", expected.join("\n"));
}
