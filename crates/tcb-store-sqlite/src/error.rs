//! What the errors of the file system and of `SQLite` mean to a user of the store.

use std::io;

use rusqlite::ErrorCode;
use rusqlite::types::FromSqlError;
use tcb_auth::{StoreError, StoreErrorKind};

pub(crate) fn misconfigured(what: String) -> StoreError {
    StoreError::new(StoreErrorKind::Misconfigured).with_source(what)
}

pub(crate) fn unavailable(what: String) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable).with_source(what)
}

pub(crate) fn of_file(error: io::Error) -> StoreError {
    use io::ErrorKind::{
        InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem,
    };
    let kind = match error.kind() {
        InvalidInput | IsADirectory | NotADirectory | NotFound | PermissionDenied | ReadOnlyFilesystem => {
            StoreErrorKind::Misconfigured
        }
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::new(kind).with_source(error)
}

/// The texts of `SQLite`'s errors name statements, tables and files, never the values that were
/// bound.
pub(crate) fn of_sqlite(error: rusqlite::Error) -> StoreError {
    use ErrorCode::{
        AuthorizationForStatementDenied, CannotOpen, DatabaseCorrupt, NotADatabase, PermissionDenied,
        ReadOnly, Unknown,
    };
    let kind = match error.sqlite_error_code() {
        // Without a code it is not from SQLite but from the reading of a row: a column is not what
        // was written.
        None | Some(DatabaseCorrupt | NotADatabase) => StoreErrorKind::Corrupt,
        // `Unknown` is SQLite's plain error: a table or column that is not there.
        Some(AuthorizationForStatementDenied | CannotOpen | PermissionDenied | ReadOnly | Unknown) => {
            StoreErrorKind::Misconfigured
        }
        Some(_) => StoreErrorKind::Unavailable,
    };
    StoreError::new(kind).with_source(error)
}

pub(crate) fn of_column(error: FromSqlError) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt).with_source(error)
}

/// Whether another connection was in the way.
pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
