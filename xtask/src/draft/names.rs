//! Names in Rust's spelling.

/// `getFuntionList` and `list_item` as a type is called: `GetFuntionList`, `ListItem`.
pub(super) fn pascal(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    words.map(capitalised).collect()
}

/// `GetFuntionList` as a module or a member is called: `get_funtion_list`.
pub(super) fn snake(text: &str) -> String {
    let mut snake = String::new();
    let characters: Vec<char> = text.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            snake.push('_');
            continue;
        }
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1);
        // A capital begins a word after a small letter, and before one at the end of an
        // abbreviation: `HTTPPort`.
        let begins = character.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if begins {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// The name of a member. What Rust reserves is called otherwise.
pub(super) fn member(wire: &str) -> String {
    match snake(wire).as_str() {
        "type" => "kind".to_owned(),
        reserved @ ("as" | "in" | "ref" | "use" | "mod" | "move" | "match" | "loop" | "where" | "self"
        | "static") => {
            format!("{reserved}_")
        }
        plain => plain.to_owned(),
    }
}

/// The name of a variant for a documented value.
pub(super) fn variant(value: &str) -> String {
    let name = match value.strip_prefix('-') {
        Some(rest) => format!("Minus{}", pascal(rest)),
        None if value.chars().any(|character| character.is_ascii_lowercase()) => pascal(value),
        None => pascal(&value.to_ascii_lowercase()),
    };
    if name.starts_with(|character: char| character.is_ascii_alphabetic()) {
        name
    } else {
        format!("Value{name}")
    }
}

/// `Create a function` as the first line of a doc comment: `Creates a function.`
pub(super) fn third_person(title: &str) -> String {
    let (verb, rest) = title.split_once(' ').unwrap_or((title, ""));
    let verb = match verb.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if verb.ends_with("ch") || verb.ends_with("sh") || verb.ends_with(['s', 'x', 'o']) => {
            format!("{verb}es")
        }
        _ => format!("{verb}s"),
    };
    sentence(format!("{verb} {rest}").trim())
}

/// A text as a sentence of a doc comment.
pub(super) fn sentence(text: &str) -> String {
    let text = capitalised(text.trim()).replace('<', "\\<").replace('[', "\\[");
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::{member, pascal, snake, third_person, variant};

    #[test]
    fn names_are_spelt_as_rust_does() {
        assert_eq!(pascal("getFuntionList"), "GetFuntionList");
        assert_eq!(pascal("create_indexes"), "CreateIndexes");
        assert_eq!(snake("GetFuntionList"), "get_funtion_list");
        assert_eq!(snake("EnvType"), "env_type");
        assert_eq!(snake("HTTPPort"), "http_port");
        assert_eq!(member("type"), "kind");
        assert_eq!(member("ref"), "ref_");
    }

    #[test]
    fn values_make_variants() {
        assert_eq!(
            ["READONLY", "CreatePostpayPackage", "1", "-1", "2dsphere", "smsMarketing"].map(variant),
            ["Readonly", "CreatePostpayPackage", "Value1", "Minus1", "Value2dsphere", "SmsMarketing"]
        );
    }

    #[test]
    fn a_title_becomes_a_first_line() {
        assert_eq!(third_person("Create a function"), "Creates a function.");
        assert_eq!(third_person("Query records"), "Queries records.");
        assert_eq!(third_person("Search"), "Searches.");
    }
}
