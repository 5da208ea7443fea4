//! What Pinduoduo sends, in its own words. Every field is optional and read by `convert`.

use std::borrow::Cow;

use crate::platform::DecodeError;
use crate::platform::lenient::{Members, wire};

/// Replies whose key does not follow from the method's name (15, 9, 10, 11, 12, 14).
const ODD_KEYS: &[(&str, &str)] = &[
    ("pdd.ddk.goods.search", "goods_search_response"),
    ("pdd.ddk.goods.promotion.url.generate", "goods_promotion_url_generate_response"),
    ("pdd.ddk.goods.pid.generate", "p_id_generate_response"),
    ("pdd.ddk.member.authority.query", "authority_query_response"),
    ("pdd.ddk.order.list.increment.get", "order_list_get_response"),
    ("pdd.delete.draft.commit", "open_api_response"),
    ("pdd.delete.goods.commit", "open_api_response"),
    ("pdd.goods.authorization.cats", "goods_auth_cats_get_response"),
    ("pdd.goods.cat.rule.get", "cat_rule_get_response"),
    ("pdd.goods.cat.template.get", "open_api_response"),
    ("pdd.goods.commit.detail.get", "goods_commit_detail_response"),
    ("pdd.goods.edit.goods.commit", "goods_update_response"),
    ("pdd.goods.file.info.get", "goods_file_info_response"),
    ("pdd.goods.information.get", "goods_info_get_response"),
    ("pdd.goods.information.update", "goods_update_response"),
    ("pdd.goods.sku.price.update", "goods_update_sku_price_response"),
    ("pdd.goods.skus.get", "goods_sku_get_response"),
    ("pdd.goods.submit.goods.commit", "goods_update_response"),
    ("pdd.live.img.mall.upload", "response"),
    ("pdd.live.video.mall.create", "response"),
    ("pdd.live.video.mall.upload.part.complete", "response"),
    ("pdd.live.video.mall.upload.part.init", "response"),
    ("pdd.logistics.ordertrace.get", "logistics_ordertrace_get_resposne"),
    ("pdd.order.information.get", "order_info_get_response"),
    ("pdd.order.note.update", "response"),
    ("pdd.order.number.list.increment.get", "order_sn_increment_get_response"),
    ("pdd.pmc.accrue.query", "pmc_user_get_response"),
    ("pdd.pmc.user.cancel", "tmc_user_cancel_response"),
    ("pdd.promotion.goods.coupon.create", "goods_coupon_batch_create_response"),
    ("pdd.promotion.goods.coupon.list.get", "goods_coupon_batch_list_response"),
    ("pdd.promotion.home.coupon.create", "home_coupon_batch_create_response"),
    ("pdd.promotion.merchant.coupon.list.get", "merchant_coupon_batch_list_response"),
    ("pdd.refund.list.increment.get", "refund_increment_get_response"),
];

/// Replies that are documented without a key around them (6, 11).
const BARE: &[&str] = &[
    "pdd.goods.cps.mall.unit.change",
    "pdd.goods.cps.mall.unit.query",
    "pdd.goods.cps.unit.change",
    "pdd.goods.cps.unit.create",
    "pdd.goods.cps.unit.delete",
    "pdd.goods.cps.unit.query",
    "pdd.promotion.limited.activity.cancel",
    "pdd.promotion.limited.activity.create",
    "pdd.promotion.limited.discount.list.get",
    "pdd.promotion.limited.qualified.goods.get",
    "pdd.promotion.limited.qualified.sku.get",
    "pdd.refund.information.get",
];

/// The key that holds a method's result (6): the exceptions, else its name without `pdd.` and with `_response`.
pub(super) fn key(api: &str) -> Cow<'static, str> {
    match ODD_KEYS.iter().find(|(method, _)| *method == api) {
        Some((_, key)) => Cow::Borrowed(key),
        None => Cow::Owned(format!("{}_response", api.strip_prefix("pdd.").unwrap_or(api).replace('.', "_"))),
    }
}

/// The result of a method: under its own key; for methods that we know no key of, under the only key that looks
/// like one. The key of another method is no answer to this one.
pub(super) fn result<'a>(api: &str, body: &'a [u8]) -> Option<&'a [u8]> {
    let members = Members::of_body(body)?;
    if members.get("error_response").is_some() {
        return None;
    }
    if let Some(inner) = members.get(&key(api)) {
        return Some(inner);
    }
    if let Some(inner) = members.get("response") {
        return Some(inner);
    }
    let bare = BARE.contains(&api) && members.names().any(|name| name != b"request_id");
    bare.then_some(body)
}

/// The result of a method as an object.
pub(super) fn object<'a>(api: &str, body: &'a [u8]) -> Result<Members<'a>, DecodeError> {
    let wrong = || DecodeError::new(key(api), "an object");
    Members::of_body(result(api, body).ok_or_else(wrong)?).ok_or_else(wrong)
}

