//! Signatures of calls that Taobao makes to services of ours (4.1). Messages (TMC) are fetched over a connection
//! of our own and carry none. Pure: the body's bytes as they came.

use super::sign;
use crate::platform::digest::{Algorithm, same_hex};
use crate::secret::Secret;

/// A call to a service of ours.
#[derive(Clone, Copy, Debug)]
pub struct SpiCall<'a> {
    /// The query as it came, without `?`.
    pub query: &'a str,
    /// Headers by name, in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body as it came.
    pub body: &'a str,
}

impl SpiCall<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// What is signed: the query, the headers that `top-sign-list` names, and a form. Unlike in our own calls, an
    /// empty value leaves its name there.
    fn fields(&self) -> Vec<(String, String)> {
        let mut fields: Vec<_> = url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect();
        if self.has_form() {
            fields.extend(url::form_urlencoded::parse(self.body.as_bytes()).into_owned());
        }
        let named = self.header("top-sign-list").unwrap_or_default().split(',').map(str::trim);
        fields.extend(
            named
                .filter(|name| !name.is_empty())
                .map(|name| (name.to_owned(), self.header(name).unwrap_or_default().to_owned())),
        );
        fields
    }

    fn has_form(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default();
        kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
    }
}

/// Whether a call to a service of ours is from the platform. How old its `timestamp` may be is the caller's case.
pub fn is_genuine_spi(app_secret: &Secret<String>, call: &SpiCall<'_>) -> bool {
    let fields = call.fields();
    let Some((_, given)) = fields.iter().find(|(name, _)| name == "sign") else {
        return false;
    };
    let signed: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = if call.has_form() { "" } else { call.body };
    let expected = sign::signature(Algorithm::Md5, app_secret, &signed, body);
    same_hex(&expected.to_ascii_lowercase(), given)
}
