//! Products and their SKUs, read back.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::cursor::{Cursor, cursor_of, limit_of, page_of, rows_for};
use super::row::{Columns, all, first, not_found};
use crate::error::Result;
use crate::model::{Page, Product, ProductFilter, ProductId, ProductRecord, ShopId, Sku, SkuRecord};

const LIST: &str = "products";
const COLUMNS: &str = "id, shop_id, price, stock, skus_synced_at, synced_at, platform_product_id, product_name,
    status, platform_status, outer_id, category_id, description, images, platform_created_at, platform_updated_at,
    extra";

impl Store {
    /// The products of a filter, in the order in which they were first seen. Without SKUs.
    pub(crate) async fn list_products(&self, filter: ProductFilter) -> Result<Page<Product>> {
        self.read("list_products", move |conn| list_products(conn, &filter)).await
    }

    /// One product with its SKUs, or `NOT_FOUND`.
    pub(crate) async fn get_product(&self, id: ProductId) -> Result<Product> {
        self.read("get_product", move |conn| get_product(conn, id)).await
    }

    /// A product of a shop with its SKUs, by the platform's id.
    pub(crate) async fn find_product(
        &self,
        shop: ShopId,
        platform_product_id: String,
    ) -> Result<Option<Product>> {
        self.read("find_product", move |conn| find_product(conn, shop, &platform_product_id)).await
    }
}

fn find_product(conn: &Connection, shop: ShopId, platform_product_id: &str) -> Result<Option<Product>> {
    let sql = "SELECT id FROM products WHERE shop_id = ?1 AND platform_product_id = ?2";
    let id = first(conn, sql, params![shop, platform_product_id], |row| row.get(0))?;
    id.map(|id| get_product(conn, id)).transpose()
}

/// The statement that lists products. Each shape of the filter is its own, so that each finds its index;
/// a search reads through what the rest of the filter leaves.
pub(super) fn list_sql(by_shop: bool, by_status: bool) -> String {
    let by_shop = if by_shop { "shop_id = ?1" } else { "?1 IS NULL" };
    let by_status = if by_status { "status = ?2" } else { "?2 IS NULL" };
    format!(
        "SELECT {COLUMNS} FROM products
            WHERE {by_shop} AND {by_status} AND (?3 IS NULL OR instr(lower(product_name), lower(?3)) > 0) AND id > ?4
            ORDER BY id LIMIT ?5"
    )
}

pub(super) fn list_products(conn: &Connection, filter: &ProductFilter) -> Result<Page<Product>> {
    let limit = limit_of(&filter.page)?;
    let after = cursor_of(&filter.page, LIST)?.map_or(i64::MIN, |cursor| cursor.id);
    let sql = list_sql(filter.shop_id.is_some(), filter.status.is_some());
    let values = params![filter.shop_id, filter.status, filter.search, after, rows_for(limit)];
    let rows = all(conn, &sql, values, read_product)?;
    Ok(page_of(rows, limit, LIST, |product| Cursor { key: 0, id: product.id.0 }))
}

pub(super) fn get_product(conn: &Connection, id: ProductId) -> Result<Product> {
    let mut product =
        first(conn, &format!("SELECT {COLUMNS} FROM products WHERE id = ?1"), [id], read_product)?
            .ok_or_else(|| not_found("product", id))?;
    let sql = "SELECT id, platform_sku_id, outer_id, code, price, stock, specs, extra FROM skus
        WHERE product_id = ?1 ORDER BY id";
    product.skus = all(conn, sql, [id], read_sku)?;
    Ok(product)
}

fn read_product(row: &Row<'_>) -> rusqlite::Result<Product> {
    let mut columns = Columns::of(row);
    Ok(Product {
        id: columns.take()?,
        shop_id: columns.take()?,
        price: columns.take()?,
        stock: columns.take()?,
        skus_synced_at: columns.take()?,
        synced_at: columns.take()?,
        record: ProductRecord {
            platform_product_id: columns.take()?,
            name: columns.take()?,
            status: columns.take()?,
            platform_status: columns.take()?,
            outer_id: columns.take()?,
            category_id: columns.take()?,
            description: columns.take()?,
            images: columns.json()?,
            platform_created_at: columns.take()?,
            platform_updated_at: columns.take()?,
            extra: columns.take()?,
        },
        skus: Vec::new(),
    })
}