wire! {
    /// A token answer (3.2).
    Token {
        access_token, refresh_token, expires_in, refresh_token_expires_in, expires_at,
        refresh_token_expires_at, owner_id, owner_name, scope, r1_expires_in, r2_expires_in, w1_expires_in,
        w2_expires_in, r1_expires_at, r2_expires_at, w1_expires_at, w2_expires_at,
    }
}

wire! {
    /// A shop (8).
    Mall { mall_id, mall_name, merchant_type }
}

wire! {
    /// An order of a list or alone (10).
    OrderInfo {
        order_sn, order_status, confirm_status, group_status, risk_control_status, refund_status,
        after_sales_status, trade_type, goods_amount, pay_amount, discount_amount, postage, pay_type, buyer_memo,
        remark, remark_tag, created_time, updated_at, pay_time, confirm_time, shipping_time, receive_time,
        last_ship_time, receiver_name, receiver_name_mask, receiver_phone, receiver_phone_mask, receiver_address,
        receiver_address_mask, address, address_mask, province, city, town, logistics_id, tracking_number,
        item_list,
    }
}

wire! {
    /// A line of an order.
    Item {
        goods_id, sku_id, outer_id, outer_goods_id, goods_name, goods_price, goods_count, goods_spec,
    }
}

wire! {
    /// A product of the list (9.2).
    GoodsItem {
        goods_id, goods_name, image_url, thumb_url, is_onsale, outer_goods_id, goods_quantity,
        goods_reserve_quantity, is_more_sku, sku_list, created_at,
    }
}

wire! {
    /// A product alone (9.2).
    GoodsDetail {
        goods_id, goods_name, goods_desc, status, cat_id, outer_goods_id, carousel_gallery_list, image_url,
        market_price, cost_template_id, country_id, sku_list,
    }
}

wire! {
    /// A SKU of a product alone (9.2).
    SkuInfo {
        sku_id, price, multi_price, quantity, reserve_quantity, is_onsale, out_sku_sn, outer_sku_id, spec, weight,
        thumb_url,
    }
}

wire! {
    /// One option of a SKU.
    Spec { spec_name, parent_name }
}

wire! {
    /// A category (9.1).
    Cat { cat_id, cat_name, leaf, level, parent_cat_id }
}

wire! {
    /// A refund of the list or alone (11).
    RefundItem {
        id, order_sn, after_sales_status, after_sales_type, goods_id, sku_id, goods_number, refund_amount,
        after_sale_reason, created_time, updated_time, confirm_time, expire_time, recreated_at, tracking_number,
        express_no, shipping_name, remark, outer_id, outer_goods_id, dispute_refund_status, user_shipping_status,
        speed_refund_flag, speed_refund_status,
    }
}

wire! {
    /// What became of one ciphertext (16).
    DecryptItem {
        data_tag, encrypted_data, decrypted_data, error_code, virtual_number_type, virtual_identify_number,
    }
}

wire! {
    /// A carrier (10).
    Company { id, code, logistics_company, available }
}

wire! {
    /// A promotion of one product (12.1).
    Activity {
        activity_id, activity_name, activity_type, status, start_time, end_time, goods_id, goods_name,
        online_quantity, price_info, end_operation_source,
    }
}

wire! {
    /// A batch of coupons of a product or of the shop (12.1).
    CouponBatch {
        id, batch_name, batch_desc, discount_param, min_order_amount, init_quantity, remain_quantity,
        used_quantity, status, batch_start_time, batch_end_time, discount_type, goods_id, goods_name, rules,
        source_type, r#type, user_limit,
    }
}

wire! {
    /// A promotion link (12.2).
    LinkUrls {
        url, short_url, mobile_url, mobile_short_url, schema_url, we_app_info, we_app_web_view_url,
        we_app_web_view_short_url,
    }
}

wire! {
    /// The mini-app that shows a link.
    MiniApp { app_id, page_path }
}

wire! {
    /// Goods found for a link (12.2).
    PromotedGoods {
        goods_sign, goods_name, min_group_price, promotion_rate, has_coupon, coupon_discount,
        coupon_min_order_amount, coupon_start_time, coupon_end_time, coupon_total_quantity,
        coupon_remain_quantity, goods_image_url, goods_thumbnail_url, goods_id, mall_id, mall_name,
        min_normal_price, sales_tip, search_id,
    }
}

wire! {
    /// An order that a link brought (12.2).
    PromotedOrder {
        order_sn, goods_sign, goods_id, order_amount, promotion_amount, order_status, order_status_desc,
        order_create_time, order_pay_time, order_settle_time, order_modify_at, order_receive_time,
        order_verify_time, goods_name, goods_quantity, goods_price, promotion_rate, p_id, custom_parameters,
        fail_reason,
    }
}
