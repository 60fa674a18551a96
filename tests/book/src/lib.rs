//! What the books and the pages of the operations say of facts that stand elsewhere: in the
//! catalogue and in the types. Nothing here is typed twice; the tests compare what is written with
//! what would be.

mod assumptions;
mod codes;
mod errors;
mod facts;
mod markdown;
mod operations;
mod reaction;

use tcb_lang::Lang;

pub use codes::{Code, codes};
pub use facts::documented;

/// A page of a book.
#[derive(Debug)]
pub struct Page {
    /// Where it lies, below `docs/book`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The generated pages of both books.
pub fn pages() -> Vec<Page> {
    let mut pages = Vec::new();
    for lang in Lang::ALL {
        let page = |name: &str, text: String| Page {
            path: format!("{}/src/reference/{name}", lang.tag()),
            text: format!("{}{text}", markdown::NOTE),
        };
        pages.push(page("errors.md", errors::page(lang)));
        pages.push(page("operations.md", operations::page(lang)));
        pages.push(page("assumptions.md", assumptions::page(lang)));
        for code in codes() {
            pages.push(page(&format!("errors/{}.md", code.code), code.page(lang)));
        }
    }
    pages
}
