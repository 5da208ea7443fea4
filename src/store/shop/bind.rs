//! Which store a content account belongs to.

use rusqlite::{Connection, params};

use super::get_shop;
use crate::error::{Error, Result};
use crate::model::{Shop, ShopId, ShopKind, UtcMillis};
use crate::store::Store;
use crate::store::row::execute;

impl Store {
    /// Binds a content account to a store, or to none.
    pub(crate) async fn bind_shop(
        &self,
        content: ShopId,
        to: Option<ShopId>,
        now: UtcMillis,
    ) -> Result<Shop> {
        self.write("bind_shop", move |conn| bind_shop(conn, content, to, now)).await
    }
}

pub(super) fn bind_shop(
    conn: &Connection,
    content: ShopId,
    to: Option<ShopId>,
    now: UtcMillis,
) -> Result<Shop> {
    check_kind(conn, content, ShopKind::ContentAccount)?;
    if let Some(store) = to {
        check_kind(conn, store, ShopKind::Store)?;
    }
    let sql =
        "UPDATE shops SET bound_shop_id = ?2, updated_at = ?3 WHERE id = ?1 AND bound_shop_id IS NOT ?2";
    execute(conn, sql, params![content, to, now])?;
    get_shop(conn, content)
}

fn check_kind(conn: &Connection, id: ShopId, wanted: ShopKind) -> Result<()> {
    let kind = get_shop(conn, id)?.kind;
    if kind == wanted {
        return Ok(());
    }
    let message = format!(
        "shop {id} is a {kind} and must be a {wanted}: a content account is bound to a store, see `kind` in shops.list"
    );
    Err(Error::invalid(message).with_shop(id))
}
