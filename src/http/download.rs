//! Downloads from the public internet: https, port 443, nothing of ours goes along, and no way leads inside.
//!
//! A name is looked up once, every address it leads to is checked, and the connection goes to those addresses and no
//! other, so that an answer which changes afterwards changes nothing. Redirects are followed by hand, each as a new
//! address. Bodies are taken as they come: nothing is decompressed.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::{ACCEPT, LOCATION};
use tokio::time::{Instant, timeout, timeout_at};
use url::{Host, Url};

use super::client::Clients;
use super::failure::{HttpFailure, HttpFailureKind};
use super::public::{is_public, public_url};
use super::{HEAD_CAP, head_size};
use crate::error::{Error, ErrorKind, Retry};

const HTTPS_PORT: u16 = 443;
const MOST_REDIRECTS: usize = 2;
/// Addresses of one name that are tried; the others of a name with very many are not asked.
const MOST_ADDRESSES: usize = 16;

/// How long parts of a download may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DownloadOptions {
    /// DNS, and then TCP and TLS together.
    pub(crate) connect: Duration,
    /// The longest pause between two reads.
    pub(crate) idle: Duration,
    /// All of it.
    pub(crate) total: Duration,
}

/// Why there is no download, without the address: it may hold a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DownloadFailure {
    /// The URL is not one that may be fetched.
    Address,
    /// Its name leads inside, at least in part.
    Inside,
    /// More redirects than are followed, or one that leads nowhere.
    Redirect,
    /// The server says no.
    Status(u16),
    /// What calls can fail with too.
    Transport(HttpFailure),
}

impl DownloadFailure {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Address => Error::invalid(
                "the address cannot be fetched: it must be https://, of a public host, on port 443, without a user, \
                 and written plainly (a name in its xn-- form); give other files as bytes",
            ),
            Self::Inside => Error::invalid(
                "the address cannot be fetched: its name leads to a machine that is not on the public internet; give \
                 the file as bytes",
            ),
            Self::Redirect => Error::invalid(
                "the address was redirected more than twice, or to nowhere: give the address of the file itself",
            ),
            Self::Status(status) => refused(status),
            Self::Transport(failure) => failure.into_error(),
        }
    }
}

impl From<HttpFailure> for DownloadFailure {
    fn from(failure: HttpFailure) -> Self {
        Self::Transport(failure)
    }
}

fn refused(status: u16) -> Error {
    let message =
        format!("the server of the file answered {status}: check that the address opens without a login");
    match status {
        408 | 425 | 429 | 500.. => Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff),
        _ => Error::invalid(message),
    }
}

/// Fetches public files.
#[derive(Clone)]
pub(crate) struct Downloads {
    clients: Clients,
    options: DownloadOptions,
    #[cfg(test)]
    pub(super) played: Option<std::sync::Arc<super::tests::download::Names>>,
}

/// A file that is coming.
pub(crate) struct Download {
    response: Response,
    promised: Option<u64>,
    got: u64,
    deadline: Instant,
    idle: Duration,
}

impl Downloads {
    pub(super) fn new(clients: Clients, options: DownloadOptions) -> Self {
        Self {
            clients,
            options,
            #[cfg(test)]
            played: None,
        }
    }

    /// Asks for a file. Its body is read with [`Download::chunk`].
    pub(crate) async fn open(&self, url: &str) -> Result<Download, DownloadFailure> {
        let deadline = Instant::now() + self.options.total;
        match timeout_at(deadline, self.follow(url, deadline)).await {
            Ok(done) => done,
            Err(_) => Err(HttpFailure::maybe(HttpFailureKind::Timeout).into()),
        }
    }

    async fn follow(&self, url: &str, deadline: Instant) -> Result<Download, DownloadFailure> {
        let mut url = public_url(url).ok_or(DownloadFailure::Address)?;
        for _ in 0..=MOST_REDIRECTS {
            let response = self.ask(&url).await?;
            match response.status().as_u16() {
                301 | 302 | 303 | 307 | 308 => url = next(&url, &response)?,
                200 => {
                    let promised = response.content_length();
                    return Ok(Download { response, promised, got: 0, deadline, idle: self.options.idle });
                }
                status => return Err(DownloadFailure::Status(status)),
            }
        }
        Err(DownloadFailure::Redirect)
    }

