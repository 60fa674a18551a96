//! The diff in CONTRIBUTING.md, which shows all that an operation needs, against the tree.

use crate::workspace;

/// The lines of one file in a diff: what stands in the tree now, piece by piece.
struct After<'a> {
    path: &'a str,
    pieces: Vec<String>,
    added: usize,
    is_new: bool,
}

fn files(diff: &str) -> Vec<After<'_>> {
    let mut files: Vec<After<'_>> = Vec::new();
    let mut is_new = false;
    for line in diff.lines() {
        if line.starts_with("--- ") {
            is_new = line == "--- /dev/null";
        } else if let Some(path) = line.strip_prefix("+++ b/") {
            files.push(After { path, pieces: Vec::new(), added: 0, is_new });
        } else if let Some(file) = files.last_mut() {
            if line.starts_with("@@") {
                file.pieces.push(String::new());
            } else if let Some(piece) = file.pieces.last_mut() {
                file.added += usize::from(line.starts_with('+'));
                *piece += line.get(1..).unwrap_or_default();
                piece.push('\n');
            }
        }
    }
    files
}

#[test]
fn the_documented_diff_is_one_new_file_and_two_lines_of_the_tree() {
    let read = |path: &str| std::fs::read_to_string(workspace::root().join(path)).unwrap();
    let page = read("CONTRIBUTING.md");
    let (_, diff) = page.split_once("```diff\n").unwrap();
    let (diff, _) = diff.split_once("```\n").unwrap();
    let files = files(diff);
    let [module, file] = files.as_slice() else { panic!("{} files", files.len()) };
    assert!(!diff.lines().any(|line| line.starts_with('-') && !line.starts_with("---")), "nothing goes away");
    assert!(!module.is_new && module.added == 2 && module.pieces.len() == 2);
    for piece in &module.pieces {
        assert!(read(module.path).contains(piece), "{} has not:\n{piece}", module.path);
    }
    assert!(file.is_new);
    assert_eq!(file.pieces.concat(), read(file.path), "{}", file.path);
}
