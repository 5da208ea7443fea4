//! All SKUs of a product, also where one answer does not hold them.

use std::collections::HashSet;

use crate::error::{Error, ErrorKind, Result, Retry};
use crate::model::SkuRecord;
use crate::platform::{ApiCall, Parsed, Platform};

type Skus = Vec<Parsed<SkuRecord>>;

/// No product has more pages of SKUs; a platform that goes on is repeating itself.
const MOST_PAGES: u32 = 100;

/// Reads them page by page with `ask`, each SKU once.
///
/// # Errors
/// What a call fails with; `TRANSIENT` when the pages never end: a part is never taken for the whole.
pub(crate) async fn all_skus<Asked>(
    platform: &dyn Platform,
    product: &str,
    ask: impl Fn(ApiCall<Skus>) -> Asked,
) -> Result<Skus>
where
    Asked: Future<Output = Result<Skus>>,
{
    let mut all = ask(platform.list_skus(product)?).await?;
    let mut seen: HashSet<String> = ids(&all).collect();
    let (mut pages, mut last) = (1, all.len());
    while let Some(call) = platform.more_skus(product, pages, last)? {
        let page = ask(call).await?;
        last = page.len();
        let known = all.len();
        // While pages are read a SKU may move into the next one.
        all.extend(page.into_iter().filter(|sku| match sku {
            Ok(sku) => seen.insert(sku.platform_sku_id.clone()),
            Err(_) => true,
        }));
        pages += 1;
        if pages > MOST_PAGES || (last > 0 && all.len() == known) {
            let message = "the platform's list of SKUs repeats itself: it is read again later";
            return Err(Error::new(ErrorKind::Transient, message).with_retry(Retry::Backoff));
        }
    }
    Ok(all)
}

fn ids(skus: &Skus) -> impl Iterator<Item = String> {
    skus.iter().flatten().map(|sku| sku.platform_sku_id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fen, PlatformId};
    use crate::platform::adapter;

    fn sku(id: usize) -> Parsed<SkuRecord> {
        Ok(SkuRecord {
            platform_sku_id: id.to_string(),
            outer_id: None,
            code: None,
            price: Fen(1),
            stock: 1,
            specs: Vec::new(),
            extra: None,
        })
    }

    /// JD shows a hundred in a page; `pages` answers by the page's number, counted from 1.
    async fn read(pages: impl Fn(u64) -> Vec<usize>) -> Result<Vec<String>> {
        let ask = |call: ApiCall<Skus>| {
            let params: serde_json::Value = serde_json::from_str(&call.parts.params).unwrap();
            let page = pages(params["pageNo"].as_u64().unwrap()).into_iter().map(sku).collect();
            std::future::ready(Ok(page))
        };
        all_skus(adapter(PlatformId::Jd), "1", ask).await.map(|all| ids(&all).collect())
    }

    #[tokio::test]
    async fn skus_beyond_a_page_are_read_too_each_once() {
        let all = read(|page| match page {
            1 => (0..100).collect(),
            2 => (99..199).collect(),
            3 => vec![199],
            other => panic!("page {other} is not asked for"),
        });
        let all = all.await.unwrap();
        assert_eq!((all.len(), all.last().map(String::as_str)), (200, Some("199")));
        let few = read(|page| if page == 1 { vec![7] } else { panic!("one page held all") }).await;
        assert_eq!(few.unwrap(), ["7"]);
        let full = read(|page| if page == 1 { (0..100).collect() } else { Vec::new() }).await;
        assert_eq!(full.unwrap().len(), 100);
    }

    #[tokio::test]
    async fn a_part_is_never_taken_for_the_whole() {
        let repeats = read(|_| (0..100).collect()).await;
        assert_eq!(repeats.unwrap_err().kind(), ErrorKind::Transient);
        let endless = read(|page| (0..100).map(|id| id + 100 * page as usize).collect()).await;
        assert_eq!(endless.unwrap_err().kind(), ErrorKind::Transient);
    }
}
