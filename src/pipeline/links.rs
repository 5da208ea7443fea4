//! The orders that links of a promoter brought, window by window.

use super::{AppContext, CallStyle, Caller, Place};
use crate::error::{Error, ErrorKind, Result};
use crate::model::LinkOrder;
use crate::platform::{LinkOrderQuery, MarketPage, PageOrder, WindowRules};

/// Reads a page of a window, and says which page of it comes next. Where rows may leave the window while it is
/// read, the last page comes first: what moves up was not read yet.
pub(crate) async fn read_link_orders(
    caller: &Caller,
    app: &AppContext,
    style: CallStyle<'_>,
    mut place: Place,
    rules: &WindowRules,
) -> Result<(MarketPage<LinkOrder>, Option<Place>)> {
    let ask = async |place: &Place| {
        let query = LinkOrderQuery { from: place.from, to: place.window_end(rules), turn: place.turn() };
        caller.call_app(app, &app.platform.list_link_orders(&query)?, style).await
    };
    let mut page = ask(&place).await?;
    if rules.order == PageOrder::Ascending {
        let next = place.after(&page)?;
        return Ok((page, next));
    }
    if place.page.is_none() {
        let total = page.total.ok_or_else(|| Error::new(ErrorKind::Decode, "the count is missing"))?;
        let last = place.last_page(total);
        place.page = Some(last);
        if last > 0 {
            page = ask(&place).await?;
        }
    }
    Ok((page, place.before()))
}
