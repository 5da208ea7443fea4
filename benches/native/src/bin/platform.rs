//! A 抖店 that costs nearly nothing: records are rendered once at start, a page is a copy of a stretch of them. It checks
//! no signature (the sandbox does) and runs on one thread, so that the programs under test keep a core.
//!
//! `platform PRODUCTS ORDERS` prints `{"port":…}`. `GET /config?latency_ms=20&per_second=100` sets how long an answer
//! takes and how many calls a second are taken (0: all); `GET /stats` tells what was counted since.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt::Write;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// Seconds between the changes of two orders unless told: ten windows of six hours hold some 50,000.
const STEP: u64 = 4;

/// Rendered records, one after the other, and where each begins.
struct Records {
    text: String,
    starts: Vec<usize>,
}

impl Records {
    fn render(count: u64, one: impl Fn(u64, &mut String)) -> Self {
        let (mut text, mut starts) = (String::new(), Vec::new());
        for index in 0..count {
            starts.push(text.len());
            one(index, &mut text);
            text.push(',');
        }
        starts.push(text.len());
        Self { text, starts }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The records from `from`, at most `size` of them before `end`, with commas between.
    fn page(&self, from: usize, size: usize, end: usize) -> &str {
        let end = end.min(self.len());
        let from = from.min(end);
        let to = from.saturating_add(size).min(end);
        self.text[self.starts[from]..self.starts[to]].trim_end_matches(',')
    }
}

#[derive(Default)]
struct Stats {
    calls: Cell<u64>,
    refused: Cell<u64>,
}

struct Platform {
    products: Records,
    orders: Records,
    first_order: u64,
    /// Seconds between the changes of two orders.
    step: u64,
    latency: Cell<Duration>,
    per_second: Cell<f64>,
    /// Calls that may go now, and when that was counted.
    bucket: RefCell<(f64, Instant)>,
    stats: Stats,
}

/// Numbers that look random and are the same in each run.
fn mix(index: u64, salt: u64) -> u64 {
    let mut x = index.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ (x >> 32)
}

fn name(index: u64) -> String {
    let makers = ["云岭", "青禾", "北湾", "拾味", "暖阳", "山野"];
    let goods =
        ["高山绿茶礼盒", "加厚羊毛围巾", "手工牛皮钱包", "不锈钢保温杯", "纯棉四件套", "坚果混合大礼包"];
    let pick = |words: &[&'static str], salt| words[(mix(index, salt) % words.len() as u64) as usize];
    format!("{}{} 第{}款 顺丰包邮 七天无理由", pick(&makers, 1), pick(&goods, 2), mix(index, 3) % 900)
}

fn picture(index: u64, salt: u64) -> String {
    let (a, b) = (mix(index, salt), mix(index, salt + 50));
    format!("https://p3-aio.ecombdimg.com/obj/ecom-shop-material/v1_{a:016x}{b:016x}_www800-800.jpg")
}

fn product_id(index: u64) -> u64 {
    3_500_000_000_000_000_000 + index * 1_000_003
}

fn product(index: u64, out: &mut String) {
    let (id, price, at) =
        (product_id(index), 990 + mix(index, 4) % 40_000, 1_700_000_000 + mix(index, 5) % 20_000_000);
    let pictures: Vec<_> = (0..5).map(|n| format!("\"{}\"", picture(index, 10 + n))).collect();
    let shelf = mix(index, 6) % 2;
    let details: Vec<_> = (0..6).map(|n| picture(index, 20 + n)).collect();
    write!(
        out,
        r#"{{"product_id":{id},"product_id_str":"{id}","name":"{}","status":{shelf},"check_status":3,"draft_status":0,"product_type":0,"img":"{}","pic":[{}],"market_price":{},"discount_price":{price},"outer_product_id":"SPU-{index}","out_product_id":0,"spec_id":{},"freight_id":{},"presell_type":0,"pay_type":1,"mobile":"4008000000","recommend_remark":"现货 \"当天\" 发出，\n节假日顺延","category_detail":{{"first_cid":{},"first_cname":"食品饮料","fourth_cid":0,"fourth_cname":"","second_cid":{},"second_cname":"茶叶","third_cid":{},"third_cname":"绿茶"}},"description":"{}","can_not_combine_reason":"","is_create":1,"is_package_product":false,"cos_ratio":0,"create_time":{at},"update_time":{}}}"#,
        name(index), picture(index, 10), pictures.join(","), price * 2, id + 7, mix(index, 7) % 90_000,
        20_000 + mix(index, 8) % 99, 21_000 + mix(index, 9) % 99, 22_000 + mix(index, 10) % 99, details.join("|"), at + 86_400,
    ).expect("a String takes all text");
}

fn order(index: u64, changed: u64, products: u64, out: &mut String) {
    let id = 6_900_000_000_000_000_000 + index * 1_000;
    let (state, created) = ([1, 2, 3, 5][(mix(index, 30) % 4) as usize], changed - 3600);
    let items: Vec<_> =
        (0..1 + mix(index, 31) % 2).map(|n| item(index, id + 1 + n, state, products)).collect();
    let cipher = |salt| {
        format!(
            "{:016x}{:016x}{:016x}{:016x}",
            mix(index, salt),
            mix(index, salt + 1),
            mix(index, salt + 2),
            mix(index, salt + 3)
        )
    };
    let parcel = match state {
        3 | 5 => format!(
            r#"{{"tracking_no":"SF{}","company":"shunfeng","company_name":"顺丰速运","delivery_id":"{}","ship_time":{}}}"#,
            mix(index, 32) % 9_000_000_000_000,
            mix(index, 33) >> 4,
            created + 1800
        ),
        _ => String::new(),
    };
    let region = r#""province":{"name":"浙江省","id":"33"},"city":{"name":"杭州市","id":"330100"},"town":{"name":"西湖区","id":"330106"},"street":{"name":"北山街道","id":"330106003"}"#;
    write!(
        out,
        r###"{{"order_id":"{id}","shop_id":4463798,"shop_name":"云上旗舰店","order_level":2,"order_type":0,"order_type_desc":"普通订单","biz":2,"biz_desc":"小店","trade_type":0,"trade_type_desc":"普通","order_status":{state},"order_status_desc":"处理中","main_status":{state},"main_status_desc":"处理中","create_time":{created},"update_time":{changed},"pay_time":{},"ship_time":0,"finish_time":0,"order_expire_time":1800,"exp_ship_time":{},"order_amount":{},"pay_amount":{},"post_amount":500,"promotion_amount":1000,"promotion_shop_amount":1000,"promotion_platform_amount":0,"pay_type":1,"buyer_words":"请尽快发货","seller_words":"","seller_remark_stars":0,"doudian_open_id":"1@#{}","open_address_id":"{}","post_tel":"","post_receiver":"","encrypt_post_tel":"$${}$1$$","encrypt_post_receiver":"##{}#1##","mask_post_tel":"1********{:02}","mask_post_receiver":"张*","post_addr":{{{region},"detail":"","encrypt_detail":"##{}#1##"}},"mask_post_addr":{{{region},"detail":"保俶路**号","encrypt_detail":null}},"logistics_info":[{parcel}],"sku_order_list":[{}],"app_id":1128,"cancel_reason":"","is_comment":0}}"###,
        created + 60, created + 172_800, 2500 + mix(index, 34) % 9000, 1500 + mix(index, 35) % 9000, cipher(40), cipher(44), cipher(48), cipher(52), mix(index, 36) % 100, cipher(56), items.join(","),
    ).expect("a String takes all text");
}

fn item(order: u64, id: u64, state: u64, products: u64) -> String {
    let product = mix(id, 60) % products.max(1);
    format!(
        r#"{{"order_id":"{id}","parent_order_id":"{}","product_id":{pid},"product_id_str":"{pid}","product_name":"{}","product_pic":"{}","sku_id":{},"out_sku_id":"SKU-{product}","code":"c{}","item_num":{},"origin_amount":{},"sum_amount":{},"pay_amount":{},"order_status":{state},"order_status_desc":"处理中","author_id":0,"room_id":0,"video_id":"","after_sale_info":{{"after_sale_status":0,"after_sale_type":0,"refund_status":0}}}}"#,
        6_900_000_000_000_000_000 + order * 1_000,
        name(product),
        picture(product, 10),
        1_700_000_000_000_000_000 + mix(id, 61) % 1_000_000_000,
        mix(id, 62) % 90,
        1 + mix(id, 63) % 3,
        mix(id, 64) % 9000,
        mix(id, 65) % 9000,
        mix(id, 66) % 9000,
        pid = product_id(product),
    )
}

impl Platform {
    /// A token bucket that holds one second's calls.
    fn admits(&self) -> bool {
        let rate = self.per_second.get();
        if rate == 0.0 {
            return true;
        }
        let mut bucket = self.bucket.borrow_mut();
        let now = Instant::now();
        let left = (bucket.0 + now.duration_since(bucket.1).as_secs_f64() * rate).min(rate);
        *bucket = (if left >= 1.0 { left - 1.0 } else { left }, now);
        left >= 1.0
    }

    fn answer(&self, path: &str, query: &str, params: &Value) -> String {
        let int = |name: &str| params[name].as_u64().unwrap_or(0) as usize;
        match path {
            "/stats" => {
                return format!(
                    r#"{{"calls":{},"refused":{}}}"#,
                    self.stats.calls.get(),
                    self.stats.refused.get()
                );
            }
            "/config" => return self.configure(query),
            _ => {}
        }
        if path != "/token/create" && !self.admits() {
            self.stats.refused.set(self.stats.refused.get() + 1);
            return r#"{"code":60000,"msg":"too fast","sub_code":"isv.traffic-limited:1"}"#.to_owned();
        }
        self.stats.calls.set(self.stats.calls.get() + 1);
        match path {
            "/token/create" => format!(
                r#"{{"code":10000,"data":{{"access_token":"access","refresh_token":"refresh","expires_in":604800,"shop_id":{},"shop_name":"云上旗舰店"}}}}"#,
                params["shop_id"]
            ),
            "/product/listV2" if params["use_cursor"] == true => {
                let from = params["cursor_id"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
                let (size, total) = (int("size"), self.products.len());
                let next = if from + size < total { (from + size).to_string() } else { String::new() };
                format!(
                    r#"{{"code":10000,"msg":"success","sub_code":"","sub_msg":"","log_id":"20260101000000","data":{{"total":{total},"size":{size},"cursor_id":"{next}","data":[{}]}}}}"#,
                    self.products.page(from, size, total)
                )
            }
            "/product/listV2" => r#"{"code":10000,"data":{"total":0,"size":100,"data":[]}}"#.to_owned(),
            "/order/searchList" => {
                let at = |time: u64| time.saturating_sub(self.first_order).div_ceil(self.step) as usize;
                let (from, to) = (
                    at(int("update_time_start") as u64),
                    at(int("update_time_end") as u64 + 1).min(self.orders.len()),
                );
                let (page, size) = (int("page"), int("size"));
                format!(
                    r#"{{"code":10000,"msg":"success","sub_code":"","sub_msg":"","log_id":"20260101000000","data":{{"total":{},"page":{page},"size":{size},"shop_order_list":[{}]}}}}"#,
                    to.saturating_sub(from),
                    self.orders.page(from + page * size, size, to)
                )
            }
            "/sku/list" => {
                let id = params["product_id"].as_u64().unwrap_or(0);
                let sku = |n: u64, name: &str| {
                    format!(
                        r#"{{"id":{},"product_id":{id},"outer_sku_id":"SKU-{id}-{n}","code":"c{n}","price":{},"stock_num":{},"sku_type":0,"spec_detail_name1":"{name}","spec_detail_name2":"M","spec_detail_name3":"","sell_properties":[{{"value_spec_detail_id":1736502463777801,"value_name":"{name}"}}],"prom_stock_num":0,"step_stock_num":0}}"#,
                        id + n,
                        990 + mix(id, n) % 9000,
                        mix(id, n + 9) % 900
                    )
                };
                format!(r#"{{"code":10000,"msg":"success","data":[{},{}]}}"#, sku(1, "黑"), sku(2, "白"))
            }
            _ => r#"{"code":70000,"msg":"no such method"}"#.to_owned(),
        }
    }

    fn configure(&self, query: &str) -> String {
        let value = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<f64>().ok())
                .unwrap_or(0.0)
        };
        self.latency.set(Duration::from_secs_f64(value("latency_ms") / 1e3));
        self.per_second.set(value("per_second"));
        *self.bucket.borrow_mut() = (value("per_second"), Instant::now());
        self.stats.calls.set(0);
        self.stats.refused.set(0);
        "{}".to_owned()
    }

    async fn serve(self: Rc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let params = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let answer = self.answer(head.uri.path(), head.uri.query().unwrap_or(""), &params);
        if head.method == "POST" && !self.latency.get().is_zero() {
            tokio::time::sleep(self.latency.get()).await;
        }
        let mut response = Response::new(Full::new(Bytes::from(answer)));
        response
            .headers_mut()
            .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let counts: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (products, orders) =
        (counts.first().copied().unwrap_or(50_000), counts.get(1).copied().unwrap_or(50_000));
    let step = counts.get(2).copied().unwrap_or(STEP);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let first_order = now - 600 - orders * step;
    let platform = Rc::new(Platform {
        products: Records::render(products, product),
        orders: Records::render(orders, |index, out| order(index, first_order + index * step, products, out)),
        first_order,
        step,
        latency: Cell::default(),
        per_second: Cell::default(),
        bucket: RefCell::new((0.0, Instant::now())),
        stats: Stats::default(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!(
        r#"{{"port":{},"firstOrder":{first_order},"productBytes":{},"orderBytes":{}}}"#,
        listener.local_addr()?.port(),
        platform.products.text.len() as u64 / products.max(1),
        platform.orders.text.len() as u64 / orders.max(1)
    );
    tokio::task::LocalSet::new()
        .run_until(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let _ = stream.set_nodelay(true);
                let platform = Rc::clone(&platform);
                let service = service_fn(move |request| Rc::clone(&platform).serve(request));
                tokio::task::spawn_local(
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        })
        .await
}
