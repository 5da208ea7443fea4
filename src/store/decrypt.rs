//! Buyer data that is to be opened: what is kept of it sealed, and how much of a day's budget is used.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::audit::{NewAudit, insert_audit};
use super::row::{Columns, execute, first};
use crate::error::Result;
use crate::model::{BuyerField, ShopId};

/// An order's buyer data as it is kept.
#[derive(Debug)]
pub(crate) struct KeptReceiver {
    pub(crate) name: BuyerField,
    pub(crate) phone: BuyerField,
    pub(crate) detail: BuyerField,
    /// Plain text that the platform still sent, sealed.
    pub(crate) sealed: Option<Vec<u8>>,
}

/// What is about to be opened.
pub(crate) struct DecryptClaim {
    pub(crate) shop: ShopId,
    /// Beijing's day, counted from 1970-01-01.
    pub(crate) day: i64,
    /// Orders that the platform is asked for; none when all is opened here.
    pub(crate) orders: u32,
    pub(crate) per_day: u32,
    /// Who opens what: written with the count, so that nothing is opened without it.
    pub(crate) audit: NewAudit,
}

impl Store {
    /// Takes orders out of a shop's budget of the day. True, with how many are used then, when they fitted; else
    /// nothing is changed.
    pub(crate) async fn claim_decrypts(&self, claim: DecryptClaim) -> Result<(bool, u32)> {
        self.write("claim_decrypts", move |conn| claim_decrypts(conn, &claim)).await
    }

    /// An order's buyer data as it is kept, by the platform's id; nothing when the order is not known.
    pub(crate) async fn kept_receiver(
        &self,
        shop: ShopId,
        platform_order_id: String,
    ) -> Result<Option<KeptReceiver>> {
        self.read("kept_receiver", move |conn| kept_receiver(conn, shop, &platform_order_id)).await
    }
}

pub(super) fn claim_decrypts(conn: &Connection, claim: &DecryptClaim) -> Result<(bool, u32)> {
    let used = used(conn, claim)?;
    let Some(after) = used.checked_add(claim.orders).filter(|after| *after <= claim.per_day.max(used)) else {
        return Ok((false, used));
    };
    if claim.orders > 0 {
        let sql = "INSERT INTO decrypt_days (shop_id, day, orders) VALUES (?1, ?2, ?3)
            ON CONFLICT (shop_id, day) DO UPDATE SET orders = orders + excluded.orders";
        execute(conn, sql, params![claim.shop, claim.day, claim.orders])?;
    }
    insert_audit(conn, &claim.audit)?;
    Ok((true, after))
}

fn used(conn: &Connection, claim: &DecryptClaim) -> Result<u32> {
    let sql = "SELECT orders FROM decrypt_days WHERE shop_id = ?1 AND day = ?2";
    Ok(first(conn, sql, params![claim.shop, claim.day], |row| row.get(0))?.unwrap_or(0))
}

fn kept_receiver(conn: &Connection, shop: ShopId, platform_order_id: &str) -> Result<Option<KeptReceiver>> {
    let sql =
        "SELECT receiver_name, receiver_name_cipher, receiver_phone, receiver_phone_cipher, receiver_detail,
            receiver_detail_cipher, receiver_sealed
        FROM orders WHERE shop_id = ?1 AND platform_order_id = ?2";
    first(conn, sql, params![shop, platform_order_id], read_receiver)
}

fn read_receiver(row: &Row<'_>) -> rusqlite::Result<KeptReceiver> {
    let mut columns = Columns::of(row);
    Ok(KeptReceiver {
        name: BuyerField { masked: columns.take()?, cipher: columns.take()? },
        phone: BuyerField { masked: columns.take()?, cipher: columns.take()? },
        detail: BuyerField { masked: columns.take()?, cipher: columns.take()? },
        sealed: columns.take()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixture::{at, database, shop};

    fn claim(shop: ShopId, day: i64, orders: u32) -> DecryptClaim {
        let audit = NewAudit {
            at: at(1),
            actor: "u1".to_owned(),
            action: "orders.decrypt".to_owned(),
            shop: Some(shop),
            target: Some(format!("{orders} orders")),
            outcome: "started".to_owned(),
        };
        DecryptClaim { shop, day, orders, per_day: 10, audit }
    }

    fn lines(conn: &Connection) -> i64 {
        conn.query_row("SELECT count(*) FROM audit", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_day_gives_what_it_has_and_the_next_begins_anew() {
        let conn = database();
        let shop = shop(&conn);
        assert_eq!(claim_decrypts(&conn, &claim(shop, 7, 6)).unwrap(), (true, 6));
        assert_eq!(claim_decrypts(&conn, &claim(shop, 7, 5)).unwrap(), (false, 6));
        assert_eq!(lines(&conn), 1, "what was refused is not opened");
        assert_eq!(claim_decrypts(&conn, &claim(shop, 7, 4)).unwrap(), (true, 10));
        assert_eq!(claim_decrypts(&conn, &claim(shop, 7, 1)).unwrap(), (false, 10));
        assert_eq!(claim_decrypts(&conn, &claim(shop, 8, 10)).unwrap(), (true, 10));
        assert_eq!(claim_decrypts(&conn, &claim(shop, 7, 1)).unwrap(), (false, 10), "a clock that went back");
        assert_eq!(lines(&conn), 3);
    }

    #[test]
    fn what_is_opened_here_is_written_down_and_costs_nothing() {
        let conn = database();
        let shop = shop(&conn);
        assert_eq!(claim_decrypts(&conn, &claim(shop, 7, 10)).unwrap(), (true, 10));
        assert_eq!(claim_decrypts(&conn, &claim(shop, 7, 0)).unwrap(), (true, 10));
        let smaller = DecryptClaim { per_day: 3, ..claim(shop, 7, 0) };
        assert_eq!(claim_decrypts(&conn, &smaller).unwrap(), (true, 10), "the budget was lowered");
        assert_eq!(lines(&conn), 3);
        let more = DecryptClaim { orders: u32::MAX, ..claim(shop, 7, 0) };
        assert_eq!(claim_decrypts(&conn, &more).unwrap(), (false, 10), "a sum that does not fit");
    }

    #[test]
    fn what_was_opened_stays_counted() {
        let conn = database();
        let shop = shop(&conn);
        claim_decrypts(&conn, &claim(shop, 7, 6)).unwrap();
        let error = conn.execute("UPDATE decrypt_days SET orders = 1", []).unwrap_err();
        assert!(error.to_string().contains("stays counted"), "{error}");
    }
}