fn read_sku(row: &Row<'_>) -> rusqlite::Result<Sku> {
    let mut columns = Columns::of(row);
    Ok(Sku {
        id: columns.take()?,
        record: SkuRecord {
            platform_sku_id: columns.take()?,
            outer_id: columns.take()?,
            code: columns.take()?,
            price: columns.take()?,
            stock: columns.take()?,
            specs: columns.json()?,
            extra: columns.take()?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PageRequest, ProductStatus, RunKind};
    use crate::store::fixture::{database, page, product, run, shop, window};
    use crate::store::page::{PageWrite, store_page};

    fn twenty(conn: &Connection) -> ShopId {
        let shop = shop(conn);
        let run = run(conn, shop, RunKind::Products);
        let window = window(conn, shop, run, RunKind::Products);
        let rows = (0..20).map(|n| {
            let mut row = product(&format!("p{n:02}"), Some(0), 1);
            if n % 4 == 0 {
                row.record.status = ProductStatus::OffSale;
                row.record.name = format!("100%_Cotton {n}");
            }
            row
        });
        let rows = rows.collect();
        store_page(conn, &PageWrite { rows, ..page(shop, run, window) }).unwrap();
        shop
    }

    fn walk(conn: &Connection, filter: &ProductFilter) -> Vec<String> {
        let mut filter =
            ProductFilter { page: PageRequest { limit: Some(3), cursor: None }, ..filter.clone() };
        let mut seen = Vec::new();
        loop {
            let found = list_products(conn, &filter).unwrap();
            seen.extend(found.items.into_iter().map(|product| product.record.platform_product_id));
            filter.page.cursor = found.next_cursor;
            if filter.page.cursor.is_none() {
                return seen;
            }
        }
    }

    #[test]
    fn walking_the_pages_loses_and_repeats_nothing() {
        let conn = database();
        let shop = twenty(&conn);
        let every: Vec<_> = (0..20).map(|n| format!("p{n:02}")).collect();
        let fourth: Vec<_> = (0..20).step_by(4).map(|n| format!("p{n:02}")).collect();
        let all = ProductFilter::default();
        let status = Some(ProductStatus::OffSale);
        assert_eq!(walk(&conn, &all), every);
        assert_eq!(walk(&conn, &ProductFilter { shop_id: Some(shop), ..all.clone() }), every);
        assert_eq!(walk(&conn, &ProductFilter { status, ..all.clone() }), fourth);
        assert_eq!(walk(&conn, &ProductFilter { status, shop_id: Some(shop), ..all.clone() }), fourth);
        assert!(walk(&conn, &ProductFilter { shop_id: Some(ShopId(9)), ..all }).is_empty());
    }

    #[test]
    fn a_product_is_found_by_the_platforms_id_in_its_own_shop() {
        let conn = database();
        let shop = twenty(&conn);
        let found = find_product(&conn, shop, "p07").unwrap().unwrap();
        assert_eq!((found.shop_id, found.record.platform_product_id.as_str()), (shop, "p07"));
        assert_eq!(find_product(&conn, shop, "p20").unwrap(), None);
        assert_eq!(find_product(&conn, ShopId(shop.0 + 1), "p07").unwrap(), None);
    }

    #[test]
    fn a_search_takes_every_sign_as_it_is_and_latin_letters_in_either_case() {
        let conn = database();
        twenty(&conn);
        let found = |text: &str| {
            walk(&conn, &ProductFilter { search: Some(text.to_owned()), ..ProductFilter::default() }).len()
        };
        assert_eq!((found("cotton"), found("0%_c"), found("%"), found("_"), found("毛衣")), (5, 5, 5, 5, 15));
        assert_eq!((found("'"), found("cotton_"), found("")), (0, 0, 20));
    }
}
