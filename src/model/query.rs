//! A question in SQL and its answer.

/// A value of a parameter or of a result. SQL has no booleans: they are 1 and 0.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Real(f64),
    /// Text.
    Text(String),
}

/// The parameters of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlParams {
    /// For `?`, from left to right.
    Positional(Vec<SqlValue>),
    /// For `:name`, `@name` and `$name`, without the sign.
    Named(Vec<(String, SqlValue)>),
}

impl Default for SqlParams {
    fn default() -> Self {
        Self::Positional(Vec::new())
    }
}

/// The rows of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqlRows {
    /// Their columns, each name once.
    pub columns: Vec<String>,
    /// The rows, each with a value for every column.
    pub rows: Vec<Vec<SqlValue>>,
}
