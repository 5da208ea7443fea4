// The statements and the mapping that all Node programs share: the crate's tables, the same columns as the floor.
'use strict'
const { readFileSync, readdirSync } = require('node:fs')
const { join } = require('node:path')

const MIGRATIONS = join(__dirname, '../../src/store/migrations')
const STEPS = readdirSync(MIGRATIONS).sort().map(name => readFileSync(join(MIGRATIONS, name), 'utf8'))
// Without foreign keys, as the crate migrates: some tables are made anew.
const TABLES = `PRAGMA foreign_keys = OFF; ${STEPS.join('\n')}`
const SHOP = `INSERT INTO ecommerce_platforms (id, platform_name, app_name, app_key, app_secret, kind, status, created_at, updated_at)
    VALUES (1, 'doudian', 'a', 'k', x'00', 'tool', 'enabled', 1, 1);
  INSERT INTO shops (id, platform_id, shop_id, shop_name, kind, status, created_at, updated_at) VALUES (1, 1, '4463798', 's', 'store', 'active', 1, 1);`

const PRODUCT = ['platform_product_id', 'product_name', 'outer_id', 'category_id', 'description', 'images', 'status', 'platform_status', 'platform_created_at', 'platform_updated_at', 'extra']
const ORDER = ['platform_order_id', 'status', 'platform_status', 'order_type', 'order_amount', 'pay_amount', 'post_amount', 'promotion_amount', 'pay_type', 'buyer_words', 'seller_words', 'seller_stars', 'buyer_open_id', 'receiver_name', 'receiver_name_cipher', 'receiver_phone', 'receiver_phone_cipher', 'receiver_detail', 'receiver_detail_cipher', 'receiver_province', 'receiver_city', 'receiver_town', 'receiver_street', 'packages', 'platform_created_at', 'platform_updated_at', 'paid_at', 'shipped_at', 'finished_at', 'ship_by', 'pay_by']
const ITEM = ['order_id', 'position', 'platform_item_id', 'platform_product_id', 'platform_sku_id', 'outer_sku_id', 'code', 'name', 'quantity', 'origin_price', 'sum_amount', 'pay_amount', 'status', 'platform_status']

const upsert = (table, columns) => `INSERT INTO ${table} (${columns.join(', ')}, shop_id, hash, created_at, updated_at, synced_at)
  VALUES (${columns.map(() => '?').join(', ')}, 1, zeroblob(16), 1, 1, 1)
  ON CONFLICT (shop_id, ${columns[0]}) DO UPDATE SET ${columns.slice(1).map(name => `${name} = excluded.${name}`).join(', ')} RETURNING id`
const UPSERT_PRODUCT = upsert('products', PRODUCT)
const UPSERT_ORDER = upsert('orders', ORDER)
const DROP_ITEMS = 'DELETE FROM order_items WHERE order_id = ?'
const INSERT_ITEM = `INSERT INTO order_items (${ITEM.join(', ')}) VALUES (${ITEM.map(() => '?').join(', ')})`

const STATUS = { 1: 'unpaid', 2: 'to_ship', 3: 'shipped', 5: 'completed' }
const text = value => value || null
const time = seconds => (seconds ? seconds * 1000 : null)

// Ids beyond 2^53 come as numbers beside their text; JSON.parse rounds them, so the text is taken, or the digits are
// put in quotes before parsing.
const parse = body => JSON.parse(body.replace(/"(spec_id|sku_id)":(\d{16,})/g, '"$1":"$2"'))

const product = row => [
  row.product_id_str, row.name, text(row.outer_product_id), String(row.category_detail.third_cid), text(row.description),
  JSON.stringify(row.pic), row.status === 0 ? 'on_sale' : 'off_sale', `${row.status}/${row.check_status}/${row.draft_status}`,
  time(row.create_time), time(row.update_time),
  `{"category_detail":${JSON.stringify(row.category_detail)},"discount_price":${row.discount_price},"freight_id":${row.freight_id},"market_price":${row.market_price},"out_product_id":${row.out_product_id},"presell_type":${row.presell_type},"product_type":${row.product_type},"spec_id":${row.spec_id}}`,
]
const parcel = ({ tracking_no, company, delivery_id, ship_time }) => ({ tracking_no, company, delivery_id, shipped_at_ms: ship_time * 1000 })
const order = row => [
  row.order_id, STATUS[row.order_status], String(row.order_status), String(row.order_type), row.order_amount, row.pay_amount,
  row.post_amount, row.promotion_amount, String(row.pay_type), text(row.buyer_words), text(row.seller_words),
  row.seller_remark_stars, text(row.doudian_open_id), text(row.mask_post_receiver), text(row.encrypt_post_receiver),
  text(row.mask_post_tel), text(row.encrypt_post_tel), text(row.mask_post_addr.detail), text(row.post_addr.encrypt_detail),
  text(row.post_addr.province.name), text(row.post_addr.city.name), text(row.post_addr.town.name), text(row.post_addr.street.name),
  JSON.stringify(row.logistics_info.map(parcel)), time(row.create_time), time(row.update_time), time(row.pay_time),
  time(row.ship_time), time(row.finish_time), time(row.exp_ship_time), time(row.order_expire_time),
]
const item = (row, id, position) => [
  id, position, row.order_id, row.product_id_str, row.sku_id, text(row.out_sku_id), text(row.code), text(row.product_name),
  row.item_num, row.origin_amount, row.sum_amount, row.pay_amount, STATUS[row.order_status], String(row.order_status),
]

module.exports = { DROP_ITEMS, INSERT_ITEM, SHOP, TABLES, UPSERT_ORDER, UPSERT_PRODUCT, item, order, parse, product }
