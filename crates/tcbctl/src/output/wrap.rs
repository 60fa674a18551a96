//! Breaking text into lines of a certain width, Chinese text too.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Breaks `text` so that each line fits into `columns` if it can: at spaces, and around characters
/// that are as wide as two. The first line begins with `first`, the others with `hang`.
pub(crate) fn wrap(text: &str, first: &str, hang: &str, columns: Option<usize>, lines: &mut Vec<String>) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for (spaced, unit) in units(text) {
        let gap = usize::from(spaced && !is_empty);
        if columns.is_some_and(|columns| line.width() + gap + unit.width() > columns) && !is_empty {
            lines.push(std::mem::replace(&mut line, hang.to_owned()));
        } else if gap > 0 {
            line.push(' ');
        }
        line.push_str(&unit);
        is_empty = false;
    }
    lines.push(line);
}

/// What stays together, and whether a space is before it.
fn units(text: &str) -> Vec<(bool, String)> {
    let mut units: Vec<(bool, String)> = Vec::new();
    for (index, word) in text.split(' ').enumerate() {
        units.push((index > 0, String::new()));
        let mut before: Option<char> = None;
        for c in word.chars() {
            if before.is_some_and(|before| may_break(before, c)) {
                units.push((false, String::new()));
            }
            if let Some((_, unit)) = units.last_mut() {
                unit.push(c);
            }
            before = Some(c);
        }
    }
    units
}

/// Whether a line may end between these two characters.
fn may_break(before: char, after: char) -> bool {
    let is_wide = |c: char| c.width() == Some(2);
    (is_wide(before) || is_wide(after))
        && !"，。；：、？！）》」』”’,.;:?!)".contains(after)
        && !"（《「『“‘(".contains(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_breaks_anywhere_but_before_its_stops() {
        let mut lines = Vec::new();
        wrap("创建环境，已有 alias 时不建", "  ", "    ", Some(12), &mut lines);
        assert_eq!(lines, ["  创建环境，", "    已有", "    alias 时", "    不建"]);
        assert!(lines.iter().all(|line| line.width() <= 12));
    }
}
