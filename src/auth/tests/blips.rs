//! A day of bad weather in simulated time: the token endpoint and the API fail for seconds and for hours,
//! in every way in which servers fail without meaning it. No shop may lose its authorisation for that.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::Bench;
use super::platform::{Platform, Rotation};
use crate::auth::ShopContext;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::http::mock::good;
use crate::http::{HttpAnswer, HttpFailure, HttpFailureKind, Played, Sent};
use crate::limit::{Lane, Share};
use crate::model::{GrantState, PlatformId, ShopStatus, UtcMillis};
use crate::pipeline::{CallStyle, Caller, RetryPolicy};
use crate::platform::adapter;
use crate::tests::number;

const BEGIN: UtcMillis = UtcMillis(1_790_000_000_000);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const MINUTE: Duration = Duration::from_secs(60);
/// Renewed about 16 times a day, so that many renewals meet bad weather.
const LIFE: Duration = Duration::from_secs(2 * 3600);
const SHOPS: usize = 24;
/// Of a thousand answers in fair weather.
const BLIPS: u64 = 20;

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end.max(1)
    }

    fn between(&mut self, from: Duration, to: Duration) -> Duration {
        from + Duration::from_millis(self.below((to - from).as_millis() as u64))
    }
}

/// When everything of one endpoint fails.
type Outages = Vec<(Duration, Duration)>;

/// Outages of a minute to three hours, with fair weather between.
fn outages(rng: &mut Rng) -> Outages {
    let (mut at, mut all) = (rng.between(Duration::ZERO, HOUR), Vec::new());
    while at < DAY {
        let longest = if rng.below(3) == 0 { 3 * HOUR } else { HOUR / 6 };
        let end = (at + rng.between(MINUTE, longest)).min(DAY);
        all.push((at, end));
        at = end + rng.between(MINUTE, 2 * HOUR);
    }
    all
}

/// The weather between us and the platform.
struct Sky {
    platform: Platform,
    rotation: Rotation,
    started: Instant,
    token_outages: Outages,
    api_outages: Outages,
    rng: Mutex<Rng>,
    /// Token calls that were sent, by shop.
    token_calls: Mutex<HashMap<String, u64>>,
    /// When an answer for a shop last failed.
    spoiled: Mutex<HashMap<String, Instant>>,
}

impl Sky {
    fn is_out(&self, is_token: bool) -> bool {
        let outages = if is_token { &self.token_outages } else { &self.api_outages };
        let now = self.started.elapsed();
        outages.iter().any(|(from, to)| *from <= now && now < *to)
    }

    /// How this answer fails, if it does, and whether the platform acts all the same.
    fn fault(&self, is_token: bool) -> Option<(u64, bool)> {
        let mut rng = self.rng.lock().unwrap();
        let is_bad = self.is_out(is_token) || (self.started.elapsed() < DAY && rng.below(1000) < BLIPS);
        // A strict platform that acts and whose answer is lost has ended the authorisation itself.
        let acts = rng.below(2) == 0 && !(is_token && self.rotation == Rotation::Strict);
        is_bad.then(|| (rng.below(14), acts))
    }

    fn spoil(&self, shop: &str) {
        self.spoiled.lock().unwrap().insert(shop.to_owned(), Instant::now());
    }
}

fn answer(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer { status, ..good(body.to_owned()) }
}

fn lost(kind: HttpFailureKind, sent: Sent) -> Result<HttpAnswer, HttpFailure> {
    Err(HttpFailure { kind, sent })
}

const PAGE: &str = "<html><body>Bad gateway, come back later: invalid_grant</body></html>";

