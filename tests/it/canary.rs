//! A scanner that finds secrets however they were written down, and a log that keeps everything.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, Once};

use tracing::Level;

const BASE64: [&[u8; 64]; 2] = [
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
];

/// Random text with the signs that encodings change.
pub(crate) fn canary() -> String {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).unwrap();
    let (head, tail) = bytes.split_at(6);
    format!("Kz/{}+{}?=", hex::encode(head), hex::encode(tail))
}

/// Every way in which a secret could be written down, each with its name.
pub(crate) fn forms(secret: &[u8]) -> Vec<(String, Vec<u8>)> {
    let wide: Vec<u16> = match std::str::from_utf8(secret) {
        Ok(text) => text.encode_utf16().collect(),
        Err(_) => secret.iter().map(|byte| u16::from(*byte)).collect(),
    };
    let list: Vec<String> = secret.iter().map(u8::to_string).collect();
    let mut forms = vec![
        ("raw".to_owned(), secret.to_vec()),
        ("hex".to_owned(), hex::encode(secret).into()),
        ("HEX".to_owned(), hex::encode_upper(secret).into()),
        ("percent".to_owned(), percent(secret, |_| true)),
        ("percent of reserved".to_owned(), percent(secret, is_reserved)),
        ("small percent".to_owned(), percent(secret, |_| true).to_ascii_lowercase()),
        ("utf-16le".to_owned(), wide.iter().copied().flat_map(u16::to_le_bytes).collect()),
        ("utf-16be".to_owned(), wide.iter().copied().flat_map(u16::to_be_bytes).collect()),
        // What `{:?}` makes of bytes.
        ("list of numbers".to_owned(), list.join(", ").into()),
    ];
    for (alphabet, letters) in BASE64.iter().enumerate() {
        forms.extend(
            (0..3).map(|shift| (format!("base64 {alphabet}.{shift}"), base64(secret, shift, letters))),
        );
    }
    forms
}

fn is_reserved(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && !b"-_.~".contains(&byte)
}

fn percent(secret: &[u8], escapes: impl Fn(u8) -> bool) -> Vec<u8> {
    let escape = |byte: &u8| if escapes(*byte) { format!("%{byte:02X}").into_bytes() } else { vec![*byte] };
    secret.iter().flat_map(escape).collect()
}

/// What stands in a base64 text when `shift` bytes come before the secret: without the letters that depend on
/// what is before and behind.
fn base64(secret: &[u8], shift: usize, letters: &[u8; 64]) -> Vec<u8> {
    let shifted = [&[0; 2][..shift], secret].concat();
    let text = shifted.chunks_exact(3).flat_map(|chunk| {
        let n = u32::from(chunk[0]) << 16 | u32::from(chunk[1]) << 8 | u32::from(chunk[2]);
        [18, 12, 6, 0].map(|bits| letters[(n >> bits & 63) as usize])
    });
    text.skip([0, 2, 3][shift]).collect()
}

/// Looks for many secrets at once.
pub(crate) struct Scanner {
    needles: Vec<(String, Vec<u8>)>,
    /// Which needles begin with these two bytes: logs are long and tests are not optimised.
    by_head: Vec<Vec<usize>>,
}

impl Scanner {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut scanner = Self { needles: Vec::new(), by_head: vec![Vec::new(); 1 << 16] };
        for (name, secret) in secrets {
            assert!(secret.len() >= 12, "{name} is too short: it would be found by chance");
            for (form, needle) in forms(secret) {
                scanner.by_head[head(&needle)].push(scanner.needles.len());
                scanner.needles.push((format!("{name} as {form}"), needle));
            }
        }
        scanner
    }

    /// What was found, such as `access token as hex`.
    pub(crate) fn scan(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for at in 0..bytes.len().saturating_sub(1) {
            for needle in &self.by_head[head(&bytes[at..])] {
                let (name, needle) = &self.needles[*needle];
                if bytes[at..].starts_with(needle) {
                    found.insert(name.as_str());
                }
            }
        }
        found
    }
}

fn head(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// The files of a folder. Another process reads them: closing a database's file here would drop the locks that
/// this process holds on it.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
            continue;
        }
        let read = Command::new("cat").arg(&path).output().unwrap();
        // A file may go between the two looks.
        if read.status.success() {
            files.push((path.file_name().unwrap().to_string_lossy().into_owned(), read.stdout));
        }
    }
    files
}

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// All that this process logs, of every crate and level, through `tracing` or `log`.
pub(crate) struct Log;

impl Log {
    /// From now on; for the whole process, because the calls run on other threads than the test.
    pub(crate) fn keep() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_writer(|| Log)
                .with_max_level(Level::TRACE)
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
                .with_ansi(false)
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            log::set_logger(&Log).unwrap();
            log::set_max_level(log::LevelFilter::Trace);
        });
    }

    pub(crate) fn read() -> Vec<u8> {
        LINES.lock().unwrap().clone()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut line = String::new();
        writeln!(line, "{} {}: {}", record.level(), record.target(), record.args()).unwrap();
        io::Write::write_all(&mut Log, line.as_bytes()).unwrap();
    }

    fn flush(&self) {}
}
