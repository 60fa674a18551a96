//! The tables of the README against the code.

use tcb_catalogue::Catalogue;
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

#[tokio::test]
async fn the_table_of_operations_is_that_of_the_code() {
    let emulator = Emulator::start().await.unwrap();
    let url = format!("{}/operations", emulator.admin_url());
    let answer =
        crate::support::send(crate::support::request(http::Method::GET, &url, "")).await.unwrap().json();
    let expected: Vec<String> = answer["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|built| {
            let operation = Catalogue::get().operation(built["id"].as_str().unwrap()).unwrap();
            format!("| `{}` | `{}` | {} |", operation.id, operation.path, operation.title().en)
        })
        .collect();
    let rows: Vec<&str> =
        README.lines().filter(|line| line.starts_with("| `") && line.contains("` | `/")).collect();
    assert_eq!(rows, expected, "the rows should be:\n{}", expected.join("\n"));
}
