//! Where each sealed value lives: the names by which it is bound, and by which it is found again. They never
//! change: what was sealed under other names does not open.

use std::fmt::Display;

use super::cipher::SealPlace;
use crate::model::{AppId, ShopId};
use crate::store::{Home, SealedColumn};

/// The row name under which an app's secrets are sealed. It survives a change of the row's number.
pub(crate) fn app_row(platform: impl Display, app_key: &str) -> String {
    format!("{platform}/{app_key}")
}

/// The row name under which a shop's tokens are sealed.
pub(super) fn grant_row(app: AppId, platform_shop_id: &str) -> String {
    format!("{app}/{platform_shop_id}")
}

/// The row name under which what a shop's platform sent is sealed: of an order its id, of a record that could
/// not be read its kind and digest.
pub(crate) fn shop_row(shop: ShopId, name: &str) -> String {
    format!("{shop}/{name}")
}

pub(crate) fn app_secret_place(row: &str) -> SealPlace<'_> {
    place(SealedColumn::AppSecret, row, 0)
}

pub(crate) fn proxy_place(row: &str) -> SealPlace<'_> {
    place(SealedColumn::Proxy, row, 0)
}

/// The place of a value of this column.
pub(crate) const fn place(column: SealedColumn, row: &str, generation: i64) -> SealPlace<'_> {
    let (table, column) = match column {
        SealedColumn::AppSecret => ("ecommerce_platforms", "app_secret"),
        SealedColumn::Proxy => ("ecommerce_platforms", "proxy"),
        // The pair before is what was the newest one, as it was sealed.
        SealedColumn::Access | SealedColumn::PreviousAccess => ("grants", "access_token"),
        SealedColumn::Refresh | SealedColumn::PreviousRefresh => ("grants", "refresh_token"),
        SealedColumn::PendingAccess => ("pending_grants", "access_token"),
        SealedColumn::PendingRefresh => ("pending_grants", "refresh_token"),
        SealedColumn::Receiver => ("orders", "sealed_receiver"),
        SealedColumn::Raw => ("quarantine", "sealed_raw"),
    };
    SealPlace { table, column, row, generation }
}

/// The row name of a stored value.
pub(super) fn row_of(home: &Home) -> String {
    match home {
        Home::App { platform, app_key } => app_row(platform, app_key),
        Home::Shop { app, platform_shop_id } => grant_row(*app, platform_shop_id),
        Home::Order { shop, platform_order_id } => shop_row(*shop, platform_order_id),
        Home::Record { shop, name } => shop_row(*shop, name),
    }
}

#[cfg(test)]
mod tests {
    use super::{app_row, grant_row, place, shop_row};
    use crate::model::{AppId, PlatformId, ShopId};
    use crate::store::SealedColumn;

    /// Not read from anywhere: files that were written under these names must open for ever.
    #[test]
    fn the_names_of_places_never_change() {
        let names = SealedColumn::ALL.map(|column| {
            let place = place(column, "", 0);
            (place.table, place.column)
        });
        let wanted = [
            ("ecommerce_platforms", "app_secret"),
            ("ecommerce_platforms", "proxy"),
            ("grants", "access_token"),
            ("grants", "refresh_token"),
            ("grants", "access_token"),
            ("grants", "refresh_token"),
            ("pending_grants", "access_token"),
            ("pending_grants", "refresh_token"),
            ("orders", "sealed_receiver"),
            ("quarantine", "sealed_raw"),
        ];
        assert_eq!(names, wanted);
        let rows = [
            app_row(PlatformId::Doudian, "k"),
            grant_row(AppId(3), "s"),
            shop_row(ShopId(4), "o"),
            shop_row(ShopId(4), "orders/00ff"),
        ];
        assert_eq!(rows, ["doudian/k", "3/s", "4/o", "4/orders/00ff"]);
    }
}
