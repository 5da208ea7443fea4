//! A server that speaks just enough HTTP/2 to read requests and end each of them with given frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{Issuer, names};
use crate::http::Http;

const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
/// HPACK's index of `:status: 200`.
const STATUS_200: u8 = 0x88;
const LARGEST: usize = 16_384;

/// What ends an answer of which a part of the body has come, or nothing.
pub(crate) const ENDS: [(&str, &[u8]); 4] = [
    ("GOAWAY, nothing processed, no error", b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    ("GOAWAY, this stream was the last", b"\0\0\x08\x07\0\0\0\0\0\0\0\0\x01\0\0\0\0"),
    ("RST_STREAM, REFUSED_STREAM", b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x07"),
    ("RST_STREAM, INTERNAL_ERROR", b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x02"),
];

/// Status 200 and the begin of a JSON body, whose length may have been promised.
pub(crate) fn half_an_answer(length: Option<usize>) -> Vec<u8> {
    let length = length.map(|length| ("content-length".to_owned(), length.to_string()));
    [head(length.into_iter()), frame(0, 0, br#"{"ok":true,"#)].concat()
}

/// Status 200 and these headers.
pub(crate) fn head(headers: impl Iterator<Item = (String, String)>) -> Vec<u8> {
    let mut block = vec![STATUS_200];
    for (name, value) in headers {
        // Literal, not indexed, no Huffman code.
        block.push(0);
        for text in [name, value] {
            push_length(&mut block, text.len());
            block.extend(text.into_bytes());
        }
    }
    let mut kinds = std::iter::once(HEADERS).chain(std::iter::repeat(CONTINUATION));
    let mut parts = block.chunks(LARGEST).peekable();
    let mut bytes = Vec::new();
    while let Some(part) = parts.next() {
        let flags = if parts.peek().is_none() { END_HEADERS } else { 0 };
        bytes.extend(frame(kinds.next().unwrap(), flags, part));
    }
    bytes
}

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
}

/// An integer with a prefix of seven bits.
fn push_length(block: &mut Vec<u8>, length: usize) {
    let Some(mut rest) = length.checked_sub(127) else { return block.push(u8::try_from(length).unwrap()) };
    block.push(127);
    while rest >= 128 {
        block.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    block.push(u8::try_from(rest).unwrap());
}

pub(crate) struct Http2Server {
    pub(crate) base: String,
    requests: Arc<AtomicUsize>,
    issuer: Issuer,
}

impl Http2Server {
    /// Answers the one request of each connection with these bytes, and closes it.
    pub(crate) async fn start(bytes: Vec<u8>) -> Self {
        let issuer = Issuer::new();
        let mut config = issuer.server(names("127.0.0.1"));
        config.alpn_protocols = vec![b"h2".to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (acceptor, counted) = (TlsAcceptor::from(Arc::new(config)), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, bytes.clone(), Arc::clone(&counted)));
            }
        });
        Self { base, requests, issuer }
    }

    /// A client that trusts it.
    pub(crate) fn http(&self) -> Http {
        self.issuer.http()
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, bytes: Vec<u8>, requests: Arc<AtomicUsize>) {
    let mut stream = acceptor.accept(stream).await.unwrap();
    stream.write_all(&b"\0\0\0\x04\0\0\0\0\0"[..]).await.unwrap();
    stream.read_exact(&mut [0; 24]).await.unwrap();
    loop {
        let mut head = [0; 9];
        if stream.read_exact(&mut head).await.is_err() {
            return;
        }
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).await.unwrap();
        // DATA with END_STREAM: the request is complete.
        if head[3] == 0 && head[4] & 1 == 1 {
            break;
        }
    }
    requests.fetch_add(1, Ordering::SeqCst);
    // Fails where the client has seen enough.
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}
