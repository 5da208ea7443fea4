//! What a second process does with the tokens.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{brands, open};
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::hub::Hub;
use crate::model::{ShopFilter, ShopId};
use crate::tests::child::{Process, say};

const ROLE: &str = "DIANQIAO_AUTH_CHILD";
const FILE: &str = "DIANQIAO_AUTH_FILE";
const BASE: &str = "DIANQIAO_AUTH_BASE";
const CALLS: &str = "DIANQIAO_AUTH_CALLS";
const STOP: &str = "DIANQIAO_AUTH_STOP";

/// What a child is to do.
pub(super) struct Work<'a> {
    pub(super) role: &'a str,
    pub(super) database: &'a Path,
    pub(super) base: &'a str,
    /// Calls of each shop.
    pub(super) calls: u64,
    /// The point where it stands still until it is killed.
    pub(super) stop: &'a str,
}

impl Work<'_> {
    pub(super) fn start(&self) -> Process {
        let calls = self.calls.to_string();
        let env: [(&str, &OsStr); 5] = [
            (ROLE, self.role.as_ref()),
            (FILE, self.database.as_os_str()),
            (BASE, self.base.as_ref()),
            (CALLS, calls.as_ref()),
            (STOP, self.stop.as_ref()),
        ];
        Process::start("auth::tests::child::acts_as_a_second_process", &env)
    }
}

/// Stands still here for ever when the parent asked for that, so that it can kill us at this very point.
pub(in crate::auth) async fn reached(point: &str) {
    if std::env::var(STOP).is_ok_and(|stop| stop == point) {
        say(point);
        std::future::pending::<()>().await;
    }
}

/// Nothing unless it is started as a child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_as_a_second_process() {
    let (Ok(role), Some(path), Ok(base)) = (std::env::var(ROLE), std::env::var_os(FILE), std::env::var(BASE))
    else {
        return;
    };
    if role == "renew" {
        return super::renewal::child(Path::new(&path), &base).await;
    }
    let hub = open(Path::new(&path), &base, Clock::system()).await;
    let shops = hub.shops().list(ShopFilter::default()).await.unwrap();
    let shops: Vec<_> = shops.iter().map(|shop| shop.id).collect();
    match role.as_str() {
        "call" => {
            let _ = hub.call(brands(shops[0])).await;
        }
        "rotate" => {
            let waits = rotate(&hub, &shops).await;
            say(format_args!("done {waits}"));
        }
        other => panic!("unknown role {other}"),
    }
    hub.close().await.unwrap();
}

/// Calls every shop so many times, several shops at a time, in the same order as every other process.
/// Returns how often a token had been used up by others before we could use it.
async fn rotate(hub: &Hub, shops: &[ShopId]) -> u32 {
    let calls: u32 = std::env::var(CALLS).unwrap().parse().unwrap();
    let (mut tasks, mut waits) = (JoinSet::new(), 0);
    for &shop in shops {
        if tasks.len() == 8 {
            waits += tasks.join_next().await.unwrap().unwrap();
        }
        let hub = hub.clone();
        tasks.spawn(async move {
            let mut waits = 0;
            let mut left = calls;
            while left > 0 {
                match hub.call(brands(shop)).await {
                    Ok(_) => left -= 1,
                    Err(error) if error.kind() == ErrorKind::Transient && waits < 1_000 => {
                        waits += 1;
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    Err(error) => {
                        say(format_args!("failed {error}"));
                        panic!("{error}");
                    }
                }
            }
            waits
        });
    }
    while let Some(done) = tasks.join_next().await {
        waits += done.unwrap();
    }
    waits
}
