//! `${NAME}` in texts.

use std::collections::BTreeMap;

/// The values of a merchant's variables, by their names.
pub type Variables = BTreeMap<String, String>;

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// A variable without a value.
    Value(String),
    /// A variable whose brace is not closed.
    Brace,
}

/// Puts values in the place of variables; `$${` stands for `${`.
pub(super) fn fill(text: &str, variables: &Variables) -> Result<String, Missing> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            filled.push_str(before);
            filled.push_str("${");
            rest = after;
            continue;
        }
        let (name, after) = after.split_once('}').ok_or(Missing::Brace)?;
        filled.push_str(before);
        filled.push_str(variables.get(name).ok_or_else(|| Missing::Value(name.to_owned()))?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_place_of_variables() {
        let variables = [("A", "1"), ("B", "${A}")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables = Variables::from(variables);
        for (text, filled) in [
            ("", ""),
            ("no $ at { all }", "no $ at { all }"),
            ("x${A}y${A}", "x1y1"),
            // What a merchant's value says is not read again.
            ("${B}", "${A}"),
            ("$${A} and $$${A}", "${A} and $${A}"),
        ] {
            assert_eq!(fill(text, &variables).unwrap(), filled, "{text}");
        }
        assert_eq!(fill("${C}", &variables), Err(Missing::Value("C".into())));
        assert_eq!(fill("${A", &variables), Err(Missing::Brace));
    }
}
