//! Single records straight from the platform agree with what a sync stored.

use std::collections::BTreeSet;

use dianqiao::SyncRequest;
use dianqiao::model::{OrderFilter, ProductFilter, SkuRecord};

use crate::support::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_asked_for_equals_the_one_that_was_listed() {
    let desk = Desk::open(&["--orders", "40", "--products", "5"]).await;
    let shop = desk.connect().await;
    desk.hub.orders().sync(SyncRequest::new(shop.id)).await.unwrap();
    let listed = desk.hub.orders().list(OrderFilter::default()).await.unwrap().items;
    assert_eq!(listed.len(), 40);
    for order in listed {
        let fetched = desk.hub.orders().fetch(shop.id, order.record.platform_order_id.clone()).await.unwrap();
        assert_eq!(fetched, order.record);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_asked_for_has_the_skus_that_were_listed() {
    let desk = Desk::open(&["--orders", "5", "--products", "30"]).await;
    let shop = desk.connect().await;
    desk.hub.products().sync(SyncRequest::new(shop.id)).await.unwrap();
    // Names of options come with the detail in another form than with the list.
    let facts = |sku: &SkuRecord| (sku.platform_sku_id.clone(), sku.price, sku.stock, sku.code.clone());
    for product in desk.hub.products().list(ProductFilter::default()).await.unwrap().items {
        let stored = desk.hub.products().get(product.id).await.unwrap();
        if stored.skus_synced_at.is_none() {
            continue;
        }
        let fetched =
            desk.hub.products().fetch(shop.id, product.record.platform_product_id.clone()).await.unwrap();
        assert_eq!(
            (&fetched.record.name, fetched.record.status),
            (&stored.record.name, stored.record.status)
        );
        let theirs: BTreeSet<_> = fetched.skus.iter().map(facts).collect();
        let ours: BTreeSet<_> = stored.skus.iter().map(|sku| facts(&sku.record)).collect();
        assert_eq!(theirs, ours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_of_categories_can_be_walked_to_its_leaves() {
    let desk = Desk::open(&["--orders", "5", "--products", "5"]).await;
    let shop = desk.connect().await;
    let (mut open, mut leaves) = (vec![None], 0);
    while let Some(parent) = open.pop() {
        for category in desk.hub.shops().categories(shop.id, parent.clone()).await.unwrap() {
            assert_eq!(category.parent_id, parent, "{category:?}");
            assert!(!category.name.is_empty());
            match category.is_leaf {
                true => leaves += 1,
                false => open.push(Some(category.id)),
            }
        }
    }
    assert!(leaves > 10, "{leaves}");
}
