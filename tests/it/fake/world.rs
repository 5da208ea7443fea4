//! What the fake platform has: one shop, its orders and products, and its grant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub(super) const APP_KEY: &str = "fake-app";
pub(super) const APP_SECRET: &str = "fake-secret-4c11";
pub(super) const SHOP: &str = "900719925474099312";
pub(super) const SHOP_NAME: &str = "假店";
const HOUR_MS: i64 = 3_600_000;

pub(super) struct World {
    pub(super) now: i64,
    pub(super) orders: BTreeMap<String, Value>,
    pub(super) products: BTreeMap<String, Value>,
    /// By product.
    pub(super) skus: BTreeMap<String, Vec<Value>>,
    pub(super) calls: BTreeMap<String, u64>,
    /// Name, method and how often it still strikes.
    pub(super) faults: Vec<(String, String, u64)>,
    pub(super) writes: Vec<Value>,
    pub(super) keys: BTreeSet<String>,
    code: Option<String>,
    /// How many pairs of tokens were issued; the newest one works.
    pairs: u32,
    is_expired: bool,
}

impl World {
    pub(super) fn new(orders: usize, products: usize, now: i64) -> Self {
        let mut world = Self {
            now: now - HOUR_MS,
            orders: BTreeMap::new(),
            products: BTreeMap::new(),
            skus: BTreeMap::new(),
            calls: BTreeMap::new(),
            faults: Vec::new(),
            writes: Vec::new(),
            keys: BTreeSet::new(),
            code: None,
            pairs: 0,
            is_expired: false,
        };
        for number in 0..products {
            world.add_product(number);
        }
        for _ in 0..orders {
            world.now += 1_000;
            world.add_order();
        }
        world
    }

    fn add_product(&mut self, number: usize) {
        let id = format!("77{number:04}");
        let product = json!({"id": id, "name": format!("茶 {number}"), "status": "on", "updated": self.now});
        let skus = (0..1 + number % 3)
            .map(|sku| json!({"id": format!("{id}{sku}"), "price": 100 + sku, "stock": 10 + number}));
        self.skus.insert(id.clone(), skus.collect());
        self.products.insert(id, product);
    }

    fn add_order(&mut self) {
        let number = self.orders.len();
        let id = format!("9007199254{number:06}");
        let lines =
            json!([{"id": format!("{id}1"), "product": "770000", "sku": "7700000", "count": 1 + number % 4}]);
        let order = json!({"id": id, "status": "paid", "created": self.now, "updated": self.now,
            "pay": 1_000 + number, "lines": lines});
        self.orders.insert(id, order);
    }

    pub(super) fn change(&mut self, orders: usize, new: usize, products: usize) {
        let now = self.now;
        for order in self.orders.values_mut().take(orders) {
            order["status"] = json!("sent");
            order["updated"] = json!(now);
        }
        for product in self.products.values_mut().take(products) {
            product["name"] = json!(format!("{}!", product["name"].as_str().unwrap()));
            product["updated"] = json!(now);
        }
        for _ in 0..new {
            self.add_order();
        }
    }

    pub(super) fn truth(&self, kind: &str) -> Vec<Value> {
        match kind {
            "orders" => self.orders.values().cloned().collect(),
            "products" => self.products.values().cloned().collect(),
            "skus" => {
                let of = |(product, skus): (&String, &Vec<Value>)| {
                    let with = |sku: &Value| {
                        let mut sku = sku.clone();
                        sku["product"] = json!(product);
                        sku
                    };
                    skus.iter().map(with).collect::<Vec<_>>()
                };
                self.skus.iter().flat_map(of).collect()
            }
            other => panic!("the fake has no {other}"),
        }
    }

    pub(super) fn issue_code(&mut self) -> String {
        let code = format!("code-{}", self.now);
        self.code = Some(code.clone());
        code
    }

    /// The next pair for a code that was issued, once.
    pub(super) fn redeem(&mut self, code: &str) -> Option<Value> {
        self.code.take_if(|issued| issued == code)?;
        Some(self.next_pair())
    }

    /// The next pair for the refresh token of the newest.
    pub(super) fn refresh(&mut self, token: &str) -> Option<Value> {
        (token == format!("refresh-{}", self.pairs)).then(|| self.next_pair())
    }

    fn next_pair(&mut self) -> Value {
        self.pairs += 1;
        self.is_expired = false;
        json!({"access_token": format!("access-{}", self.pairs), "refresh_token": format!("refresh-{}", self.pairs),
            "expires_in": 86_400, "refresh_expires_in": 864_000, "shop_id": SHOP, "shop_name": SHOP_NAME})
    }

    pub(super) fn expire(&mut self) {
        self.is_expired = true;
    }

    pub(super) fn lets_in(&self, token: Option<&str>) -> bool {
        !self.is_expired && token == Some(format!("access-{}", self.pairs).as_str())
    }

    /// The fault that strikes this call.
    pub(super) fn strike(&mut self, method: &str) -> Option<String> {
        let struck = |(_, of, left): &&mut (String, String, u64)| of == method && *left > 0;
        let (name, _, left) = self.faults.iter_mut().find(struck)?;
        *left -= 1;
        Some(name.clone())
    }
}
