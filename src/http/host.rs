//! Where requests may go, decided on the text of the URL before any name is looked up.

use url::{Host, Url};

use super::failure::{HttpFailure, HttpFailureKind};
use crate::error::{Error, ErrorKind, Result};

const HTTPS_PORT: u16 = 443;

/// The hosts of one app's platform and those that the hub was opened with.
#[derive(Clone, Debug)]
pub(crate) struct HostRules {
    platform: Vec<String>,
    listed: Vec<Listed>,
}

#[derive(Clone, Debug)]
struct Listed {
    host: String,
    port: Option<u16>,
    loopback: bool,
}

impl HostRules {
    /// Rules for a platform's own hosts and for listed ones, written as `host` or `host:port`.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when a listed entry is neither.
    pub(crate) fn new(platform: &[&str], listed: &[String]) -> Result<Self> {
        Ok(Self {
            platform: platform.iter().map(|host| (*host).to_owned()).collect(),
            listed: listed.iter().map(|entry| Listed::parse(entry)).collect::<Result<_>>()?,
        })
    }

    /// Whether an app may name this address as an endpoint.
    ///
    /// # Errors
    /// `CONFIG_INVALID` with what to do.
    pub(crate) fn check_endpoint(&self, text: &str) -> Result<()> {
        let message = "an endpoint must be an https address (http only for loopback) whose host:port is the \
                       platform's own or listed in allowHosts when the hub is opened";
        self.check(text).map(drop).map_err(|_| Error::new(ErrorKind::ConfigInvalid, message))
    }

    /// The URL, if it may be called.
    pub(super) fn check(&self, text: &str) -> Result<Url, HttpFailure> {
        let refused = HttpFailure::not_sent(HttpFailureKind::HostNotAllowed);
        let url = Url::parse(text).map_err(|_| refused)?;
        // Other spellings of a listed host (0x7f.1, full-width letters, a user in front) are never ours.
        let lower = text.to_ascii_lowercase();
        let rest = lower.strip_prefix(url.scheme()).and_then(|rest| rest.strip_prefix("://"));
        let spelled = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        if !spelled.is_some_and(|spelled| is_plain(&url, spelled)) {
            return Err(refused);
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default();
        let https = url.scheme() == "https";
        let platform = https && port == Some(HTTPS_PORT) && self.platform.iter().any(|own| own == host);
        let listed = self.listed.iter().any(|entry| entry.admits(&url, host, port, https));
        if platform || listed { Ok(url) } else { Err(refused) }
    }
}

impl Listed {
    fn parse(entry: &str) -> Result<Self> {
        let lower = entry.to_ascii_lowercase();
        let bad = || {
            Error::new(
                ErrorKind::ConfigInvalid,
                "allowHosts takes `host` or `host:port`, without scheme, path or user",
            )
        };
        let url = Url::parse(&format!("https://{lower}")).map_err(|_| bad())?;
        let host = url.host_str().ok_or_else(bad)?;
        if !is_plain(&url, &lower) {
            return Err(bad());
        }
        let port = (lower != host).then(|| url.port().unwrap_or(HTTPS_PORT));
        Ok(Self { host: host.to_owned(), port, loopback: is_loopback(&url) })
    }

    fn admits(&self, url: &Url, host: &str, port: Option<u16>, https: bool) -> bool {
        let scheme = https || (self.loopback && url.scheme() == "http");
        let expected = self.port.or(if https { Some(HTTPS_PORT) } else { Some(80) });
        scheme && self.host == host && port == expected
    }
}

/// Whether `spelled` is nothing but the URL's host, with or without its port.
pub(super) fn is_plain(url: &Url, spelled: &str) -> bool {
    let host = url.host_str().unwrap_or_default();
    let Some(rest) = spelled.strip_prefix(host) else { return false };
    let port = url.port_or_known_default().map(|port| format!(":{port}"));
    !host.is_empty() && (rest.is_empty() || Some(rest) == port.as_deref())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::HostRules;
    use crate::error::ErrorKind;

    fn rules() -> HostRules {
        let listed =
            ["127.0.0.1:8080", "LocalHost:9000", "[::1]:7000", "proxy.corp.example", "10.0.0.5:8443"];
        HostRules::new(&["api.example.com"], &listed.map(str::to_owned)).unwrap()
    }

    #[test]
    fn lets_platform_and_listed_hosts_through() {
        for url in [
            "https://api.example.com/router?x=1",
            "https://API.example.com:443/router",
            "http://127.0.0.1:8080/a",
            "https://127.0.0.1:8080/a",
            "http://localhost:9000",
            "http://[::1]:7000/",
            "https://proxy.corp.example/x",
            "https://10.0.0.5:8443/x",
        ] {
            assert!(rules().check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn refuses_every_other_spelling_and_place() {
        for url in [
            "http://api.example.com/",
            "http://api.example.com:443/",
            "https://api.example.com:8443/",
            "https://api.example.com./",
            "https://api.example.com.evil.example/",
            "https://evil.example/api.example.com",
            "https://api.example.com@evil.example/",
            "https://user@api.example.com/",
            "https://user:pw@api.example.com/",
            "https://:@api.example.com/",
            "https://evil.example#@api.example.com/",
            "https://evil.example\\@api.example.com/",
            "https://api.example.com\\@evil.example/",
            "https://api%2eexample.com/",
            "https://ａｐｉ.example.com/",
            "https://api.exam\tple.com/",
            "https:api.example.com/",
            "https:///api.example.com/",
            " https://api.example.com/ ",
            "http://0x7f.1:8080/a",
            "http://2130706433:8080/a",
            "http://127.1:8080/a",
            "http://017700000001:8080/a",
            "http://127.0.0.1:8081/a",
            "http://127.0.0.1/a",
            "http://127.0.0.2:8080/a",
            "http://localhost/",
            "http://[::ffff:127.0.0.1]:7000/",
            "http://[0:0:0:0:0:0:0:1]:7000/",
            "http://proxy.corp.example/x",
            "http://10.0.0.5:8443/x",
            "https://169.254.169.254/latest/meta-data",
            "ftp://api.example.com/",
            "file:///etc/passwd",
            "data:text/plain,x",
            "",
            "api.example.com",
        ] {
            assert!(rules().check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn refuses_listed_entries_that_are_no_host() {
        for entry in
            ["", "https://a.example", "a.example/x", "u@a.example", "a.example:", "a:99999", "0x7f.1", "a b"]
        {
            let error = HostRules::new(&[], &[entry.to_owned()]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{entry}");
        }
    }
}
