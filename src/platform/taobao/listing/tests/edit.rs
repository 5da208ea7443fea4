//! A product that is edited: its whole document goes back.

use super::*;

const PRODUCT: &str = "652874751412";

/// The product with so many SKUs, and one that was deleted.
fn item(cid: u64, skus: u64) -> String {
    let sku = |id: u64, status: &str| json!({"sku_id": id, "status": status});
    let mut all: Vec<_> = (0..skus).map(|nth| sku(5001 + nth, "normal")).collect();
    all.push(sku(4999, "delete"));
    json!({"item": {"num_iid": 652_874_751_412_u64, "cid": cid, "skus": {"sku": all}}}).to_string()
}

fn known() -> Facts {
    let mut facts = Facts::default();
    facts.insert("item:652874751412", item(50_008_613, 2));
    told(&mut facts, "edit:652874751412", fixture!("item.edit.schema.get.ok"));
    facts
}

fn edited(draft: &ListingDraft) -> Element {
    let (api, params) = done(step(draft, Some(PRODUCT), &known()).unwrap());
    assert_eq!(api, "alibaba.item.edit.submit");
    assert_eq!(params["item_id"], json!(652_874_751_412_u64));
    assert!(params.get("cat_id").is_none() && params.get("market").is_none(), "{params}");
    super::super::xml::read(params["schema"].as_str().unwrap()).unwrap()
}

#[test]
fn the_category_and_the_document_are_asked_for_each_time() {
    let mut facts = Facts::default();
    let first = asked(step(&with_skus(), Some(PRODUCT), &facts).unwrap());
    assert_eq!((first.call.parts.api.as_str(), first.keep), ("taobao.item.seller.get", None));
    facts.insert(&first.name, item(50_008_613, 2));
    let second = asked(step(&with_skus(), Some(PRODUCT), &facts).unwrap());
    assert_eq!((second.call.parts.api.as_str(), second.keep), ("alibaba.item.edit.schema.get", None));
    assert_eq!(second.call.parts.params, r#"{"item_id":652874751412}"#);
    facts.insert("item:652874751412", item(16, 2));
    assert!(refused(&with_skus(), Some(PRODUCT), &facts).contains("is not the product's category"));
}

#[test]
fn what_the_draft_does_not_say_stays() {
    let mut draft = with_skus();
    draft.attributes = json!({"properties": {"food_security.period": 90}}).to_string();
    draft.description = None;
    draft.detail_images.clear();
    let root = edited(&draft);
    assert_eq!(value(&root, "title"), Some("春茶 <新> & \"好\""));
    assert_eq!(value(&root, "description"), Some("<p>旧的描述</p>"));
    assert_eq!((value(&root, "p-20000"), value(&root, "audit")), (Some("30111"), Some("已审核")));
    let service = field(&root, "service").unwrap().child("values").unwrap();
    assert_eq!(service.all("value").map(|one| one.text.as_str()).collect::<Vec<_>>(), ["1"]);
    let food = field(&root, "food_security").unwrap().child("complex-values").unwrap();
    assert_eq!((value(food, "prd_license_no"), value(food, "period")), (Some("SC1"), Some("90")));
    let images = field(&root, "images").unwrap().child("values").unwrap();
    assert_eq!(
        images.all("value").map(|one| one.text.as_str()).collect::<Vec<_>>(),
        ["https://img.alicdn.com/1.png"]
    );
}

#[test]
fn skus_that_there_are_keep_their_id_their_stock_and_what_is_not_said() {
    // White and small is there with 3, the other one is new, and black and small goes.
    let root = edited(&with_skus());
    let rows: Vec<_> = field(&root, "sku").unwrap().all("complex-values").collect();
    assert_eq!(rows.len(), 2);
    let of = |row: &Element, ids: [&str; 4]| ids.map(|id| value(row, id).map(str::to_owned));
    let ids = ["sku_id", "sku_price", "sku_quantity", "sku_barcode"];
    let texts = |texts: [&str; 4]| texts.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
    assert_eq!(of(rows[0], ids), texts(["5001", "21.90", "3", "690001"]));
    assert_eq!(of(rows[1], ids), texts(["", "18.90", "0", ""]));
    assert_eq!((value(&root, "price"), value(&root, "quantity")), (Some("21.90"), Some("3")));
}

#[test]
fn skus_are_not_dropped_by_a_draft_without_options() {
    assert!(refused(&draft(), Some(PRODUCT), &known()).contains("`skus` must have options"));
    // Without SKUs on the platform the stock stays too.
    let mut facts = known();
    let text = String::from_utf8(fixture!("item.edit.schema.get.ok").to_vec()).unwrap();
    let without = text.replace("default-complex-values><field id=\\\"sku_id", "other><field id=\\\"sku_id");
    assert_ne!(without, text);
    let without =
        without.replace("<value>690001</value></field></default-complex-values>", "</field></other>");
    let without = without
        .replace("<value>4</value></field></default-complex-values>", "<value>4</value></field></other>");
    told(&mut facts, "edit:652874751412", without.as_bytes());
    // A document without the SKUs that there are is not believed.
    let unread = step(&with_skus(), Some(PRODUCT), &facts).unwrap_err();
    assert_eq!(unread.kind(), ErrorKind::Decode, "{unread}");
    facts.insert("item:652874751412", item(50_008_613, 0));
    let (_, params) = done(step(&draft(), Some(PRODUCT), &facts).unwrap());
    let root = super::super::xml::read(params["schema"].as_str().unwrap()).unwrap();
    assert_eq!((value(&root, "price"), value(&root, "quantity")), (Some("19.90"), Some("7")));
    assert!(field(&root, "sku").is_none());
}

#[test]
fn preset_rows_may_stand_without_a_list_of_their_own() {
    let text = String::from_utf8(fixture!("item.edit.schema.get.ok").to_vec()).unwrap();
    let (start, end) =
        ("<default-values><default-complex-values>", "</default-complex-values></default-values>");
    let bare = text.replace(start, &start[16..]).replace(end, &end[..25]);
    assert_ne!(bare, text);
    let mut facts = known();
    told(&mut facts, "edit:652874751412", bare.as_bytes());
    assert_eq!(
        done(step(&with_skus(), Some(PRODUCT), &facts).unwrap()),
        done(step(&with_skus(), Some(PRODUCT), &known()).unwrap())
    );
}

#[test]
fn what_belongs_to_publishing_is_refused() {
    let draft = ListingDraft { attributes: r#"{"barcode":"1"}"#.into(), ..with_skus() };
    assert!(refused(&draft, Some(PRODUCT), &known()).contains("`attributes.barcode`"));
}

#[test]
fn the_answer_names_the_product() {
    let Step::Done(call) = step(&with_skus(), Some(PRODUCT), &known()).unwrap() else { panic!("it asks") };
    assert_eq!((call.decode)(fixture!("item.edit.submit.ok")).unwrap().platform_product_id, PRODUCT);
}
