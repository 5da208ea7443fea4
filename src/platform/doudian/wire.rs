//! What 抖店 sends, in its own words. Every field is optional and read by `convert`.

use crate::platform::DecodeError;
use crate::platform::lenient::{Members, wire};

/// The envelope of an answer (2.7) and of very old ones (2.8).
pub(super) struct Envelope<'a>(Members<'a>);

impl<'a> Envelope<'a> {
    /// `None` when the body is not an envelope of this platform: cut, not JSON, or without a code.
    pub(super) fn of(body: &'a [u8]) -> Option<Self> {
        Self::checked(Members::of_body(body)?)
    }

    fn checked(members: Members<'a>) -> Option<Self> {
        let envelope = Self(members);
        let is_number = |code: String| code.parse::<i64>().is_ok();
        envelope.code().or_else(|| envelope.old_code()).is_some_and(is_number).then_some(envelope)
    }

    pub(super) fn code(&self) -> Option<String> {
        self.0.scalar("code")
    }

    pub(super) fn old_code(&self) -> Option<String> {
        self.0.scalar("err_no")
    }

    pub(super) fn sub_code(&self) -> Option<String> {
        self.0.scalar("sub_code")
    }

    /// What the platform says, the most exact first.
    pub(super) fn message(&self) -> Option<String> {
        ["sub_msg", "msg", "message"].into_iter().find_map(|name| self.0.scalar(name))
    }

    pub(super) fn log_id(&self) -> Option<String> {
        self.0.scalar("log_id")
    }

    pub(super) fn data(&self) -> Option<&'a [u8]> {
        self.0.get("data")
    }
}

/// The `data` of a successful answer.
pub(super) fn data(body: &[u8]) -> Result<&[u8], DecodeError> {
    Envelope::of(body).ok_or_else(no_envelope)?.data().ok_or_else(no_data)
}

/// The members of a `data` that is an object.
pub(super) fn data_object(body: &[u8]) -> Result<Members<'_>, DecodeError> {
    let envelope = list(body)?;
    envelope.data().ok_or_else(no_data)?;
    envelope.0.object("data").ok_or_else(|| DecodeError::new("data", "an object"))
}

/// The records of a `data` that is an array, bare or in another `data` as older answers wrap it (2.7).
pub(super) fn data_array(body: &[u8]) -> Result<Vec<&[u8]>, DecodeError> {
    let envelope = list(body)?;
    let is_wrapped = envelope.data().ok_or_else(no_data)?.starts_with(b"{");
    let array = if is_wrapped {
        envelope.0.object("data").and_then(|wrapped| wrapped.array("data"))
    } else {
        envelope.0.array("data")
    };
    array.ok_or_else(|| DecodeError::new("data", "an array of at most 10000 records"))
}

fn list(body: &[u8]) -> Result<Envelope<'_>, DecodeError> {
    Members::of_list(body).and_then(Envelope::checked).ok_or_else(no_envelope)
}

fn no_envelope() -> DecodeError {
    DecodeError::new("the answer", "an envelope with a code")
}

fn no_data() -> DecodeError {
    DecodeError::new("data", "an object or an array")
}

wire! {
    /// A token answer (2.3).
    Token {
        access_token, expires_in, refresh_token, scope, shop_id, shop_name, auth_subject_type,
    }
}

wire! {
    /// A category (2.10).
    CategoryItem { id, name, level, parent_id, is_leaf, enable }
}

wire! {
    /// A product of `product.listV2` or `product.detail` (2.10).
    ProductItem {
        product_id, product_id_str, name, status, check_status, draft_status, outer_product_id,
        out_product_id, category_detail, description, img, pic, create_time, update_time, spec_prices,
        specs, product_type, market_price, discount_price, spec_id, standard_brand_id, freight_id,
        presell_type, product_format_new,
    }
}

wire! {
    /// The categories of a product, top first.
    CategoryPath { first_cid, second_cid, third_cid, fourth_cid }
}

