'use strict'
// What the API should show of a record of the platform: written from the fact sheet, independent of the adapter.
// Wire words are on the right, ours on the left. A field without a value is left out.
const { present, only, text, id } = require('./values')

// What is kept beside our own fields, under the platform's names.
const PRODUCT_EXTRA = ['category_detail', 'discount_price', 'market_price', 'out_product_id', 'product_type', 'spec_id']
const SKU_EXTRA = ['out_sku_id', 'sell_properties', 'sku_type', 'spec_detail_id1', 'spec_detail_id2', 'spec_detail_id3']

const ORDER_STATUS = { 1: 'unpaid', 105: 'paid', 2: 'to_ship', 101: 'part_shipped', 3: 'shipped', 4: 'cancelled', 5: 'completed' }

/** Unix seconds; 0 stands for none. */
function time (seconds) {
  return seconds ? new Date(Number(seconds) * 1000).toISOString() : undefined
}

/** status, check_status and draft_status are read together. */
function productStatus ({ status, check_status: check, draft_status: draft }) {
  if (status === 2) return 'deleted'
  if (check === 5) return 'banned'
  if (check === 4) return 'rejected'
  if (check === 7) return 'scheduled'
  if (status === 1) return 'off_sale'
  if (check === 3) return 'on_sale'
  if (check === 2) return 'under_review'
  if (check === 1 && (draft === 0 || draft === 1)) return 'draft'
  return 'unknown'
}

function leafCategory (detail) {
  return ['fourth_cid', 'third_cid', 'second_cid', 'first_cid'].map(level => id(detail[level])).find(Boolean)
}

function specNames (sku) {
  return [sku.spec_detail_name1, sku.spec_detail_name2, sku.spec_detail_name3].filter(Boolean)
}

function expectedSku (sku) {
  return present({
    platformSkuId: sku.id,
    outerId: text(sku.outer_sku_id),
    code: text(sku.code),
    priceFen: sku.price,
    stock: sku.stock_num,
    specs: specNames(sku),
    extraJson: only(sku, SKU_EXTRA)
  })
}

/** `all` are the wire records of the product's SKUs. Those of a deleted product cannot be bought and are not read. */
function expectedProduct (product, all) {
  const skus = productStatus(product) === 'deleted' ? [] : all
  return present({
    platformProductId: product.product_id,
    name: product.name,
    status: productStatus(product),
    platformStatus: [product.status, product.check_status, product.draft_status].join('/'),
    outerId: text(product.outer_product_id),
    categoryId: leafCategory(product.category_detail),
    description: text(product.description),
    images: [product.img].filter(Boolean),
    extraJson: only(product, PRODUCT_EXTRA),
    priceFen: skus.length > 0 ? Math.min(...skus.map(sku => sku.price)) : undefined,
    stock: skus.length > 0 ? skus.reduce((sum, sku) => sum + sku.stock_num, 0) : undefined,
    platformCreatedAt: time(product.create_time),
    platformUpdatedAt: time(product.update_time),
    skus: skus.map(expectedSku)
  })
}

function expectedItem (line) {
  return present({
    platformItemId: line.order_id,
    platformProductId: id(line.product_id),
    platformSkuId: id(line.sku_id),
    outerSkuId: text(line.outer_sku_id) ?? id(line.out_sku_id),
    code: text(line.code),
    name: text(line.product_name),
    quantity: line.item_num,
    originPriceFen: line.origin_amount,
    sumAmountFen: line.sum_amount,
    payAmountFen: line.pay_amount,
    status: ORDER_STATUS[line.order_status] ?? 'unknown',
    platformStatus: String(line.order_status),
    afterSaleStatus: id(line.after_sale_info.after_sale_status),
    refundStatus: id(line.after_sale_info.refund_status)
  })
}

function expectedPackage (parcel) {
  return present({
    trackingNo: parcel.tracking_no,
    company: text(parcel.company),
    deliveryId: text(parcel.delivery_id),
    shippedAt: time(parcel.ship_time)
  })
}

function expectedReceiver (order) {
  const { post_addr: address, mask_post_addr: masked } = order
  return present({
    name: present({ masked: text(order.mask_post_receiver), cipher: text(order.encrypt_post_receiver) }),
    phone: present({ masked: text(order.mask_post_tel), cipher: text(order.encrypt_post_tel) }),
    detail: present({ masked: text(masked.detail), cipher: text(address.encrypt_detail) }),
    province: text(address.province?.name),
    city: text(address.city?.name),
    town: text(address.town?.name),
    street: text(address.street?.name)
  })
}

function expectedOrder (order) {
  return present({
    platformOrderId: order.order_id,
    status: ORDER_STATUS[order.order_status] ?? 'unknown',
    platformStatus: String(order.order_status),
    orderType: text(order.order_type),
    orderAmountFen: order.order_amount,
    payAmountFen: order.pay_amount,
    postAmountFen: order.post_amount,
    promotionAmountFen: order.promotion_amount,
    payType: text(order.pay_type),
    buyerWords: text(order.buyer_words),
    sellerWords: text(order.seller_words),
    sellerStars: order.seller_remark_stars,
    buyerOpenId: text(order.doudian_open_id),
    receiver: expectedReceiver(order),
    packages: order.logistics_info.map(expectedPackage),
    items: order.sku_order_list.map(expectedItem),
    platformCreatedAt: time(order.create_time),
    platformUpdatedAt: time(order.update_time),
    paidAt: time(order.pay_time),
    shippedAt: time(order.ship_time),
    finishedAt: time(order.finish_time),
    shipBy: time(order.exp_ship_time),
    payBy: time(order.order_expire_time)
  })
}

/** Every field that the API shows is expected here. */
module.exports = { order: expectedOrder, product: expectedProduct, unclaimed: {} }
