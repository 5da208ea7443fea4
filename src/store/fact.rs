//! What platforms answered to questions that come again.

use rusqlite::params;

use super::Store;
use super::row::{execute, first};
use crate::error::Result;
use crate::model::{ShopId, UtcMillis};

impl Store {
    /// The answer to a question, while it holds.
    pub(crate) async fn fact(&self, shop: ShopId, name: String, now: UtcMillis) -> Result<Option<String>> {
        self.read("fact", move |conn| {
            let sql =
                "SELECT answer FROM platform_facts WHERE shop_id = ?1 AND name = ?2 AND keep_until > ?3";
            first(conn, sql, params![shop, name, now], |row| row.get(0))
        })
        .await
    }

    /// Keeps an answer.
    pub(crate) async fn keep_fact(
        &self,
        shop: ShopId,
        name: String,
        answer: String,
        keep_until: UtcMillis,
    ) -> Result<()> {
        self.write("keep_fact", move |conn| {
            let sql = "INSERT INTO platform_facts (shop_id, name, answer, keep_until) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET answer = excluded.answer, keep_until = excluded.keep_until";
            execute(conn, sql, params![shop, name, answer, keep_until]).map(drop)
        })
        .await
    }

    /// Forgets answers that hold no more.
    pub(crate) async fn prune_facts(&self, now: UtcMillis) -> Result<()> {
        self.write("prune_facts", move |conn| {
            execute(conn, "DELETE FROM platform_facts WHERE keep_until <= ?1", [now]).map(drop)
        })
        .await
    }
}