    async fn ask(&self, url: &Url) -> Result<Response, DownloadFailure> {
        let addresses = self.addresses(url).await?;
        let client = self.clients.pinned(url.host_str().unwrap_or_default(), &addresses)?;
        #[cfg(test)]
        if !self.may_dial(&addresses) {
            return Err(HttpFailure::not_sent(HttpFailureKind::Connect).into());
        }
        let sent = timeout(
            self.options.connect + self.options.idle,
            client.get(url.clone()).header(ACCEPT, "image/*, video/*").send(),
        );
        let response = sent
            .await
            .map_err(|_| HttpFailure::maybe(HttpFailureKind::Timeout))?
            .map_err(|error| HttpFailure::of_head(&error))?;
        // Were the client to connect elsewhere after all, nothing of the answer would be used.
        if !response
            .remote_addr()
            .is_some_and(|peer| addresses.iter().any(|address| address.ip() == peer.ip()))
        {
            return Err(DownloadFailure::Inside);
        }
        if head_size(response.headers()) > HEAD_CAP {
            return Err(HttpFailure::maybe(HttpFailureKind::BadHead).into());
        }
        Ok(response)
    }

    /// Where the URL's host is, if all of it is public.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, DownloadFailure> {
        let found = match url.host() {
            Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, HTTPS_PORT))],
            Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, HTTPS_PORT))],
            Some(Host::Domain(name)) => self.look_up(name).await?,
            None => return Err(DownloadFailure::Address),
        };
        if found.is_empty() {
            return Err(HttpFailure::not_sent(HttpFailureKind::Connect).into());
        }
        match found.iter().all(|address| self.may_reach(address)) {
            true => Ok(found.into_iter().take(MOST_ADDRESSES).collect()),
            false => Err(DownloadFailure::Inside),
        }
    }

    async fn look_up(&self, name: &str) -> Result<Vec<SocketAddr>, DownloadFailure> {
        #[cfg(test)]
        if let Some(names) = &self.played {
            return Ok(names.look_up(name));
        }
        let found = timeout(self.options.connect, tokio::net::lookup_host((name, HTTPS_PORT))).await;
        let found = found.map_err(|_| HttpFailure::not_sent(HttpFailureKind::ConnectTimeout))?;
        Ok(found.map_err(|_| HttpFailure::not_sent(HttpFailureKind::Connect))?.collect())
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests have servers of their own on the loopback")]
    fn may_reach(&self, address: &SocketAddr) -> bool {
        is_public(address.ip())
    }

    #[cfg(test)]
    fn may_reach(&self, address: &SocketAddr) -> bool {
        let is_servers = |names: &std::sync::Arc<super::tests::download::Names>| names.is_server(address);
        is_public(address.ip()) || self.played.as_ref().is_some_and(is_servers)
    }

    /// Tests keep to the loopback also where one would fail.
    #[cfg(test)]
    fn may_dial(&self, addresses: &[SocketAddr]) -> bool {
        let Some(names) = &self.played else { return true };
        names.note_dial(addresses);
        addresses.iter().all(|address| names.is_server(address))
    }
}

/// Where a redirect leads, checked like the first address.
fn next(url: &Url, response: &Response) -> Result<Url, DownloadFailure> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    next_url(url, location.ok_or(DownloadFailure::Redirect)?).ok_or(DownloadFailure::Address)
}

fn next_url(url: &Url, location: &str) -> Option<Url> {
    if Url::parse(location).is_ok() {
        return public_url(location);
    }
    if location.starts_with("//") {
        return public_url(&format!("https:{location}"));
    }
    // What is left is a path here; `/\host` and its like are a host to some.
    let is_path = !location.contains(|letter: char| letter.is_control() || letter == '\\');
    public_url(url.join(location).ok().filter(|_| is_path)?.as_str())
}

impl Download {
    /// How long the server says the file is.
    pub(crate) fn promised(&self) -> Option<u64> {
        self.promised
    }

    /// The next bytes; none at the end of a whole file.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, DownloadFailure> {
        let until = self.deadline.min(Instant::now() + self.idle);
        let next = timeout_at(until, self.response.chunk()).await;
        let chunk = next
            .map_err(|_| HttpFailure::maybe(HttpFailureKind::Timeout))?
            .map_err(|error| HttpFailure::of(&error))?;
        self.got += chunk.as_ref().map_or(0, Bytes::len) as u64;
        // As for calls: an HTTP/2 connection that ends politely is taken for the end of the body.
        if chunk.is_none() && self.promised.is_some_and(|promised| promised != self.got) {
            return Err(HttpFailure::maybe(HttpFailureKind::Broken).into());
        }
        Ok(chunk)
    }
}
