//! What a second process does to the file.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::restoring::restore;
use super::{open, open_newer, put};
use crate::tests::child::{Process as Child, say};

const ROLE: &str = "DIANQIAO_STORE_CHILD";
const FILE: &str = "DIANQIAO_STORE_FILE";
const TEST: &str = "store::tests::child::acts_as_a_second_process";

/// How the children of these tests are started.
pub(super) struct Process;

impl Process {
    pub(super) fn start(role: &str, path: &Path) -> Child {
        Child::start(TEST, &env(role, path))
    }

    /// One that dies at a point of its work.
    pub(super) fn start_dying(role: &str, path: &Path, failpoint: &str) -> Child {
        let planted = [("DIANQIAO_FAILPOINT", failpoint.as_ref())];
        Child::start(TEST, &[env(role, path).as_slice(), &planted].concat())
    }

    /// One that the system kills when a file would grow beyond so many blocks of 512 bytes.
    #[cfg(unix)]
    pub(super) fn start_limited(role: &str, path: &Path, blocks: u32) -> Child {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -c 0; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks.to_string());
        shell.arg(std::env::current_exe().unwrap());
        Child::start_by(shell, TEST, &env(role, path))
    }
}

fn env<'a>(role: &'a str, path: &'a Path) -> [(&'static str, &'a OsStr); 2] {
    [(ROLE, role.as_ref()), (FILE, path.as_os_str())]
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
