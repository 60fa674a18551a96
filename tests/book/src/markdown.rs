//! Text as it stands in Markdown.

/// The first line of a generated page.
pub(crate) const NOTE: &str = "<!-- Written from the catalogue and the types by `TCB_BOOK=write cargo test -p tcb-book`. Do not edit. -->\n\n";

/// A text as it stands in a cell of a table.
pub(crate) fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => cell.push(' '),
            // What would end the cell, open a tag or begin a formatting that the text does not
            // mean.
            '|' | '<' | '*' | '_' | '[' | '\\' => cell.extend(['\\', character]),
            _ => cell.push(character),
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_stays_one_cell_and_shows_its_text() {
        assert_eq!(cell("a|b\n<c> d_e"), "a\\|b \\<c> d\\_e");
    }
}
