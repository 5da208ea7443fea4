//! reqwest clients: one pair without a proxy and one pair for each proxy.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use reqwest::{Client, ClientBuilder, Proxy, redirect, retry};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use sha2::{Digest, Sha256};
use url::Url;

use super::failure::{HttpFailure, HttpFailureKind};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

const USER_AGENT: &str = concat!("dianqiao/", env!("CARGO_PKG_VERSION"));
/// Shorter than the keep-alive of common servers, so that they rarely close first.
const POOL_IDLE: Duration = Duration::from_secs(15);
const POOL_SIZE: usize = 16;
/// Pairs of clients kept; each holds pools, and apps have few proxies.
const PROXIES: u64 = 64;
const MAX_HEADERS: usize = 100;
const MAX_H2_HEADER_BYTES: u32 = super::HEAD_CAP as u32;

#[derive(Clone)]
struct Pair {
    pooled: Client,
    fresh: Client,
}

/// What all calls without a proxy share, and what clients with one are made from.
struct Shared {
    tls: ClientConfig,
    direct: Pair,
}

#[derive(Clone)]
pub(super) struct Clients {
    connect: Duration,
    /// Made by a thread of its own from the start: reading the system's roots takes longer than opening
    /// the database, and nobody needs them before the first call.
    shared: Arc<OnceLock<Option<Shared>>>,
    /// By the digest of the proxy's URL, which may hold a password.
    proxied: Cache<[u8; 32], Pair>,
}

impl Clients {
    pub(super) fn new(connect: Duration) -> Result<Self> {
        tls_builder()?;
        let clients = Self::unmade(connect);
        let shared = Arc::clone(&clients.shared);
        let make = move || {
            shared.get_or_init(|| Shared::new(connect, roots()));
        };
        // Without a thread the first call does it.
        let _ = std::thread::Builder::new().name("dianqiao-roots".into()).spawn(make);
        Ok(clients)
    }

    #[cfg(test)]
    pub(super) fn with_roots(connect: Duration, roots: RootCertStore) -> Result<Self> {
        let clients = Self::unmade(connect);
        clients.shared.get_or_init(|| Shared::new(connect, roots));
        Ok(clients)
    }

    fn unmade(connect: Duration) -> Self {
        let proxied = Cache::builder().max_capacity(PROXIES).eviction_policy(EvictionPolicy::lru()).build();
        Self { connect, shared: Arc::default(), proxied }
    }

    /// Waits for the roots when the hub was opened a moment ago.
    fn shared(&self) -> Result<&Shared, HttpFailure> {
        let shared = self.shared.get_or_init(|| Shared::new(self.connect, roots()));
        shared.as_ref().ok_or(HttpFailure::not_sent(HttpFailureKind::NoClient))
    }

    pub(super) fn client(&self, proxy: Option<&Secret<String>>, fresh: bool) -> Result<Client, HttpFailure> {
        let pair = match proxy {
            None => self.shared()?.direct.clone(),
            Some(proxy) => self.through(proxy)?,
        };
        Ok(if fresh { pair.fresh } else { pair.pooled })
    }

    /// A client that reaches one host, at these addresses only. Nothing is kept of it: no connection, no cookie.
    pub(super) fn pinned(&self, host: &str, addresses: &[SocketAddr]) -> Result<Client, HttpFailure> {
        let made = builder(self.connect, self.shared()?.tls.clone(), 0)
            .https_only(true)
            // What is compressed stays so: a bomb is only as large as what came.
            .gzip(false)
            .resolve_to_addrs(host, addresses)
            .build();
        made.map_err(|_| HttpFailure::not_sent(HttpFailureKind::NoClient))
    }

    fn through(&self, proxy: &Secret<String>) -> Result<Pair, HttpFailure> {
        let key = Sha256::digest(proxy.expose().as_bytes()).into();
        if let Some(known) = self.proxied.get(&key) {
            return Ok(known);
        }
        let bad = HttpFailure::not_sent(HttpFailureKind::BadProxy);
        let url = Url::parse(proxy.expose()).map_err(|_| bad)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(bad);
        }
        let made = Proxy::all(url).map_err(|_| bad)?;
        let pair = pair(self.connect, &self.shared()?.tls, Some(made)).map_err(|_| bad)?;
        self.proxied.insert(key, pair.clone());
        Ok(pair)
    }
}

/// Mozilla's roots, compiled in, and those of the system on top.
///
/// Slim container images have no CA files at all, where the platform's verifier alone would refuse
/// to start; Node itself brings the same compiled-in roots. The system's are added because a company
/// whose proxy opens TLS has its CA there, and there is no switch to turn checking off.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

impl Shared {
    fn new(connect: Duration, roots: RootCertStore) -> Option<Self> {
        let mut tls = tls_builder().ok()?.with_root_certificates(roots).with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let direct = pair(connect, &tls, None).ok()?;
        Some(Self { tls, direct })
    }
}

fn tls_builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    // Handed over explicitly: a process-wide default provider belongs to the program, not to us.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(ErrorKind::ConfigInvalid, "TLS 1.2 and 1.3 are not available"))
}

fn pair(connect: Duration, tls: &ClientConfig, proxy: Option<Proxy>) -> Result<Pair, reqwest::Error> {
    Ok(Pair {
        pooled: client(connect, tls.clone(), proxy.clone(), POOL_SIZE)?,
        fresh: client(connect, tls.clone(), proxy, 0)?,
    })
}

fn client(
    connect: Duration,
    tls: ClientConfig,
    proxy: Option<Proxy>,
    pool: usize,
) -> Result<Client, reqwest::Error> {
    let mut builder = builder(connect, tls, pool);
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy);
    }
    builder.build()
}

fn builder(connect: Duration, tls: ClientConfig, pool: usize) -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(USER_AGENT)
        // A redirect would hand a signed request, and its token, to another place.
        .redirect(redirect::Policy::none())
        .referer(false)
        // Repeating is decided in the pipeline, where it is known what may be repeated.
        .retry(retry::never())
        // Also switches off HTTP_PROXY and its like.
        .no_proxy()
        .connect_timeout(connect)
        .pool_max_idle_per_host(pool)
        .pool_idle_timeout(POOL_IDLE)
        .http1_max_headers(MAX_HEADERS)
        .http2_max_header_list_size(MAX_H2_HEADER_BYTES)
        .tcp_nodelay(true)
}
