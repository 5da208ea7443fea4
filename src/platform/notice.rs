//! Notices: what a platform pushes to us. Always a hint: the truth is asked for.

/// A push as it came, before any parser saw its body.
#[derive(Clone, Copy, Debug)]
pub struct Pushed<'a> {
    /// Its headers.
    pub headers: &'a [(String, String)],
    /// Its body.
    pub body: &'a [u8],
}

impl Pushed<'_> {
    /// A header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What a genuine push says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The platform wants to hear this, and nothing else happened.
    Reply(String),
    /// Somebody posted what a share link was made for.
    Posted {
        /// The platform's id of the post.
        platform_post_id: String,
        /// Of which link.
        share_id: String,
    },
    /// Nothing that we act on.
    Other,
}
