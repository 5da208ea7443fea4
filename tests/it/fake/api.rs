//! The fake's methods.

use serde_json::{Value, json};

use super::http::{Answer, Asked};
use super::world::{APP_KEY, APP_SECRET, World};

type Answered = Result<Value, &'static str>;

pub(super) fn call(world: &mut World, asked: &Asked) -> Answer {
    let method = asked.path.trim_start_matches('/');
    *world.calls.entry(method.to_owned()).or_default() += 1;
    assert_eq!(asked.verb, "POST", "{method}");
    let signed = format!("{}.{}", asked.query("timestamp").unwrap(), APP_SECRET.len());
    assert_eq!((asked.query("app_key"), asked.query("sign")), (Some(APP_KEY), Some(signed.as_str())));
    match world.strike(method).as_deref() {
        Some("html_200") => {
            let headers = vec![("content-type", "text/html".to_owned())];
            return Answer { status: 200, headers, body: b"<html>log in</html>".to_vec() };
        }
        Some("lost_reset") => {
            let done = answer(world, method, asked);
            assert!(done.is_ok(), "{done:?}");
            return Answer { status: 500, headers: Vec::new(), body: b"<html>lost</html>".to_vec() };
        }
        Some(fault) => return said(Err(code_of(fault))),
        None => {}
    }
    said(answer(world, method, asked))
}

/// The fake's word for a fault of the sandbox's table.
fn code_of(fault: &str) -> &'static str {
    match fault {
        "limited" => "limited",
        "service_error" => "transient",
        "business_error" => "rejected",
        "unknown_code" => "who_knows",
        "no_permission" => "config",
        other => panic!("the fake has no {other}"),
    }
}

fn said(outcome: Answered) -> Answer {
    Answer::json(&match outcome {
        Ok(data) => json!({"ok": true, "requestId": "r1", "data": data}),
        Err(code) => json!({"ok": false, "code": code, "message": "the fake says no", "requestId": "r2"}),
    })
}

fn answer(world: &mut World, method: &str, asked: &Asked) -> Answered {
    let params: Value = serde_json::from_slice(&asked.body).map_err(|_| "invalid")?;
    let text = |name: &str| params[name].as_str().ok_or("invalid");
    match method {
        "token.create" => return world.redeem(text("code")?).ok_or("rejected"),
        "token.refresh" => return world.refresh(text("refreshToken")?).ok_or("reauthorize"),
        _ => {}
    }
    if !world.lets_in(asked.query("access_token")) {
        return Err("token_expired");
    }
    match method {
        "shop.info" => Ok(json!({"name": super::world::SHOP_NAME})),
        "order.list" => Ok(page(world.orders.values(), &params)),
        "product.list" => Ok(page(world.products.values(), &params)),
        "sku.list" => {
            let skus = world.skus.get(text("productId")?).ok_or("not_found")?;
            Ok(json!({"total": skus.len(), "items": skus}))
        }
        "stock.set" => set_stock(world, &params),
        _ => Err("unsupported"),
    }
}

/// Ascending by time of change, both ends of the window in it.
fn page<'a>(records: impl Iterator<Item = &'a Value>, params: &Value) -> Value {
    let bound = |name: &str, default| params[name].as_i64().unwrap_or(default);
    let window = bound("from", i64::MIN)..=bound("to", i64::MAX);
    let changed = |record: &Value| record["updated"].as_i64().unwrap();
    let mut found: Vec<&Value> = records.filter(|record| window.contains(&changed(record))).collect();
    found.sort_by_key(|record| changed(record));
    let (page, size) = (params["page"].as_u64().unwrap() as usize, params["size"].as_u64().unwrap() as usize);
    let items: Vec<_> = found.iter().skip(page * size).take(size).collect();
    json!({"total": found.len(), "items": items})
}

fn set_stock(world: &mut World, params: &Value) -> Answered {
    let text = |name: &str| params[name].as_str().ok_or("invalid");
    let (product, sku) = (text("productId")?, text("skuId")?);
    let skus = world.skus.get_mut(product).ok_or("not_found")?;
    let sku = skus.iter_mut().find(|one| one["id"] == sku).ok_or("not_found")?;
    let stock = match (params["stock"].as_i64(), params["delta"].as_i64()) {
        (Some(stock), None) => stock,
        // The same key counts once.
        (None, Some(_)) if !world.keys.insert(text("key")?.to_owned()) => return Ok(json!({})),
        (None, Some(delta)) => sku["stock"].as_i64().unwrap() + delta,
        _ => return Err("invalid"),
    };
    sku["stock"] = json!(stock);
    world.products.get_mut(product).unwrap()["updated"] = json!(world.now);
    world.writes.push(params.clone());
    Ok(json!({}))
}
