//! Circles among the files of a crate.
//!
//! A file leans on another when its code names what is defined there. Modules that are declared and
//! names that are passed on (`pub use`) tie nobody to anything: a name leads to the file that
//! defines it. Tests may lean on whatever they like.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Item, UseTree, Visibility};

use crate::{Result, workspace};

/// The ties between files that are left of a crate when those that lead out of all circles are
/// taken away, or into them. The crate's root is this file.
pub(super) fn of(root: &Path) -> Result<Vec<String>> {
    let mut parsed = Crate::default();
    parsed.read(root, None, root.parent().ok_or("a file is in a folder")?, 0)?;
    let mut ties = parsed.ties();
    loop {
        let (from, to): (BTreeSet<_>, BTreeSet<_>) = ties.keys().copied().unzip();
        let before = ties.len();
        ties.retain(|tie, _| to.contains(tie.0) && from.contains(tie.1));
        if ties.len() == before {
            let lines = ties.iter().map(|((from, to), names)| format!("{from} -> {to}: {names:?}"));
            return Ok(lines.collect());
        }
    }
}

/// A crate as a tree of modules, whose root comes first.
#[derive(Default)]
struct Crate {
    modules: Vec<Module>,
    /// The paths in the code of each module.
    paths: Vec<(usize, Vec<String>)>,
}

#[derive(Default)]
struct Module {
    file: String,
    parent: usize,
    children: BTreeMap<String, usize>,
    imports: BTreeMap<String, Vec<String>>,
}

impl Crate {
    /// Reads a file as the next module, or a part of it. The files of the modules below it are in
    /// `folder`.
    fn read(&mut self, file: &Path, part: Option<Vec<Item>>, folder: &Path, parent: usize) -> Result {
        let whole =
            || Ok::<_, Box<dyn std::error::Error>>(syn::parse_file(&fs::read_to_string(file)?)?.items);
        let items = part.map_or_else(whole, Ok).map_err(|error| format!("{}: {error}", file.display()))?;
        let at = self.modules.len();
        let name = file.strip_prefix(workspace::root())?.display().to_string();
        self.modules.push(Module { file: name, parent, ..Module::default() });
        for item in items {
            let code = item.to_token_stream();
            match item {
                _ if is_apart(&code) => {}
                Item::Mod(module) => {
                    let (name, below) = (module.ident.to_string(), self.modules.len());
                    let folder = folder.join(&name);
                    self.modules[at].children.insert(name, below);
                    match module.content {
                        Some((_, part)) => self.read(file, Some(part), &folder, at)?,
                        None => self.read(&folder.with_extension("rs"), None, &folder, at)?,
                    }
                }
                Item::Use(one) => self.import(at, &one.tree, &[], matches!(one.vis, Visibility::Inherited)),
                _ => self.scan(at, code),
            }
        }
        Ok(())
    }

    fn import(&mut self, at: usize, tree: &UseTree, before: &[String], private: bool) {
        let path = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        let (name, path) = match tree {
            UseTree::Path(one) => return self.import(at, &one.tree, &path(&one.ident), private),
            UseTree::Group(all) => {
                return all.items.iter().for_each(|one| self.import(at, one, before, private));
            }
            UseTree::Name(one) if one.ident == "self" => (before[before.len() - 1].clone(), before.to_vec()),
            UseTree::Name(one) => (one.ident.to_string(), path(&one.ident)),
            UseTree::Rename(one) => (one.rename.to_string(), path(&one.ident)),
            UseTree::Glob(_) => ("*".to_owned(), path(&"*")),
        };
        if private {
            self.paths.push((at, path.clone()));
        }
        self.modules[at].imports.insert(name, path);
    }

    /// Collects the paths in code, also those that an attribute gives as a text.
    fn scan(&mut self, at: usize, code: TokenStream) {
        let mut path = Vec::new();
        let mut colons = 0;
        for token in code {
            match token {
                TokenTree::Punct(mark) => colons = if mark.as_char() == ':' { colons + 1 } else { 0 },
                TokenTree::Group(group) => self.scan(at, group.stream()),
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.paths.push((at, std::mem::take(&mut path)));
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Literal(text) => {
                    let path = syn::parse_str(&text.to_string()).and_then(|it: syn::LitStr| it.parse());
                    self.scan(at, path.map_or_else(|_| TokenStream::new(), syn::Path::into_token_stream));
                }
            }
        }
        self.paths.push((at, path));
    }

    /// Which file leans on which, and by what names.
    fn ties(&self) -> BTreeMap<(&str, &str), BTreeSet<&str>> {
        let mut ties = BTreeMap::<_, BTreeSet<_>>::new();
        for (at, path) in &self.paths {
            let Some(defined) = self.definition(*at, path) else { continue };
            let (from, to) = (&*self.modules[*at].file, &*self.modules[defined].file);
            if from != to {
                ties.entry((from, to)).or_default().extend(path.last().map(String::as_str));
            }
        }
        ties
    }

    /// The module that defines what a path in the module `at` leads to. None for modules and other
    /// crates.
    fn definition(&self, mut at: usize, path: &[String]) -> Option<usize> {
        for (index, name) in path.iter().enumerate() {
            let module = &self.modules[at];
            at = match (name.as_str(), module.children.get(name), module.imports.get(name)) {
                ("crate", ..) => 0,
                ("self", ..) => at,
                ("super", ..) => module.parent,
                (_, Some(child), _) => *child,
                (_, None, Some(import)) if import[0] != *name => {
                    return self.definition(at, &[import, &path[index + 1..]].concat());
                }
                _ => return (index > 0).then_some(at),
            };
        }
        None
    }
}

/// Whether an item is only there for tests, or a module whose file belongs to somebody else.
fn is_apart(item: &TokenStream) -> bool {
    let attributes = item.clone().into_iter().skip(1).step_by(2).map(|token| token.to_string());
    let mut attributes = attributes.take_while(|token| token.starts_with('[')).map(|it| it.replace(' ', ""));
    attributes.any(|it| ["[cfg(test)", "[cfg(all(test", "[path="].iter().any(|apart| it.starts_with(apart)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::of;
    use crate::workspace;

    #[test]
    fn names_lead_to_the_file_that_defines_them() {
        let folder = workspace::root().join("target/circles");
        fs::create_dir_all(folder.join("a")).unwrap();
        for (file, text) in [
            ("main.rs", "mod a; mod b; mod c; pub(crate) use a::deep::Deep; fn main() { a::run() }"),
            ("a.rs", "pub(crate) mod deep; use crate::b::{self, B as Other}; fn run() { b::go() }"),
            ("a/deep.rs", "pub struct Deep; #[cfg(test)] mod tests { use crate::c; fn f() { c::f() } }"),
            ("b.rs", "pub fn go() { print!(\"{}\", crate::Deep) } mod inner { use super::super::a::run; }"),
            ("c.rs", "use crate::Deep; pub fn f() {}"),
        ] {
            fs::write(folder.join(file), text).unwrap();
        }
        let ties = of(&folder.join("main.rs")).unwrap();
        let file = |name: &str| format!("target/circles/{name}");
        assert_eq!(
            ties,
            [
                format!("{} -> {}: {{\"B\", \"go\"}}", file("a.rs"), file("b.rs")),
                format!("{} -> {}: {{\"run\"}}", file("b.rs"), file("a.rs")),
            ]
        );
    }
}
