//! Orders whose list leaves parts out: each new or changed one is read by itself before its page is stored,
//! so that no half order is ever seen.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::context::RunContext;
use super::list::{OrderList, WholePage, facts_of};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{RunMode, UtcMillis};
use crate::platform::{BadRecord, ListPage, Parsed, RemoteOrder};

/// Reads the orders of a page that are not as we have them.
pub(super) async fn orders(
    context: &Arc<RunContext>,
    page: ListPage<RemoteOrder>,
) -> Result<WholePage<RemoteOrder>> {
    let facts = facts_of::<OrderList>(&page);
    let known = known(context, &page).await?;
    let listed = page.records.len();
    let (mut records, mut wanted) = (Vec::new(), Vec::new());
    for record in page.records {
        match record {
            Ok(order) if is_known(context, &known, &order) => {}
            Ok(order) => wanted.push(order.record.platform_order_id),
            Err(bad) => records.push(Err(bad)),
        }
    }
    let confirmed = listed - records.len() - wanted.len();
    records.extend(read_all(context, wanted).await?);
    let page = ListPage { records, ..page };
    Ok(WholePage { page, facts: Some(facts), confirmed })
}

/// When the stored orders of a page changed on the platform, and when they were read. None for a run that is
/// to read everything again.
async fn known(
    context: &RunContext,
    page: &ListPage<RemoteOrder>,
) -> Result<HashMap<String, (UtcMillis, UtcMillis)>> {
    if context.snapshot().mode == RunMode::Full {
        return Ok(HashMap::new());
    }
    let ids = page.records.iter().flatten().map(|order| order.record.platform_order_id.clone()).collect();
    context.store.order_times(context.shop.shop.id, ids).await
}

/// Whether we have this version of the order. Two changes may share a second, so one that was read right after
/// it changed is read again.
fn is_known(
    context: &RunContext,
    known: &HashMap<String, (UtcMillis, UtcMillis)>,
    order: &RemoteOrder,
) -> bool {
    let lag = context.shop.app.platform.order_rules().map(|rules| rules.lag).unwrap_or_default();
    known.get(&order.record.platform_order_id).is_some_and(|(changed, read)| {
        *changed == order.record.platform_updated_at && *read > changed.plus(lag)
    })
}

async fn read_all(context: &Arc<RunContext>, ids: Vec<String>) -> Result<Vec<Parsed<RemoteOrder>>> {
    let workers = context.shop.app.quota.in_flight.max(1);
    let mut waiting = ids.into_iter();
    let (mut reading, mut read) = (JoinSet::new(), Vec::new());
    loop {
        while reading.len() < workers {
            let Some(id) = waiting.next() else { break };
            let context = Arc::clone(context);
            reading.spawn(async move { read_one(&context, id).await });
        }
        let Some(done) = reading.join_next().await else { return Ok(read) };
        read.push(done.map_err(|_| Error::internal("the reading of an order panicked"))??);
    }
}

/// Reads one order. What is wrong with this order alone does not stop the others.
async fn read_one(context: &RunContext, id: String) -> Result<Parsed<RemoteOrder>> {
    let call = context.shop.app.platform.get_order(&id)?;
    match context.call(&call).await {
        Ok(order) => Ok(Ok(order)),
        Err(error) if concerns_this_record(error.kind()) => {
            let reason = format!("{}: {}", error.code(), error.message());
            Ok(Err(BadRecord { raw: id.clone().into_bytes(), platform_id: Some(id), reason }))
        }
        Err(error) => Err(error),
    }
}

/// Whether an error is about the one record that was asked for.
pub(super) const fn concerns_this_record(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Rejected | ErrorKind::Decode | ErrorKind::InvalidRequest | ErrorKind::NotFound)
}