wire! {
    /// A SKU of `sku.list` (2.11, with `id`) or of `product.detail` (2.10, with `sku_id`).
    SkuItem {
        id, sku_id, outer_sku_id, out_sku_id, code, price, stock_num, sku_type, stock_map, stock_num_map,
        spec_detail_name1, spec_detail_name2, spec_detail_name3, sell_properties, spec_detail_ids,
        spec_detail_id1, spec_detail_id2, spec_detail_id3, step_stock_num, prom_stock_num,
        lock_stock_num, prehold_stock_num, supplier_id,
    }
}

wire! {
    /// One property that tells a SKU from its siblings.
    SellProperty { value_name }
}

wire! {
    /// One kind of option of a product, such as its colours.
    SpecItem { values }
}

wire! {
    /// One option, such as 黑.
    SpecValue { id, name }
}

wire! {
    /// An order (2.12, 2.13).
    ShopOrder {
        order_id, order_status, order_type, create_time, update_time, pay_time, ship_time, finish_time,
        order_expire_time, exp_ship_time, order_amount, pay_amount, post_amount, promotion_amount,
        pay_type, buyer_words, seller_words, seller_remark_stars, doudian_open_id, post_tel,
        post_receiver, post_addr, encrypt_post_tel, encrypt_post_receiver, mask_post_tel,
        mask_post_receiver, mask_post_addr, logistics_info, sku_order_list,
    }
}

wire! {
    /// An address; the masked twin has no ciphertext.
    Address { province, city, town, street, detail, encrypt_detail }
}

wire! {
    /// A province, city, district or street.
    Region { name }
}

wire! {
    /// One line of an order.
    SkuOrder {
        order_id, product_id, product_id_str, product_name, sku_id, outer_sku_id, out_sku_id, code,
        item_num, origin_amount, sum_amount, pay_amount, order_status, after_sale_info,
    }
}

wire! {
    /// The after-sale state of a line.
    AfterSale { after_sale_status, refund_status }
}

wire! {
    /// A case of `afterSale.List` (2.12): itself, its order, and texts for people.
    CaseItem { aftersale_info, order_info, text_part }
}

wire! {
    /// The `data` of `afterSale.Detail`.
    CaseDetail { process_info, order_info }
}

wire! {
    /// What `afterSale.Detail` tells of a case.
    CaseProcess { after_sale_info, arbitrate_info, logistics_info }
}

wire! {
    /// A case: `aftersale_…` in the list, `after_sale_…` in the detail, which name some things otherwise too.
    CaseInfo {
        aftersale_id, after_sale_id, aftersale_type, after_sale_type, aftersale_status, after_sale_status,
        apply_time, update_time, status_deadline, refund_amount, refund_total_amount, refund_post_amount,
        refund_status, aftersale_num, after_sale_apply_count, reason, reason_remark, return_logistics_code,
        return_logistics_company_name, arbitrate_status, aftersale_order_type, after_sale_order_type,
        aftersale_refund_type, exchange_sku_info, got_pkg, part_type, real_refund_amount, reason_code,
        refund_type, remark, return_promotion_amount, risk_decision_code,
    }
}

wire! {
    /// The order of a case: its lines are `related_order_info` in the list, `sku_order_infos` in the detail.
    CaseOrder { shop_order_id, related_order_info, sku_order_infos }
}

wire! {
    /// A line that a case is about; the list does not name its SKU.
    CaseLine { sku_order_id, product_id, sku_id }
}

wire! {
    /// What the list has as text only.
    CaseTexts { reason_text }
}

wire! {
    /// Whether the platform has stepped in.
    CaseArbitration { arbitrate_status }
}

wire! {
    /// The parcels of a case; only the buyer's is ours to tell.
    CaseParcels { r#return }
}

wire! {
    /// The parcel on its way back.
    CaseParcel { tracking_no, company_name }
}

wire! {
    /// A carrier (2.12).
    CompanyItem { code, name }
}

wire! {
    /// One parcel.
    Logistics { tracking_no, company, delivery_id, ship_time }
}
