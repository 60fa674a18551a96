//! `cargo xtask catalogue errors`: the table of error codes and reactions in tcb-types.

use std::fmt::Write as _;

use tcb_catalogue::{Catalogue, ErrorFact};

use crate::{Result, generated};

const PATH: &str = "crates/tcb-types/src/errcode/reactions.rs";

pub(super) fn run(check: bool) -> Result {
    generated::write(PATH, &table(Catalogue::get().errors()), "catalogue errors", check)
}

/// The module's text. The catalogue orders its codes and tcb-types searches the table by halves.
fn table(errors: &[ErrorFact]) -> String {
    let mut text = String::from(
        "// Written by `cargo xtask catalogue errors` from the catalogue. Do not edit.\n\n\
         use super::Reaction;\n\n\
         pub(super) const REACTIONS: &[(i64, Reaction)] = &[\n",
    );
    for fact in errors {
        // A name that is no reaction does not compile in tcb-types.
        let _ = writeln!(text, "    ({}, Reaction::{}),", fact.code, pascal(&fact.reaction));
    }
    text.push_str("];\n");
    text
}

/// `FixCaller` for `fix_caller`.
fn pascal(name: &str) -> String {
    let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tcb_catalogue::Catalogue;
    use tcb_types::ErrCode;

    use super::table;

    #[test]
    fn each_code_has_the_reaction_that_the_catalogue_names() {
        for fact in Catalogue::get().errors() {
            assert_eq!(ErrCode::new(fact.code).reaction().name(), fact.reaction, "{}", fact.code);
        }
    }

    #[test]
    fn a_row_is_written_per_code() {
        let fact = json!({
            "code": -601_049, "message": null, "about": "", "reaction": "merchant_action", "seen_in": [], "sources": []
        });
        let text = table(&[serde_json::from_value(fact).unwrap()]);
        assert!(text.ends_with("= &[\n    (-601049, Reaction::MerchantAction),\n];\n"), "{text}");
    }
}
