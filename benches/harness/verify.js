// What a program left in its tables, as one digest per table. Numbers of rows of our own, times of ours, content digests
// and SKUs are left out: the first two differ from run to run, the others are the crate's alone.
'use strict'
const { createHash } = require('node:crypto')
const Database = require('../peers/node_modules/better-sqlite3')

const QUERIES = {
  products: `SELECT platform_product_id, product_name, outer_id, category_id, description, images, status, platform_status,
    platform_created_at, platform_updated_at, extra FROM products ORDER BY platform_product_id`,
  orders: `SELECT platform_order_id, status, platform_status, order_type, order_amount, pay_amount, post_amount, promotion_amount,
    pay_type, buyer_words, seller_words, seller_stars, buyer_open_id, receiver_name, receiver_name_cipher, receiver_phone,
    receiver_phone_cipher, receiver_detail, receiver_detail_cipher, receiver_province, receiver_city, receiver_town,
    receiver_street, packages, platform_created_at, platform_updated_at, paid_at, shipped_at, finished_at, ship_by, pay_by
    FROM orders ORDER BY platform_order_id`,
  order_items: `SELECT platform_order_id, position, platform_item_id, platform_product_id, platform_sku_id, outer_sku_id, code, name,
    quantity, origin_price, sum_amount, i.pay_amount, i.status, i.platform_status
    FROM order_items i JOIN orders o ON o.id = order_id ORDER BY platform_order_id, position`,
}

module.exports = function verify (file) {
  const db = new Database(file, { readonly: true })
  const digest = sql => {
    const [hash, rows] = [createHash('sha256'), db.prepare(sql).raw().safeIntegers()]
    let count = 0
    for (const row of rows.iterate()) {
      hash.update(JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
      count++
    }
    return `${count} ${hash.digest('hex').slice(0, 16)}`
  }
  const found = Object.fromEntries(Object.entries(QUERIES).map(([table, sql]) => [table, digest(sql)]))
  db.close()
  return found
}
