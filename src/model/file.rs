//! Files that travel with a call.

use std::fmt;

/// A file that travels beside the parameters, as one part of a multipart body.
#[derive(Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The form's name of the part, such as `img`.
    pub name: String,
    /// The file's name.
    pub file_name: String,
    /// Its media type, such as `image/png`.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
