// What the OA's plan implies: axios, sqlite3 with its own settings (rollback journal, FULL), pages in sequence, one
// upsert at a time, each its own transaction.
'use strict'
const axios = require('axios')
const sqlite3 = require('sqlite3')
const rows = require('./rows')

async function open ({ database, port, firstOrder }) {
  const db = await new Promise((resolve, reject) => { const opened = new sqlite3.Database(database, error => (error ? reject(error) : resolve(opened))) })
  const promise = start => new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))))
  const get = (sql, values) => promise(done => db.get(sql, values, done))
  const run = (sql, values) => promise(done => db.run(sql, values, done))
  await promise(done => db.exec(rows.TABLES + rows.SHOP, done))
  const call = async (path, params) => {
    const { data } = await axios.post(`http://127.0.0.1:${port}${path}`, params, { transformResponse: rows.parse })
    return data.data
  }
  return {
    async products () {
      let count = 0
      for (let cursor = ''; ;) {
        const page = await call('/product/listV2', { size: 100, use_cursor: true, cursor_id: cursor })
        for (const row of page.data) await get(rows.UPSERT_PRODUCT, rows.product(row))
        count += page.data.length
        cursor = page.cursor_id
        if (!cursor) return count
      }
    },
    async orders () {
      let count = 0
      for (let number = 0; ; number++) {
        const page = await call('/order/searchList', { update_time_start: firstOrder, update_time_end: 4000000000, page: number, size: 100 })
        for (const row of page.shop_order_list) {
          const { id } = await get(rows.UPSERT_ORDER, rows.order(row))
          await run(rows.DROP_ITEMS, [id])
          for (const [position, item] of row.sku_order_list.entries()) await run(rows.INSERT_ITEM, rows.item(item, id, position))
        }
        count += page.shop_order_list.length
        if (count >= page.total) return count
      }
    },
    close: () => promise(done => db.close(done)),
  }
}

module.exports = { open }
