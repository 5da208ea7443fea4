//! The detail stage: reads the SKUs of products that are new or changed. Which ones are left is asked
//! of the tables, so a run that was stopped goes on where it was.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::complete::concerns_this_record;
use super::context::RunContext;
use super::seal::sku_row;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ProductRecord, RunKind, SkuRecord};
use crate::pipeline::all_skus;
use crate::platform::{BadRecord, Parsed};
use crate::store::{SkuTask, SkuWrite};

/// Products looked up at a time.
const BATCH: u32 = 400;
/// Products whose SKUs are written together: enough to share one commit, few enough to lose little.
const WRITE_TOGETHER: usize = 32;

/// Reads the SKUs of every product that needs it.
pub(super) async fn drain(context: &Arc<RunContext>) -> Result<()> {
    let mut after = None;
    loop {
        let tasks = context.store.pending_skus(context.shop.shop.id, after, BATCH).await?;
        let Some(last) = tasks.last() else { return Ok(()) };
        after = Some(last.product);
        read_batch(context, tasks).await?;
    }
}

async fn read_batch(context: &Arc<RunContext>, tasks: Vec<SkuTask>) -> Result<()> {
    let workers = context.shop.app.quota.in_flight.max(1);
    let mut waiting = tasks.into_iter();
    let mut reading = JoinSet::new();
    let mut written = Vec::with_capacity(WRITE_TOGETHER);
    loop {
        while reading.len() < workers {
            let Some(task) = waiting.next() else { break };
            let context = Arc::clone(context);
            reading.spawn(async move { read_one(&context, task).await });
        }
        let Some(read) = reading.join_next().await else { break };
        written.push(read.map_err(|_| Error::internal("the reading of a product's SKUs panicked"))??);
        if written.len() >= WRITE_TOGETHER {
            commit(context, std::mem::take(&mut written)).await?;
        }
    }
    if written.is_empty() { Ok(()) } else { commit(context, written).await }
}

/// What was read of one product.
struct Read {
    write: SkuWrite,
    /// Sealed when they are stored: products that are read together wait for one another.
    bad: Vec<BadRecord>,
}

async fn commit(context: &RunContext, read: Vec<Read>) -> Result<()> {
    let sealing = context.cipher.sealing();
    let sealer = context.sealer(&sealing);
    let seal = |Read { mut write, bad }: Read| {
        let sealed = bad.into_iter().map(|bad| sealer.bad(RunKind::Products, bad));
        write.bad = sealed.collect::<Result<_>>()?;
        Ok(write)
    };
    let writes = read.into_iter().map(seal).collect::<Result<_>>()?;
    context.commit_skus(writes).await
}

/// Reads one product's SKUs. What is wrong with this product alone does not stop the others.
async fn read_one(context: &Arc<RunContext>, task: SkuTask) -> Result<Read> {
    let SkuTask { product, platform_product_id, version } = task;
    let mut write =
        SkuWrite { product, version, detail: None, skus: Vec::new(), bad: Vec::new(), missing: false };
    let mut kept = Vec::new();
    match ask(context, &platform_product_id).await {
        Ok((detail, records)) => {
            write.detail = detail;
            for record in records {
                match record {
                    Ok(record) => write.skus.push(sku_row(record)),
                    Err(bad) => kept.push(bad),
                }
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => write.missing = true,
        Err(error) if concerns_this_record(error.kind()) => {
            let reason = format!("{}: {}", error.code(), error.message());
            let raw = platform_product_id.clone().into_bytes();
            kept.push(BadRecord { platform_id: Some(platform_product_id), raw, reason });
            write.missing = true;
        }
        Err(error) => return Err(error),
    }
    Ok(Read { write, bad: kept })
}

/// The SKUs of a product; with the product itself where its list leaves out parts of it.
async fn ask(context: &RunContext, product: &str) -> Result<(Option<ProductRecord>, Vec<Parsed<SkuRecord>>)> {
    let platform = context.shop.app.platform;
    if platform.products_need_detail() {
        let detail = context.call(&platform.get_product(product)?).await?;
        return Ok((Some(detail.record), detail.skus));
    }
    let ask = |call| async move { context.call(&call).await };
    Ok((None, all_skus(platform, product, ask).await?))
}
