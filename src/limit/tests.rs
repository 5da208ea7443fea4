use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{Lane, Limits, Pace, PermitRequest, Rates, Share};
use crate::model::{AppId, PlatformId, ShopId};

const APP: AppId = AppId(1);
const SECOND: Duration = Duration::from_secs(1);

fn request(shop: i64, lane: Lane, rates: Rates) -> PermitRequest {
    PermitRequest {
        platform: PlatformId::Doudian,
        app: APP,
        shop: Some(ShopId(shop)),
        group: "list",
        rates,
        lane,
        share: Share::Leader,
    }
}

fn per_second(app: u32, shop: u32) -> Rates {
    Rates { app: NonZeroU32::new(app), shop: NonZeroU32::new(shop), ..Rates::default() }
}

/// The most events in any half-open second.
fn busiest_second(times: &[Instant]) -> usize {
    let mut times = times.to_vec();
    times.sort();
    let ends = times.iter().enumerate();
    ends.map(|(first, start)| times.partition_point(|time| *time < *start + SECOND) - first)
        .max()
        .unwrap_or(0)
}

fn burst(rate: u32) -> usize {
    (rate as usize / 5).max(1)
}

async fn count_in(limits: &Limits, request: &PermitRequest, span: Duration) -> usize {
    let mut passed = 0;
    let end = Instant::now() + span;
    while tokio::time::timeout_at(end, limits.permit(request)).await.is_ok() {
        passed += 1;
    }
    passed
}

#[derive(Clone, Debug)]
struct Load {
    app: u32,
    shop: u32,
    in_flight: usize,
    shops: i64,
    tasks: u32,
    interactive: u32,
    pause: u64,
}

fn load() -> impl Strategy<Value = Load> {
    (1..200_u32, 1..60_u32, 0..6_usize, 1..6_i64, 1..24_u32, 0..3_u32, 0..80_u64).prop_map(
        |(app, shop, in_flight, shops, tasks, interactive, pause)| Load {
            app,
            shop,
            in_flight,
            shops,
            tasks,
            interactive,
            pause,
        },
    )
}