/// What a client sees of fault `n`; `real` is what the platform answered, where it acted.
async fn failed(n: u64, real: Option<&str>) -> Result<HttpAnswer, HttpFailure> {
    let later = |text: &str| HttpAnswer { retry_after: Some(text.to_owned()), ..answer(503, PAGE) };
    let code = |code: u64, sub: &str| {
        good(format!(r#"{{"code":{code},"msg":"no","sub_code":"{sub}","log_id":"l2"}}"#))
    };
    Ok(match n {
        0 => answer(500, ""),
        1 => answer(502, PAGE),
        2 => later("2"),
        3 => later("Fri, 31 Dec 2100 23:59:59 GMT"),
        4 => answer(429, "slow down"),
        5 => good(PAGE.to_owned()),
        6 => answer(403, PAGE),
        7 => answer(401, PAGE),
        8 => code(20000, "dop.service-error"),
        9 => code(60000, "isv.traffic-limited"),
        10 => good(real.map_or_else(String::new, |text| text[..text.len() / 2].to_owned())),
        11 => {
            sleep(Duration::from_secs(30)).await;
            return lost(HttpFailureKind::Timeout, Sent::Maybe);
        }
        12 => return lost(HttpFailureKind::Connect, if real.is_some() { Sent::Maybe } else { Sent::No }),
        _ => return lost(HttpFailureKind::Broken, Sent::Maybe),
    })
}

impl Played for Sky {
    fn answer<'a>(
        &'a self,
        url: &'a str,
        body: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<HttpAnswer, HttpFailure>> + Send + 'a>> {
        Box::pin(async move {
            let is_token = url.contains("/token/");
            let shop = shop_of(url, &body);
            if is_token {
                *self.token_calls.lock().unwrap().entry(shop.clone()).or_default() += 1;
            }
            let there = self.rng.lock().unwrap().below(200);
            sleep(Duration::from_millis(there)).await;
            let Some((n, acts)) = self.fault(is_token) else {
                return Ok(good(self.platform.answer(url, &body)));
            };
            let real = acts.then(|| self.platform.answer(url, &body));
            self.spoil(&shop);
            let result = failed(n, real.as_deref()).await;
            // A timeout is seen when it ends.
            self.spoil(&shop);
            result
        })
    }
}

/// The shop in a token of ours: `a-SHOP-GENERATION`.
fn shop_of(url: &str, body: &[u8]) -> String {
    let text = format!("{url}\n{}", String::from_utf8_lossy(body));
    let at = ["access_token=a-", "r-"].iter().find_map(|mark| Some(text.find(mark)? + mark.len())).unwrap();
    text[at..].split('-').next().unwrap().to_owned()
}

/// One shop calls every `pause` or sooner for a day, and every few seconds in the minutes after it.
async fn live(
    sky: Arc<Sky>,
    caller: Caller,
    context: ShopContext,
    pause: Duration,
    seed: u64,
) -> Result<(usize, usize), String> {
    let mut rng = Rng(seed);
    let call = adapter(PlatformId::Doudian).raw("shop.brandList", "{}").unwrap();
    let (mut went_well, mut failed) = (0, 0);
    while sky.started.elapsed() < DAY + 2 * MINUTE {
        let style = CallStyle {
            lane: Lane::Interactive,
            share: Share::Leader,
            policy: RetryPolicy::INTERACTIVE,
            counter: None,
        };
        let begun = Instant::now();
        match caller.call(&context, &call, style).await {
            Ok(_) => went_well += 1,
            Err(error) => {
                failed += 1;
                check(&sky, &context, begun, &error)?;
            }
        }
        let is_over = sky.started.elapsed() >= DAY;
        sleep(if is_over { MINUTE / 12 } else { rng.between(Duration::ZERO, pause) }).await;
    }
    Ok((went_well, failed))
}

/// A failure is allowed for a minute after an answer failed, and never costs the authorisation.
fn check(sky: &Sky, context: &ShopContext, begun: Instant, error: &Error) -> Result<(), String> {
    let shop = &context.shop.platform_shop_id;
    let spoiled = sky.spoiled.lock().unwrap().get(shop).copied();
    let about = format!("shop {shop} after {:?}: {error}", sky.started.elapsed());
    if error.kind() == ErrorKind::Reauthorize {
        return Err(about);
    }
    let since = spoiled.map(|at| begun.saturating_duration_since(at));
    match since.is_some_and(|since| since <= MINUTE) {
        true => Ok(()),
        false => Err(format!("{about}, and the last fault was {since:?} before")),
    }
}

/// Token calls that a day of these outages may cost a shop that calls all the time: a renewal pauses for
/// 10, 20, 40 and 45 seconds while the token is over, and longer while it is not. It asks three times at
/// most, and rarely: the budget for that is shared by all shops.
fn most_token_calls(sky: &Sky) -> u64 {
    let out: u64 = sky.token_outages.iter().map(|(from, to)| (*to - *from).as_secs()).sum();
    out / 45 + 4 * sky.token_outages.len() as u64 + 2 * renewals()
}

/// A token is renewed 50 minutes before its end at the earliest.
fn renewals() -> u64 {
    DAY.as_secs().div_ceil(LIFE.as_secs() - 50 * 60)
}

async fn a_day(rotation: Rotation, seed: u64) {
    let (started, mut rng) = (Instant::now(), Rng(seed));
    let clock = Clock::of(move || BEGIN.plus(started.elapsed()));
    let platform = Platform::new(rotation, clock.clone(), LIFE);
    let sky = Arc::new(Sky {
        platform: platform.clone(),
        rotation,
        started,
        token_outages: outages(&mut rng),
        api_outages: outages(&mut rng),
        rng: Mutex::new(Rng(!seed)),
        token_calls: Mutex::default(),
        spoiled: Mutex::default(),
    });
    let played: Arc<dyn Played> = Arc::<Sky>::clone(&sky);
    let bench = Bench::open(&platform, &clock, SHOPS as u64, played).await;
    // Only now: the shops were authorised through a socket, which simulated time does not wait for.
    tokio::time::pause();
    let caller = Caller::new(Arc::clone(&bench.sender), bench.grants.clone());
    let mut shops = tokio::task::JoinSet::new();
    for (n, shop) in (0..).zip(&bench.shops) {
        let context = bench.context(*shop).await;
        // The first one never rests: what bounds its token calls are the pauses.
        let pause = if n == 0 { MINUTE / 6 } else { 4 * MINUTE };
        shops.spawn(live(Arc::clone(&sky), caller.clone(), context, pause, seed ^ n << 32));
    }
    // Tokens also end before their time, once in fair weather and once in an outage.
    for at in [DAY / 3, sky.token_outages[sky.token_outages.len() / 2].0 + MINUTE / 2] {
        let platform = platform.clone();
        tokio::spawn(async move {
            sleep_until(started + at).await;
            platform.expire();
        });
    }
    let (mut went_well, mut failed) = (0, 0);
    while let Some(ended) = shops.join_next().await {
        let (well, bad) = ended.unwrap().unwrap_or_else(|news| panic!("seed {seed}, {rotation:?}: {news}"));
        went_well += well;
        failed += bad;
    }
    for shop in &bench.shops {
        assert_eq!(bench.store.get_shop(*shop).await.unwrap().status, ShopStatus::Active);
        assert_eq!(bench.store.grant(*shop).await.unwrap().unwrap().state, GrantState::Valid);
    }
    let (seen, most) = (platform.seen(), most_token_calls(&sky));
    let asked = sky.token_calls.lock().unwrap().clone();
    let (sum, worst): (u64, u64) = (asked.values().sum(), asked.values().copied().max().unwrap_or(0));
    let about = format!(
        "seed {seed}, {rotation:?}: {went_well} calls went well, {failed} failed; {sum} token calls, \
         of one shop {worst} and {most} at most; {seen:?}"
    );
    println!("{about}");
    assert!(went_well > SHOPS * 100 && failed > SHOPS * 10, "{about}");
    assert!(sum > 2 * u64::from(seen.rotations), "too little bad weather: {about}");
    assert!(u64::from(seen.rotations) <= SHOPS as u64 * (renewals() + 2), "{about}");
    assert!(worst <= most, "{about}");
    if rotation == Rotation::Strict {
        assert_eq!(seen.retired, 0, "{about}");
    }
}

#[test]
fn a_day_of_blips_and_outages_ends_no_authorisation() {
    let (first, rounds) = (number("DIANQIAO_SEED", 1), number("DIANQIAO_ROUNDS", 1));
    for seed in first..first + rounds {
        for rotation in [Rotation::Strict, Rotation::Graceful] {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(a_day(rotation, seed));
        }
    }
}
