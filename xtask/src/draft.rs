//! `cargo xtask new-operation`: the first draft of an operation's file, from its entry of the
//! catalogue.
//!
//! The draft holds what the catalogue knows. What a person has to decide stands at its top, as a
//! list to work off and delete.

#[cfg(test)]
mod documented;
mod file;
mod members;
mod names;

use std::process::Command;

use tcb_catalogue::{Catalogue, Operation};
use tcb_types::registry;

use crate::{Result, workspace};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Family and official id, as the catalogue's file is called:
    /// `cloudbase-common/getFuntionList`.
    operation: String,
    /// Name of the Rust type, in place of the official one: `ListFunctions`.
    #[arg(long)]
    name: Option<String>,
    /// Prints the draft and writes nothing.
    #[arg(long)]
    print: bool,
}

pub(crate) fn run(args: &Args) -> Result {
    let operation = find(Catalogue::get().operations(), &args.operation)?;
    let name = args.name.clone().unwrap_or_else(|| names::pascal(&operation.id));
    if names::pascal(&name) != name {
        return Err(format!("`{name}` is no name of a type: write it as `ListFunctions`").into());
    }
    let types = registry::entries();
    let types: Vec<_> =
        types.iter().filter(|entry| entry.spec.id == operation.id).map(|entry| entry.rust_name).collect();
    if !types.is_empty() {
        eprintln!("note: {} has types already: {}", operation.id, types.join(", "));
    }

    let draft = file::draft(operation, &name);
    if args.print {
        print!("{}", draft.text);
        return Ok(());
    }
    let (family, module) = (operation.family().replace('-', "_"), names::snake(&name));
    let path = format!("crates/tcb-types/src/{family}/{module}.rs");
    let file = workspace::root().join(&path);
    // Refuses a file that is there, even one that appears at this moment.
    std::fs::File::create_new(&file)
        .and_then(|mut file| std::io::Write::write_all(&mut file, draft.text.as_bytes()))
        .map_err(|error| format!("{path} is not written: {error}\nhint: choose another name with --name"))?;
    let mut format = Command::new("rustfmt");
    // A draft that is not formatted is a draft all the same.
    let _ = format.current_dir(workspace::root()).args(["--edition", "2024"]).arg(&file).status();

    println!("{path} written; it begins with what is to be decided");
    println!("add to crates/tcb-types/src/{family}.rs, each in its alphabetical place:");
    println!("    mod {module};");
    println!("    {}", registration(&module, &name, &draft.companions));
    Ok(())
}

/// The operation with this family and id.
fn find<'a>(operations: &'a [Operation], wanted: &str) -> Result<&'a Operation> {
    let found =
        operations.iter().find(|operation| format!("{}/{}", operation.family(), operation.id) == wanted);
    found.ok_or_else(|| {
        let id = wanted.rsplit('/').next().unwrap_or(wanted);
        let alike: Vec<_> = operations
            .iter()
            .filter(|operation| operation.id.eq_ignore_ascii_case(id))
            .map(|operation| format!("`{}/{}`", operation.family(), operation.id))
            .collect();
        let hint = match alike.join(", ") {
            alike if alike.is_empty() => {
                "write its file in crates/tcb-catalogue/data/operations first".to_owned()
            }
            alike => format!("there is {alike}"),
        };
        format!("the catalogue has no operation `{wanted}`\nhint: {hint}").into()
    })
}

/// The entry in the family's list.
fn registration(module: &str, name: &str, companions: &[String]) -> String {
    if companions.is_empty() {
        format!("{module}: {name};")
    } else {
        format!("{module}: {name} => {};", companions.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use tcb_catalogue::Catalogue;

    use super::{file, find, registration};

    fn draft(operation: &str, name: &str) -> file::Draft {
        file::draft(find(Catalogue::get().operations(), operation).unwrap(), name)
    }

    #[test]
    fn a_plain_operation_is_drafted_like_those_that_are_there() {
        let draft = draft("cloudbase-common/createFunction", "CreateFunction");
        let (todo, code) =
            draft.text.split_once("\n\n").map(|(_, rest)| rest.split_once("\n\n").unwrap()).unwrap();
        assert_eq!(code, include_str!("draft/create_function.txt"));
        for decision in ["// - Class:", "// - Secrets:", "// - Quirk: -501000 is listed with no text"] {
            assert!(todo.contains(decision), "{decision} is not in:\n{todo}");
        }
        assert_eq!(
            registration("create_function", "CreateFunction", &draft.companions),
            "create_function: CreateFunction => CreateFunctionResponse;"
        );
    }

    #[test]
    fn secrets_optional_members_and_lists_are_drafted() {
        let draft = draft("authorization/getAuthorizerList", "ListAuthorizers");
        let (todo, code) =
            draft.text.split_once("\n\n").map(|(_, rest)| rest.split_once("\n\n").unwrap()).unwrap();
        assert_eq!(code, include_str!("draft/list_authorizers.txt"));
        assert!(todo.contains("// - Class:"), "{todo}");
        assert!(
            todo.contains("// - Secrets: drafted as such for their names: `list[].refresh_token`."),
            "{todo}"
        );
        assert_eq!(draft.companions, ["ListAuthorizersResponse", "ListItem"]);
    }

    #[test]
    fn every_operation_can_be_drafted() {
        for operation in Catalogue::get().operations() {
            let draft = file::draft(operation, "Drafted");
            assert!(draft.text.contains(&format!("\"{}\"", operation.path)), "{}", operation.id);
            assert!(!draft.text.contains("\n\n\n"), "{}:\n{}", operation.id, draft.text);
        }
    }

    #[test]
    fn an_operation_that_is_not_there_is_refused_with_what_comes_near() {
        let operations = Catalogue::get().operations();
        let refusal = find(operations, "cloudbase-batch/createfunction").unwrap_err().to_string();
        assert!(refusal.ends_with("hint: there is `cloudbase-common/createFunction`"), "{refusal}");
        let refusal = find(operations, "cloudbase-batch/new").unwrap_err().to_string();
        assert!(refusal.contains("write its file in"), "{refusal}");
    }
}
