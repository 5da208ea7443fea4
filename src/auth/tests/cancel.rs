//! A caller who goes away, at every await of a call; a refresh that panics.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::platform::{Platform, Rotation};
use super::{brands, connect, open};
use crate::clock::{Clock, ManualClock};

/// Polls a future at most so many times and drops it; whether it came to its end.
async fn polled<F: Future>(future: F, times: usize) -> bool {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(true),
            // The last poll of a caller who leaves: nothing will wake him.
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_dropped_at_any_await_costs_the_next_one_nothing() {
    let clock = ManualClock::new(Clock::system().now());
    let platform = Platform::new(Rotation::Strict, clock.clock(), Duration::from_secs(7 * 86_400));
    let base = platform.serve().await;
    let folder = tempfile::tempdir().unwrap();
    let hub = open(&folder.path().join("shop.db"), &base, clock.clock()).await;
    let shop = connect(&hub, &base, 1).await.remove(0);
    hub.call(brands(shop.id)).await.unwrap();

    let (mut polls, mut left_inside) = (1, 0);
    loop {
        platform.expire();
        let before = platform.seen();
        let is_done = polled(hub.call(brands(shop.id)), polls).await;
        left_inside += u32::from(platform.seen().calls > before.calls);
        hub.call(brands(shop.id)).await.unwrap_or_else(|error| panic!("after {polls} polls: {error}"));
        let seen = platform.seen();
        assert_eq!(seen.rotations, before.rotations + 1, "one refresh after {polls} polls");
        assert_eq!((seen.refreshes, seen.retired), (seen.rotations, 0), "after {polls} polls");
        let gone = async {
            while hub.flights().unwrap() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), gone).await.expect("no flight is left behind");
        if is_done {
            break;
        }
        // Beyond the pace of one shop.
        clock.advance(Duration::from_secs(61));
        polls += 1;
    }
    assert!(polls >= 5 && left_inside >= 2, "{polls} polls, {left_inside} of them with a call out");
    hub.close().await.unwrap();
}
