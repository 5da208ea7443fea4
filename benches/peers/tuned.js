// What a good Node program does: undici's pool, better-sqlite3 in WAL at FULL, prepared upserts, one transaction a page,
// the next page on its way while one is written. Runs on the thread that loads it.
'use strict'
const { createHmac } = require('node:crypto')
const Database = require('better-sqlite3')
const { Pool } = require('undici')
const rows = require('./rows')

const IN_FLIGHT = 8

function openDatabase (file) {
  const db = new Database(file)
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'cache_size = -16384', 'wal_autocheckpoint = 4096', 'temp_store = MEMORY']) db.pragma(pragma)
  db.exec(rows.TABLES)
  db.pragma('foreign_keys = ON')
  db.exec(rows.SHOP)
  return db
}

function writers (db) {
  const [product, order, drop, insert] = [rows.UPSERT_PRODUCT, rows.UPSERT_ORDER, rows.DROP_ITEMS, rows.INSERT_ITEM].map(sql => db.prepare(sql))
  const writeOrder = row => {
    const { id } = order.get(rows.order(row))
    drop.run(id)
    row.sku_order_list.forEach((item, position) => insert.run(rows.item(item, id, position)))
  }
  return {
    products: db.transaction(list => { for (const row of list) product.get(rows.product(row)) }),
    orders: db.transaction(list => { for (const row of list) writeOrder(row) }),
  }
}

function api (port) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: IN_FLIGHT })
  const call = async (path, params) => {
    const body = JSON.stringify(params)
    const timestamp = Math.floor(Date.now() / 1000)
    const sign = createHmac('sha256', 'secret').update(`secretapp_keykeymethod${path}param_json${body}timestamp${timestamp}v2secret`).digest('hex')
    const answer = await pool.request({ method: 'POST', path: `${path}?app_key=key&access_token=access&timestamp=${timestamp}&v=2&sign=${sign}`, body })
    const { code, data } = rows.parse(await answer.body.text())
    if (code !== 10000) throw new Error(`the platform refused: ${code}`)
    return data
  }
  return { call, close: () => pool.close() }
}

function open ({ database, port, firstOrder }) {
  const db = openDatabase(database)
  const write = writers(db)
  const { call, close } = api(port)
  return {
    async products () {
      let count = 0
      const page = cursor => call('/product/listV2', { size: 100, use_cursor: true, cursor_id: cursor })
      for (let next = page(''); next;) {
        const { data, cursor_id: cursor } = await next
        next = cursor ? page(cursor) : undefined
        write.products(data)
        count += data.length
      }
      return count
    },
    async orders () {
      const page = number => call('/order/searchList', { update_time_start: firstOrder, update_time_end: 4000000000, page: number, size: 100 })
      const first = await page(0)
      write.orders(first.shop_order_list)
      let [count, number] = [first.shop_order_list.length, 1]
      const lane = async () => {
        while (number * 100 < first.total) {
          const { shop_order_list: list } = await page(number++)
          write.orders(list)
          count += list.length
        }
      }
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
      return count
    },
    async close () {
      await close()
      db.close()
    },
  }
}

module.exports = { open }