async fn run(load: &Load, arrivals: u32) -> HashMap<i64, Vec<Instant>> {
    let limits = Arc::new(Limits::new());
    let seen = Arc::new(Mutex::new(HashMap::<i64, Vec<Instant>>::new()));
    let mut tasks = JoinSet::new();
    for task in 0..load.tasks {
        let (limits, seen, load) = (Arc::clone(&limits), Arc::clone(&seen), load.clone());
        tasks.spawn(async move {
            let lane = if task < load.interactive { Lane::Interactive } else { Lane::Bulk };
            let rates = Rates { in_flight: load.in_flight, ..per_second(load.app, load.shop) };
            let shop = i64::from(task) % load.shops;
            for call in 0..arrivals / load.tasks {
                let permit = limits.permit(&request(shop, lane, rates)).await;
                seen.lock().unwrap().entry(shop).or_default().push(Instant::now());
                sleep(Duration::from_millis(load.pause * u64::from(call % 3))).await;
                drop(permit);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let seen = seen.lock().unwrap();
    seen.clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_second_holds_more_than_quota_and_burst(load in load()) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let seen = runtime.block_on(run(&load, 10_000));
        let all: Vec<_> = seen.values().flatten().copied().collect();
        prop_assert!(busiest_second(&all) <= load.app as usize + burst(load.app));
        for times in seen.values() {
            // One call of each lane may have passed its shop's layer and wait at the app's.
            prop_assert!(busiest_second(times) <= load.shop as usize + burst(load.shop) + 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn opens_with_one_call_and_without_burst() {
    let limits = Limits::new();
    let request = request(1, Lane::Bulk, per_second(50, 0));
    assert_eq!(count_in(&limits, &request, Duration::from_millis(19)).await, 1);
    // 50 a second, and the time for the burst of 10 is not there yet.
    let passed = count_in(&limits, &request, SECOND).await;
    assert!((45..=51).contains(&passed), "{passed}");
}

#[tokio::test(start_paused = true)]
async fn a_changed_quota_starts_without_burst() {
    let limits = Limits::new();
    let mut times = Vec::new();
    let end = Instant::now() + SECOND * 3;
    let mut quota = 50;
    // Let a burst build up, then change the quota at every call: each limiter is a new one.
    drop(limits.permit(&request(1, Lane::Bulk, per_second(quota, 0))).await);
    sleep(SECOND * 5).await;
    while Instant::now() < end + SECOND * 5 && times.len() < 1000 {
        quota = if quota == 50 { 51 } else { 50 };
        drop(limits.permit(&request(1, Lane::Bulk, per_second(quota, 0))).await);
        times.push(Instant::now());
    }
    assert!(busiest_second(&times) <= 51, "{}", busiest_second(&times));
}

#[tokio::test(start_paused = true)]
async fn interactive_overtakes_a_thousand_waiting_bulk_calls() {
    let limits = Arc::new(Limits::new());
    let rates = Rates { in_flight: 4, ..per_second(10, 10) };
    let mut bulk = JoinSet::new();
    for _ in 0..1000 {
        let limits = Arc::clone(&limits);
        bulk.spawn(async move {
            let permit = limits.permit(&request(1, Lane::Bulk, rates)).await;
            sleep(Duration::from_millis(50)).await;
            drop(permit);
        });
    }
    sleep(SECOND).await;
    let waiting = bulk.len();
    let started = Instant::now();
    for nth in 1..=10_u32 {
        drop(limits.permit(&request(1, Lane::Interactive, rates)).await);
        assert!(started.elapsed() <= Duration::from_millis(110) * nth + Duration::from_millis(110));
    }
    assert!(waiting > 900);
    while bulk.join_next().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn interactive_waits_for_one_slot_at_most_when_bulk_holds_the_only_one() {
    let limits = Arc::new(Limits::new());
    let rates = Rates { in_flight: 1, ..per_second(2, 2) };
    let mut bulk = JoinSet::new();
    for _ in 0..50 {
        let limits = Arc::clone(&limits);
        bulk.spawn(async move {
            let permit = limits.permit(&request(1, Lane::Bulk, rates)).await;
            sleep(SECOND).await;
            drop(permit);
        });
    }
    sleep(SECOND * 3).await;
    let interactive = request(1, Lane::Interactive, rates);
    let permit = timeout(SECOND * 3, limits.permit(&interactive)).await;
    assert!(permit.is_ok(), "bulk and interactive wait for each other");
}

#[tokio::test(start_paused = true)]
async fn steady_interactive_use_does_not_stop_bulk() {
    let limits = Arc::new(Limits::new());
    let rates = per_second(2, 2);
    let mut people = JoinSet::new();
    for _ in 0..4 {
        let limits = Arc::clone(&limits);
        people.spawn(async move {
            loop {
                drop(limits.permit(&request(1, Lane::Interactive, rates)).await);
            }
        });
    }
    sleep(SECOND).await;
    let bulk = request(1, Lane::Bulk, rates);
    assert!(timeout(SECOND * 60, limits.permit(&bulk)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_gives_up_its_place() {
    let limits = Limits::new();
    let rates = per_second(1, 0);
    drop(limits.permit(&request(1, Lane::Bulk, rates)).await);
    for _ in 0..100 {
        let wait = request(1, Lane::Interactive, rates);
        assert!(timeout(Duration::from_millis(1), limits.permit(&wait)).await.is_err());
    }
    // Nobody waits any more: bulk goes on, and nothing was taken by those who left.
    assert!(timeout(SECOND, limits.permit(&request(1, Lane::Bulk, rates))).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_under_way_than_slots() {
    let limits = Limits::new();
    let rates = Rates { in_flight: 2, ..per_second(100, 0) };
    let first = limits.permit(&request(1, Lane::Bulk, rates)).await;
    let second = limits.permit(&request(1, Lane::Interactive, rates)).await;
    let third = timeout(SECOND, limits.permit(&request(1, Lane::Interactive, rates))).await;
    assert!(third.is_err());
    assert!(timeout(SECOND, limits.permit(&request(2, Lane::Bulk, rates))).await.is_ok());
    assert_eq!(limits.snapshot(APP, ShopId(1)).free_slots, Some(0));
    drop((first, second));
    assert!(timeout(SECOND, limits.permit(&request(1, Lane::Bulk, rates))).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn too_fast_halves_down_to_a_tenth_and_comes_back_slowly() {
    let limits = Limits::new();
    let request = request(1, Lane::Bulk, per_second(100, 40));
    let rate = |limits: &Limits| limits.snapshot(APP, ShopId(1)).shop.unwrap().per_second;
    for expected in [20.0, 10.0, 5.0, 4.0, 4.0] {
        let permit = limits.permit(&request).await;
        permit.too_fast();
        assert_eq!(rate(&limits), expected);
    }
    assert_eq!(rates(limits.snapshot(APP, ShopId(1)).app), Some((100.0, 100.0)));
    let started = Instant::now();
    let mut last = 4.0;
    while rate(&limits) < 40.0 {
        limits.permit(&request).await.went_well();
        assert!(rate(&limits) - last <= 2.0);
        last = rate(&limits);
    }
    let took = started.elapsed();
    assert!(took >= SECOND * 180 && took < SECOND * 200, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_that_were_under_way_together_lower_the_rate_once() {
    let limits = Limits::new();
    let request = request(1, Lane::Bulk, per_second(0, 40));
    let mut permits = Vec::new();
    for _ in 0..8 {
        permits.push(limits.permit(&request).await);
    }
    sleep(SECOND).await;
    for permit in &permits {
        permit.too_fast();
    }
    assert_eq!(rates(limits.snapshot(APP, ShopId(1)).shop), Some((20.0, 40.0)));
}

#[tokio::test(start_paused = true)]
async fn a_quota_of_one_a_second_is_never_lowered_below_itself() {
    let limits = Limits::new();
    let request = request(1, Lane::Bulk, per_second(0, 1));
    limits.permit(&request).await.too_fast();
    assert_eq!(rates(limits.snapshot(APP, ShopId(1)).shop), Some((1.0, 1.0)));
}

#[tokio::test(start_paused = true)]
async fn a_follower_has_a_fifth() {
    let limits = Limits::new();
    let request = PermitRequest { share: Share::Follower, ..request(1, Lane::Bulk, per_second(5, 0)) };
    let passed = count_in(&limits, &request, SECOND * 10).await;
    assert!((10..=11).contains(&passed), "{passed}");
}

#[tokio::test(start_paused = true)]
async fn each_layer_limits_its_own_calls() {
    let limits = Limits::new();
    let one = |calls| NonZeroU32::new(calls);
    let platform = Rates { platform: one(3), ..Rates::default() };
    let group = Rates { group: one(2), ..Rates::default() };
    assert!(count_in(&limits, &request(1, Lane::Bulk, platform), SECOND * 4).await <= 13);
    assert!(count_in(&limits, &request(1, Lane::Bulk, group), SECOND * 4).await <= 9);
    let other = PermitRequest { group: "detail", ..request(1, Lane::Bulk, group) };
    assert!(timeout(Duration::from_millis(1), limits.permit(&other)).await.is_ok());
    let unlimited = request(1, Lane::Bulk, Rates::default());
    for _ in 0..1000 {
        assert!(timeout(Duration::from_millis(1), limits.permit(&unlimited)).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn shops_of_an_app_take_turns() {
    let limits = Arc::new(Limits::new());
    let rates = per_second(10, 10);
    let mut greedy = JoinSet::new();
    for _ in 0..500 {
        let limits = Arc::clone(&limits);
        greedy.spawn(async move { drop(limits.permit(&request(1, Lane::Bulk, rates)).await) });
    }
    sleep(SECOND).await;
    let other = request(2, Lane::Bulk, rates);
    assert!(timeout(Duration::from_millis(400), limits.permit(&other)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_caches_are_bounded_and_keep_the_newest() {
    let limits = Limits::with_capacity(100);
    let rates = Rates { in_flight: 2, ..per_second(0, 1) };
    for shop in 0..5_000 {
        drop(limits.permit(&request(shop, Lane::Bulk, rates)).await);
    }
    limits.layers.run_pending_tasks();
    limits.slots.run_pending_tasks();
    assert!(limits.layers.entry_count() <= 100 && limits.slots.entry_count() <= 100);
    // The newest key is kept although it was used once: otherwise it would not be limited.
    let again = request(4_999, Lane::Bulk, rates);
    assert!(timeout(Duration::from_millis(500), limits.permit(&again)).await.is_err());
}

/// Starts a thousand bulk calls that each last `span` once they have their permit.
fn crowd(limits: &Arc<Limits>, rates: Rates, span: Duration) -> JoinSet<()> {
    let mut bulk = JoinSet::new();
    for _ in 0..1000 {
        let limits = Arc::clone(limits);
        bulk.spawn(async move {
            let permit = limits.permit(&request(1, Lane::Bulk, rates)).await;
            sleep(span).await;
            drop(permit);
        });
    }
    bulk
}

#[tokio::test(start_paused = true)]
async fn no_bulk_call_passes_the_limiter_while_interactive_ones_wait() {
    let limits = Arc::new(Limits::new());
    let rates = per_second(10, 10);
    let _bulk = crowd(&limits, rates, Duration::ZERO);
    sleep(SECOND).await;
    let started = Instant::now();
    let mut people = JoinSet::new();
    for _ in 0..20 {
        let limits = Arc::clone(&limits);
        people.spawn(async move { drop(limits.permit(&request(1, Lane::Interactive, rates)).await) });
    }
    while people.join_next().await.is_some() {}
    assert!(started.elapsed() <= Duration::from_millis(2_300), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_freed_slot_goes_to_the_interactive_call() {
    let limits = Arc::new(Limits::new());
    let rates = Rates { in_flight: 1, ..Rates::default() };
    let _bulk = crowd(&limits, rates, SECOND);
    sleep(SECOND / 2).await;
    let permit = timeout(SECOND, limits.permit(&request(1, Lane::Interactive, rates))).await;
    assert!(permit.is_ok());
}

/// A platform that counts: 100 in any second, and not one more.
#[tokio::test(start_paused = true)]
async fn a_hundred_shops_use_a_quota_of_a_hundred_almost_whole_and_never_pass_it() {
    let limits = Arc::new(Limits::new());
    let times = Arc::new(Mutex::new(Vec::new()));
    let (started, span) = (Instant::now(), SECOND * 60);
    let mut shops = JoinSet::new();
    for shop in 0..100 {
        let (limits, times) = (Arc::clone(&limits), Arc::clone(&times));
        shops.spawn(async move {
            let rates = Rates { in_flight: 4, ..per_second(100, 100) };
            while started.elapsed() < span {
                let permit = limits.permit(&request(shop, Lane::Bulk, rates)).await;
                times.lock().unwrap().push(Instant::now());
                sleep(Duration::from_millis(30)).await;
                drop(permit);
            }
        });
    }
    while shops.join_next().await.is_some() {}
    let times = times.lock().unwrap();
    let used = times.iter().filter(|time| **time < started + span).count();
    println!("used {used} of 6000, busiest second {}", busiest_second(&times));
    assert!(used >= 5_880, "{used}");
    assert!(busiest_second(&times) <= 100, "a refusal: {}", busiest_second(&times));
}

fn rates(pace: Option<Pace>) -> Option<(f64, f64)> {
    pace.map(|pace| (pace.per_second, pace.quota))
}

#[tokio::test(start_paused = true)]
async fn the_permits_that_are_left_are_those_that_can_be_taken_without_waiting() {
    let limits = Limits::new();
    let left = || limits.snapshot(APP, ShopId(1)).shop.map(|pace| pace.permits);
    assert_eq!(left(), None);
    let asked = request(1, Lane::Interactive, Rates { shop: NonZeroU32::new(100), ..Rates::default() });
    drop(limits.permit(&asked).await);
    assert_eq!(left(), Some(0), "a limiter opens with one call");
    let mut rng = 7_u64;
    for _ in 0..200 {
        rng = rng.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::advance(Duration::from_millis((rng >> 33) % 260)).await;
        let told = left().unwrap();
        let mut taken = 0;
        for _ in 0..(rng >> 40) % 25 {
            let before = Instant::now();
            let done = tokio::time::timeout(Duration::from_nanos(1), limits.permit(&asked)).await;
            if done.is_err() || before.elapsed() > Duration::ZERO {
                assert!((told..=told + 1).contains(&taken), "told {told}, taken {taken}");
                break;
            }
            taken += 1;
            assert!(taken <= told + 1, "told {told}, taken {taken}");
        }
    }
    assert!(left().unwrap() <= 20);
}
