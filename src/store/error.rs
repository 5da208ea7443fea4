//! From SQLite's errors to ours: what happened and what to do, never a value and never a statement.
//!
//! SQLite's own texts can quote SQL and data, so only its codes are kept, and for broken constraints
//! the names of the columns.

use rusqlite::{Error as SqlError, ErrorCode, ffi};

use super::key;
use crate::error::{Error, ErrorKind, Retry};

impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::SqliteFailure(code, text) => from_code(code, text.as_deref()),
            SqlError::SqlInputError { error, .. } => from_code(error, None),
            SqlError::InvalidColumnType(_, column, found) => {
                storage(format!("column {column} holds a value of type {found}, which does not belong there"))
            }
            SqlError::FromSqlConversionFailure(index, found, _) => {
                storage(format!("result column {index} holds a {found} value that cannot be read"))
            }
            SqlError::IntegralValueOutOfRange(index, _) => {
                storage(format!("result column {index} holds a number out of range"))
            }
            SqlError::Utf8Error(index, _) => {
                storage(format!("result column {index} holds text that is not UTF-8"))
            }
            SqlError::InvalidPath(_) => {
                Self::new(ErrorKind::ConfigInvalid, "the database path cannot be used by SQLite")
            }
            SqlError::QueryReturnedNoRows => Self::internal("a row that must exist is missing"),
            SqlError::InvalidColumnName(name) => Self::internal(format!("a query has no column {name}")),
            SqlError::InvalidParameterName(name) => {
                Self::internal(format!("a query has no parameter {name}"))
            }
            SqlError::InvalidParameterCount(given, wanted) => {
                Self::internal(format!("a query got {given} parameters instead of {wanted}"))
            }
            // The texts of the others can carry values.
            _ => Self::internal("SQLite was used in a wrong way"),
        }
    }
}

fn storage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Storage, message)
}

fn from_code(code: ffi::Error, text: Option<&str>) -> Error {
    let number = code.extended_code;
    let again = |message: &str| storage(format!("{message} (SQLite {number})")).with_retry(Retry::Backoff);
    let never = |message: &str| storage(format!("{message} (SQLite {number})"));
    match code.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::SchemaChanged => {
            again("another process kept the database locked for too long; nothing was written, try again")
        }
        ErrorCode::DiskFull => again("the disk is full; nothing was written, free some space and try again"),
        ErrorCode::OutOfMemory => again("SQLite ran out of memory; nothing was written"),
        ErrorCode::OperationInterrupted | ErrorCode::OperationAborted => {
            again("the statement was interrupted; nothing was written")
        }
        ErrorCode::SystemIoFailure => {
            never("the disk reported an error; check it and the system log before going on")
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => never(
            "the file is damaged or not an SQLite database; restore a backup with Hub.restore, which keeps it beside \
             it",
        ),
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => never(
            "the database cannot be opened for writing; check that its directory and files belong to this \
             user and that the file system is writable",
        ),
        ErrorCode::TooBig => never("a value is larger than SQLite can store"),
        ErrorCode::ConstraintViolation if text == Some(key::REFUSAL) => key::closed(),
        ErrorCode::ConstraintViolation => broken_rule(number, text),
        _ => Error::internal(format!("SQLite refused a statement of ours (SQLite {number})")),
    }
}

/// A constraint that the query did not expect to break: a bug of ours, so the column is named.
fn broken_rule(number: i32, text: Option<&str>) -> Error {
    // These texts are made of names in our schema only; a trigger's text is left out.
    let named = matches!(
        number,
        ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_NOTNULL
            | ffi::SQLITE_CONSTRAINT_CHECK
            | ffi::SQLITE_CONSTRAINT_FOREIGNKEY
    );
    let what = text.filter(|_| named).unwrap_or("a constraint failed");
    Error::internal(format!("a row breaks a rule of the schema: {what} (SQLite {number})"))
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind, Retry, SqlError, ffi};
    use rusqlite::Connection;

    fn failure(code: i32) -> Error {
        SqlError::SqliteFailure(ffi::Error::new(code), Some("secret-value".into())).into()
    }

    #[test]
    fn texts_of_sqlite_are_not_repeated() {
        for code in [5, 6, 7, 8, 10, 11, 13, 14, 17, 18, 19, 21, 26, 1811] {
            let error = failure(code);
            assert!(!format!("{error} {error:?}").contains("secret-value"), "{code}");
        }
    }

    #[test]
    fn a_full_disk_can_be_tried_again_and_damage_cannot() {
        assert_eq!(failure(ffi::SQLITE_FULL).kind(), ErrorKind::Storage);
        assert_eq!(failure(ffi::SQLITE_FULL).retry(), Retry::Backoff);
        assert_eq!(failure(ffi::SQLITE_BUSY).retry(), Retry::Backoff);
        assert_eq!(failure(ffi::SQLITE_CORRUPT).retry(), Retry::Never);
    }

    #[test]
    fn a_broken_constraint_names_the_column_and_not_the_value() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (a TEXT UNIQUE); INSERT INTO t VALUES ('hush')").unwrap();
        let error: Error = db.execute("INSERT INTO t VALUES ('hush')", []).unwrap_err().into();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.to_string().contains("t.a"), "{error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }

    #[test]
    fn a_wrong_statement_is_not_quoted() {
        let db = Connection::open_in_memory().unwrap();
        let error: Error = db.execute("SELEC 'hush'", []).unwrap_err().into();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
}
