//! The fifth platform, played in this process: its API, its consent page, and the sandbox's way to steer it, as far as
//! the suite steers a platform.

mod api;
mod http;
mod world;

use std::sync::{Arc, Mutex};

use dianqiao::clock::Clock;
use serde_json::{Value, json};

pub(crate) use self::http::Server;
use self::http::{Answer, Asked};
use self::world::World;
use crate::support::REDIRECT_URI;

/// Starts it with so many records, and answers what a sandbox prints.
pub(crate) async fn start(orders: usize, products: usize) -> (Value, Server) {
    let now = Clock::system().now().0;
    let world = Arc::new(Mutex::new(World::new(orders, products, now)));
    let server = Server::start(move |asked| handle(&mut world.lock().unwrap(), &asked)).await;
    let url = server.url();
    let info = json!({
        "url": url,
        "control": format!("{url}/__control"),
        "fake": {"api": url, "authorize": format!("{url}/authorize"), "appKey": world::APP_KEY,
            "appSecret": world::APP_SECRET, "redirectUri": REDIRECT_URI,
            "shops": [{"shopId": world::SHOP, "shopName": world::SHOP_NAME}]},
    });
    (info, server)
}

fn handle(world: &mut World, asked: &Asked) -> Answer {
    world.now = Clock::system().now().0;
    match asked.path.strip_prefix("/__control/") {
        Some(control) => Answer::json(&steer(world, control, asked)),
        None if asked.path == "/authorize" => authorize(world, asked),
        None => api::call(world, asked),
    }
}

fn steer(world: &mut World, control: &str, asked: &Asked) -> Value {
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or(Value::Null);
    match (asked.verb.as_str(), control) {
        ("GET", "stats") => json!({"methods": world.calls}),
        ("POST", "faults") => {
            let text = |name: &str| body[name].as_str().unwrap().to_owned();
            world.faults.push((text("fault"), text("method"), body["times"].as_u64().unwrap()));
            json!({})
        }
        ("DELETE", "faults") => {
            world.faults.clear();
            json!({})
        }
        ("POST", "tokens") => {
            world.expire();
            json!({})
        }
        ("POST", "change") => {
            let amount = |name: &str| body[name].as_u64().unwrap_or(0) as usize;
            world.change(amount("orders"), amount("newOrders"), amount("products"));
            json!({})
        }
        ("GET", "truth") => {
            json!({"items": world.truth(asked.query("kind").unwrap_or_default()), "next": null})
        }
        ("GET", "writes") => json!({"items": world.writes}),
        other => panic!("the fake has no {other:?}"),
    }
}

/// The page, and the decision on it: back to the app with a code.
fn authorize(world: &mut World, asked: &Asked) -> Answer {
    if asked.verb == "GET" {
        return Answer { status: 200, headers: Vec::new(), body: b"<form>".to_vec() };
    }
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&asked.body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let (shop, redirect) = (field("shop_id").unwrap(), field("redirect_uri").unwrap());
    assert_eq!((shop, redirect, field("app_key")), (world::SHOP, REDIRECT_URI, Some(world::APP_KEY)));
    let mut url = url::Url::parse(redirect).unwrap();
    url.query_pairs_mut()
        .append_pair("code", &world.issue_code())
        .append_pair("state", field("state").unwrap());
    Answer { status: 302, headers: vec![("location", url.into())], body: Vec::new() }
}
