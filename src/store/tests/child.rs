//! A second process: this test binary run again, with its role in the environment.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::restoring::restore;
use super::{open, open_newer, put};

const ROLE: &str = "DIANQIAO_STORE_CHILD";
const FILE: &str = "DIANQIAO_STORE_FILE";
const MARK: &str = "child> ";

/// A running child; killed when dropped.
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    pub(super) fn start(role: &str, path: &Path) -> Self {
        Self::run(Command::new(std::env::current_exe().unwrap()), role, path)
    }

    /// One that dies at a point of its work.
    pub(super) fn start_dying(role: &str, path: &Path, failpoint: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("DIANQIAO_FAILPOINT", failpoint);
        Self::run(command, role, path)
    }

    /// One that the system kills when a file would grow beyond so many blocks of 512 bytes.
    #[cfg(unix)]
    pub(super) fn start_limited(role: &str, path: &Path, blocks: u32) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -c 0; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks.to_string());
        shell.arg(std::env::current_exe().unwrap());
        Self::run(shell, role, path)
    }

    fn run(mut command: Command, role: &str, path: &Path) -> Self {
        let mut child = command
            .args([
                "--exact",
                "store::tests::child::acts_as_a_second_process",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(ROLE, role)
            .env(FILE, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, said)) = line.split_once(MARK)
                    && send.send(said.to_owned()).is_err()
                {
                    return;
                }
            }
        });
        Self { stdin: child.stdin.take(), child, lines }
    }

    /// The next line the child says.
    pub(super) fn hear(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(60)).expect("the child says something")
    }

    /// Everything it said until its end.
    pub(super) fn hear_rest(&self) -> Vec<String> {
        self.lines.iter().collect()
    }

    /// Whether it has come to its end by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end, and whether that was a good one.
    pub(super) fn ends_well(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it end by itself.
    pub(super) fn finish(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{text}").unwrap();
    out.flush().unwrap();
}

fn wait_for_parent() {
    let _ = std::io::stdin().read(&mut [0]);
}

/// Nothing unless it is started as a child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_as_a_second_process() {
    let (Ok(role), Some(path)) = (std::env::var(ROLE), std::env::var_os(FILE)) else { return };
    let path = PathBuf::from(path);
    match role.as_str() {
        "hold" => hold(&path).await,
        "hold-newer" => {
            let _store = open_newer(&path).await.unwrap();
            say("ready");
            wait_for_parent();
        }
        "open" => match open(&path).await {
            Ok(_) => say("opened"),
            Err(error) => say(error.code()),
        },
        "write" => write(&path).await,
        "restore" => {
            restore(&path).await.unwrap();
        }
        "stranger" => {
            // Other software: it knows nothing of our locks.
            let conn = rusqlite::Connection::open(&path).unwrap();
            conn.execute("INSERT INTO meta VALUES ('theirs', 'x')", []).unwrap();
            conn.close().unwrap();
            say("written");
        }
        "strangers" => strangers(&path, 1),
        "residents" => strangers(&path, 20),
        "comers" => comers(&path).await,
        other => panic!("unknown role {other}"),
    }
}

async fn hold(path: &Path) {
    let store = open(path).await.unwrap();
    put(&store, format!("from-{}", store.process_id())).await.unwrap();
    say(format_args!("{} {}", store.process_id(), store.is_leader()));
    wait_for_parent();
    store.close().await.unwrap();
}

/// Other software that keeps opening, writing and closing; each key is said after its commit.
fn strangers(path: &Path, writes: u32) {
    for visit in 0.. {
        let conn = rusqlite::Connection::open(path).unwrap();
        conn.busy_timeout(Duration::from_secs(5)).unwrap();
        for n in 0..writes {
            let key = format!("stranger-{visit}-{n}");
            if conn.execute("INSERT INTO meta VALUES (?1, 'x')", [&key]).is_ok() {
                say(key);
            }
        }
        // Without it the last to close would keep the log.
        let _ = conn.close();
    }
}

/// This library, that keeps opening, writing and closing; each key is said after it was acknowledged.
async fn comers(path: &Path) {
    for visit in 0.. {
        let store = open(path).await.unwrap();
        for n in 0..20 {
            let key = format!("comer-{visit}-{n}");
            if put(&store, key.clone()).await.is_ok() {
                say(key);
            }
        }
        store.close().await.unwrap();
    }
}

/// Eight writers at once; each key is said after its write was acknowledged.
async fn write(path: &Path) {
    let store = open(path).await.unwrap();
    let writers = (0..8).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0.. {
                let key = format!("{}-{writer}-{n}", store.process_id());
                put(&store, key.clone()).await.unwrap();
                say(key);
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}
