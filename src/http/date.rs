//! HTTP dates: always GMT, in the form that mail uses.

use jiff::fmt::rfc2822::DateTimeParser;

use crate::model::UtcMillis;

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`; anything else that mail allows is read too.
pub(crate) fn parse_http_date(text: &str) -> Option<UtcMillis> {
    // Servers exist whose weekday is wrong; the date itself decides.
    let parser = DateTimeParser::new().relaxed_weekday(true);
    let time = parser.parse_timestamp(text.trim()).ok()?;
    Some(UtcMillis(time.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::parse_http_date;
    use crate::model::UtcMillis;

    #[test]
    fn reads_the_form_that_servers_send() {
        let expected = Some(UtcMillis::from_secs(784_111_777));
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
        assert_eq!(parse_http_date(" Mon, 06 Nov 1994 08:49:37 GMT "), expected);
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 16:49:37 +0800"), expected);
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in ["", "soon", "120", "Sun, 31 Feb 2026 08:49:37 GMT", "2026-11-22T08:00:00Z"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
