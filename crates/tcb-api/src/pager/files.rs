//! Lists of files, whose next page begins at a marker.

use tcb_types::cloudbase_batch::{FilePage, ListFiles, ListStaticFiles, StoredFile};

use super::Paged;

/// The new files of a page that was asked for from `marker` when `given` files had come, and the
/// marker of the next one.
fn turn(marker: Option<&str>, mut page: FilePage, given: u64) -> (Vec<StoredFile>, Option<String>) {
    // A marker that does not move on would be asked for again and again.
    let next = page.next_marker().filter(|next| Some(*next) != marker).map(str::to_owned);
    // Whether a page begins at the marker or after it is not documented; the file at the marker may
    // have been given already.
    if given > 0 && page.files.first().is_some_and(|file| Some(file.key.as_str()) == marker) {
        page.files.remove(0);
    }
    (page.files, next)
}

impl Paged for ListFiles {
    type Item = StoredFile;

    fn turn(self, answer: FilePage, given: u64) -> (Vec<StoredFile>, Option<Self>) {
        let (files, next) = turn(self.marker.as_deref(), answer, given);
        (files, next.map(|next| self.marker(next)))
    }
}

impl Paged for ListStaticFiles {
    type Item = StoredFile;

    fn turn(self, answer: FilePage, given: u64) -> (Vec<StoredFile>, Option<Self>) {
        let (files, next) = turn(self.marker.as_deref(), answer, given);
        (files, next.map(|next| self.marker(next)))
    }
}
