//! A scripted server on loopback. It answers each request with the next script, byte for byte, and
//! fails the test when a request comes that no script is left for.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::HttpAnswer;

/// A success with this body.
pub(crate) fn good(body: String) -> HttpAnswer {
    HttpAnswer { status: 200, content_type: None, retry_after: None, date: None, body: body.into() }
}

/// One thing the server does after it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Writes bytes.
    Send(Vec<u8>),
    /// Writes the bytes again and again, with a pause, until the client goes away.
    Forever(Vec<u8>, Duration),
    /// Waits until the client goes away.
    Hold,
    /// Resets the connection.
    Reset,
    /// Reads the next request on the same connection. Without it the connection is closed.
    KeepAlive,
}

/// What is done for one request.
pub(crate) type Script = Vec<Step>;

/// A whole answer on a connection that stays open.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Script {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        bytes += &format!("{name}: {value}\r\n");
    }
    bytes += "\r\n";
    vec![Step::Send([bytes.as_bytes(), body].concat()), Step::KeepAlive]
}

/// JSON with status 200.
pub(crate) fn json(body: &str) -> Script {
    answer(200, &[("content-type", "application/json")], body)
}

/// Bytes as they are; then the connection is closed.
pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Script {
    vec![Step::Send(bytes.into())]
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Request line and headers.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// A query parameter's value, as it was encoded.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let target = self.head.split(' ').nth(1)?;
        let mut pairs = target.split_once('?')?.1.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

#[derive(Default)]
struct State {
    scripts: Mutex<VecDeque<Script>>,
    received: Mutex<Vec<Received>>,
    unexpected: Mutex<Vec<String>>,
    connections: AtomicUsize,
    written: AtomicUsize,
    open: AtomicUsize,
    closed: Notify,
}

/// The server. Dropping it checks that no unexpected request came.
pub(crate) struct MockServer {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl MockServer {
    /// A plain server with one script for each request.
    pub(crate) async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::listen(scripts, None).await
    }

    /// The same behind TLS.
    pub(crate) async fn start_tls(scripts: impl IntoIterator<Item = Script>, tls: ServerConfig) -> Self {
        Self::listen(scripts, Some(TlsAcceptor::from(Arc::new(tls)))).await
    }

    async fn listen(scripts: impl IntoIterator<Item = Script>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state =
            Arc::new(State { scripts: Mutex::new(scripts.into_iter().collect()), ..State::default() });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let task = tokio::spawn(accept(listener, Arc::clone(&state), tls));
        Self { address, scheme, state, task }
    }

    /// `host:port`, as it is listed.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// The server's base URL.
    pub(crate) fn base(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The requests so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Bytes that the client's side took so far.
    pub(crate) fn written(&self) -> usize {
        self.state.written.load(Ordering::SeqCst)
    }

    /// Waits until every connection is closed.
    pub(crate) async fn all_closed(&self) {
        loop {
            let closed = self.state.closed.notified();
            if self.state.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            closed.await;
        }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.task.abort();
        let unexpected = self.state.unexpected.lock().unwrap();
        if !std::thread::panicking() {
            assert!(unexpected.is_empty(), "unexpected requests: {unexpected:?}");
        }
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    fn reset(&self);
}

impl Wire for TcpStream {
    fn reset(&self) {
        self.set_zero_linger().unwrap();
    }
}

impl Wire for TlsStream<TcpStream> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>, tls: Option<TlsAcceptor>) {
    while let Ok((stream, _)) = listener.accept().await {
        state.connections.fetch_add(1, Ordering::SeqCst);
        state.open.fetch_add(1, Ordering::SeqCst);
        let (state, tls) = (Arc::clone(&state), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => serve(stream, &state).await,
                // A client that does not trust us ends the handshake; that is its right.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, &state).await;
                    }
                }
            }
            state.open.fetch_sub(1, Ordering::SeqCst);
            state.closed.notify_waiters();
        });
    }
}

async fn serve(mut stream: impl Wire, state: &State) {
    while let Some(request) = read_request(&mut stream).await {
        let line = request.head.lines().next().unwrap_or_default().to_owned();
        state.received.lock().unwrap().push(request);
        let script = state.scripts.lock().unwrap().pop_front();
        let Some(script) = script else {
            state.unexpected.lock().unwrap().push(line);
            return;
        };
        if !play(&mut stream, script, state).await {
            return;
        }
    }
}

/// Returns whether the connection stays open.
async fn play(stream: &mut impl Wire, script: Script, state: &State) -> bool {
    for step in script {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return false;
                }
                state.written.fetch_add(bytes.len(), Ordering::SeqCst);
                let _ = stream.flush().await;
            }
            Step::Forever(bytes, pause) => {
                while stream.write_all(&bytes).await.is_ok() {
                    state.written.fetch_add(bytes.len(), Ordering::SeqCst);
                    let _ = stream.flush().await;
                    sleep(pause).await;
                }
                return false;
            }
            Step::Hold => {
                let mut rest = [0; 1024];
                while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
                return false;
            }
            Step::Reset => {
                stream.reset();
                return false;
            }
            Step::KeepAlive => return true,
        }
    }
    let _ = stream.shutdown().await;
    false
}

/// The next request of a connection.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let mut request = Received { head: String::from_utf8(head).ok()?, body: Vec::new() };
    let length = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body).await.ok()?;
    Some(request)
}
