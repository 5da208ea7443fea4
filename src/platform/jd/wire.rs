//! What JD sends, in its own words. Every field is optional and read by `convert`.

#![expect(non_snake_case, reason = "fields have the platform's own names")]

use crate::platform::DecodeError;
use crate::platform::lenient::{Members, wire};

/// What the key around an answer ends with: misspelt for most methods (6.1).
const ENDINGS: [&str; 2] = ["_responce", "_response"];

/// The answer to a method: under its name with underscores and one of both endings, the letters' case kept.
/// The key of another method is no answer to this one.
pub(super) fn result<'a>(api: &str, body: &'a [u8]) -> Option<&'a [u8]> {
    let members = Members::of_body(body)?;
    let name = api.replace('.', "_");
    ENDINGS.iter().find_map(|ending| members.get(&format!("{name}{ending}")))
}

/// The answer to a method as an object.
pub(super) fn object<'a>(api: &str, body: &'a [u8]) -> Result<Members<'a>, DecodeError> {
    let wrong = || DecodeError::new(format!("{}_responce", api.replace('.', "_")), "an object");
    Members::of_body(result(api, body).ok_or_else(wrong)?).ok_or_else(wrong)
}

/// The answer to one of these methods, the same whichever of them was asked.
pub(super) fn one_of<'a>(apis: &[&str], body: &'a [u8]) -> Result<Members<'a>, DecodeError> {
    let asked = apis.iter().find(|api| result(api, body).is_some());
    object(asked.or(apis.first()).copied().unwrap_or_default(), body)
}

/// An object inside an answer.
pub(super) fn inner<'a>(outer: &Members<'a>, name: &str) -> Result<Members<'a>, DecodeError> {
    outer.get(name).and_then(Members::of).ok_or_else(|| DecodeError::new(name, "an object"))
}

wire! {
    /// A token answer (5.2).
    Token { access_token, refresh_token, expires_in, scope, token_type }
}

wire! {
    /// A shop (7).
    Vender { vender_id, shop_name, col_type }
}

wire! {
    /// An order (10.3).
    OrderInfo {
        orderId, orderType, payType, orderState, orderStateRemark, orderTotalPrice, orderSellerPrice,
        orderPayment, shouldPay, freightPrice, sellerDiscount, orderStartTime, orderEndTime,
        paymentConfirmTime, modified, orderRemark, venderRemark, waybill, logisticsId, consigneeInfo,
        itemInfoList, open_id_buyer,
    }
}

wire! {
    /// A line of an order.
    ItemInfo { skuId, outerSkuId, skuName, jdPrice, wareId, itemTotal, productNo }
}

wire! {
    /// Where an order goes. In the encrypted forms the plain fields are masked and have twins.
    Consignee {
        fullname, telephone, mobile, fullAddress, province, city, county, town, encrypt_fullname,
        encrypt_telephone, encrypt_mobile, encrypt_fullAddress,
    }
}

wire! {
    /// What a voucher holds (16).
    VoucherData { id, key }
}

wire! {
    /// A key of buyer data (16).
    MasterKey { id, key_string, key_digest, key_status }
}

wire! {
    /// A ware (8).
    Ware {
        wareId, title, categoryId, multiCategoryId, brandId, transportId, wareStatus, outerId, itemNum, barCode,
        created, modified, onlineTime, offlineTime, colType, logo, images, marketPrice, costPrice, jdPrice,
        stockNum, introduction,
    }
}

wire! {
    /// A picture of a ware.
    Image { colorId, imgIndex, imgUrl }
}

wire! {
    /// A SKU (8).
    Sku { skuId, status, saleAttrs, jdPrice, stockNum, outerId, barCode, skuName }
}

wire! {
    /// An option of a SKU.
    SaleAttr { attrValues, attrValueAlias, index }
}

wire! {
    /// A category (7).
    Category { id, fid, name, lev, isLeaf, status }
}

wire! {
    /// A refund that was asked for before shipment (11).
    Application { id, orderId, applyRefundSum, applyTime, checkTime, modified, status, reason, checkRemark }
}

wire! {
    /// A case after shipment (11).
    Service {
        serviceId, orderId, serviceStatus, customerExpect, customerExpectName, applyTime, approveTime, updateTime,
        skuId, wareNum, wareName, applyReason, questionDesc,
    }
}

wire! {
    /// A carrier (10.7).
    Carrier { id, name }
}

wire! {
    /// A promotion (12).
    Promotion {
        promo_id, name, promo_name, promo_type, r#type, promo_status, status, begin_time, end_time, bound, member, slogan,
        comment, favor_mode, src_type,
    }
}

wire! {
    /// A coupon (12).
    CouponItem {
        couponId, name, r#type, discount, quota, num, sendNum, usedNum, deleted, beginTime, endTime, created,
        bindType, grantType, validityType, days, link, member, takeBeginTime, takeEndTime, takeRule, takeNum,
    }
}

wire! {
    /// A link of the union (15).
    LinkUrls { clickURL, shortURL, jCommand }
}

wire! {
    /// Goods of the union (15).
    UnionGoods {
        skuId, skuName, materialUrl, priceInfo, commissionInfo, couponInfo, imageInfo, shopInfo, brandName,
        comments, goodCommentsShare, inOrderCount30Days, owner, spuid,
    }
}

wire! {
    /// What goods of the union cost.
    Price { price }
}

wire! {
    /// What they bring, in percent.
    Commission { commissionShare }
}

wire! {
    /// A coupon for them.
    UnionCoupon { discount, quota, getStartTime, getEndTime, useStartTime, useEndTime }
}

wire! {
    /// A line of an order that a link brought (15).
    UnionOrder {
        id, orderId, skuId, skuName, skuNum, skuReturnNum, price, validCode, orderTime, finishTime, modifyTime,
        estimateCosPrice, actualCosPrice, estimateFee, actualFee, commissionRate, finalRate, payMonth, pid,
        positionId, siteId, subUnionId,
    }
}
