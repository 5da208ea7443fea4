'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, caller, NOON } = require('./support')

const SECOND = NOON / 1000
const DAY = 86400

function ids (text, name) {
  return [...text.matchAll(new RegExp(`"${name}":"?(\\d+)`, 'g'))].map(found => found[1])
}

async function truth (sandbox, kind) {
  const items = []
  let after
  do {
    const page = sandbox.control.truth({ kind, after, limit: 150 })
    items.push(...page.items)
    after = page.next
  } while (after)
  return items
}

test('pages of orders cover a window exactly, either way round, from page 0', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  const expected = (await truth(sandbox, 'orders')).map(order => order.order_id).sort()
  assert.equal(expected.length, 400)
  for (const orderAsc of [true, false]) {
    const rows = []
    for (let page = 0; page < 10; page++) {
      const { data } = await call('order.searchList', { page, size: 47, order_by: 'update_time', order_asc: orderAsc, update_time_start: SECOND - 31 * DAY, update_time_end: SECOND })
      assert.deepEqual([data.page, data.size, data.total], [page, 47, 400])
      rows.push(...data.shop_order_list)
    }
    assert.deepEqual(rows.map(row => row.order_id).sort(), expected)
    const times = rows.map(row => row.update_time)
    assert.deepEqual(times, times.slice().sort((a, b) => orderAsc ? a - b : b - a))
  }
})

test('order windows include both ends, product windows neither', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  const [order] = await truth(sandbox, 'orders')
  const at = order.update_time
  const count = async (from, to) => (await call('order.searchList', { page: 0, size: 1, update_time_start: from, update_time_end: to })).data.total
  assert.ok(await count(at, at) >= 1)
  const [product] = await truth(sandbox, 'products')
  const time = product.update_time
  const products = async (from, to) => (await call('product.listV2', { page: 1, size: 1, update_start_time: from, update_end_time: to })).data.total
  assert.deepEqual([await products(time, time), await products(time - 1, time), await products(time, time + 1), await products(time - 1, time + 1)], [0, 0, 0, 1])
})

test('a status filter and a create window work together', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  const all = await truth(sandbox, 'orders')
  const from = SECOND - 20 * DAY
  const { data } = await call('order.searchList', { page: 0, size: 100, order_by: 'update_time', create_time_start: from, combine_status: [{ order_status: '2,3' }] })
  assert.equal(data.total, all.filter(one => one.create_time >= from && [2, 3].includes(one.order_status)).length)
  assert.equal((await call('order.searchList', { page: 0, size: 1, combine_status: [{}, {}] })).code, 40003)
})

test('pages of products start at 1 and stop at 10,000 rows; the cursor goes all the way', async t => {
  const sandbox = await sandboxFor(t)
  const { call, raw } = caller(sandbox)
  const expected = (await truth(sandbox, 'products')).map(one => one.product_id).sort()
  const paged = []
  for (let page = 1; page <= 9; page++) paged.push(...ids((await raw('product.listV2', { page, size: 7 })).text, 'product_id'))
  assert.deepEqual(paged.sort(), expected)
  const walked = []
  let cursor = ''
  do {
    const { text } = await raw('product.listV2', { use_cursor: true, cursor_id: cursor, size: 7 })
    walked.push(...ids(text, 'product_id'))
    cursor = JSON.parse(text).data.cursor_id
  } while (cursor)
  assert.deepEqual(walked.sort(), expected)
  for (const bad of [{ page: 0, size: 10 }, { page: 101, size: 1 }, { page: 1, size: 101 }, { page: 1, size: 0 }]) {
    assert.equal((await call('product.listV2', bad)).sub_code, 'isv.parameter-invalid')
  }
  assert.equal((await call('product.listV2', { use_cursor: true, cursor_id: 'nonsense', size: 1 })).code, 40003)
})

test('ids are bare integers beyond 2^53 and keep every digit', async t => {
  const sandbox = await sandboxFor(t)
  const { raw } = caller(sandbox)
  const [product] = await truth(sandbox, 'products')
  const { text } = await raw('product.listV2', { page: 1, size: 1, product_id: [product.product_id] })
  assert.ok(text.includes(`"product_id":${product.product_id},`))
  assert.ok(BigInt(product.product_id) > 2n ** 53n && product.product_id.length === 19)
  const skus = (await raw('sku.list', {}, { body: `{"product_id":${product.product_id}}` })).text
  const expected = (await truth(sandbox, 'skus')).filter(one => one.product_id === product.product_id)
  assert.ok(JSON.parse(skus).data.length === expected.length && skus.includes(`"id":${expected[0].id},`))
})

test('product.detail gives texts at +08:00 and the SKUs', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  const [product] = await truth(sandbox, 'products')
  const { data } = await call('product.detail', { product_id: product.product_id })
  assert.equal(Date.parse(`${data.update_time.replace(' ', 'T')}+08:00`), product.update_time * 1000)
  assert.ok(data.spec_prices.length >= 1 && typeof data.product_format_new === 'string')
  assert.equal((await call('product.detail', { product_id: '1' })).code, 50002)
})

test('amounts add up and buyers are masked', async t => {
  for (const order of await truth(await sandboxFor(t), 'orders')) {
    const goods = order.sku_order_list.reduce((sum, line) => sum + line.origin_amount * line.item_num, 0)
    const lines = order.sku_order_list.reduce((sum, line) => sum + line.pay_amount, 0)
    assert.equal(goods - order.promotion_amount + order.post_amount, order.pay_amount)
    assert.equal(lines, order.pay_amount)
    assert.deepEqual([order.post_tel, order.post_receiver, order.post_addr.detail], ['', '', ''])
    assert.ok(order.create_time < order.update_time && order.mask_post_tel.includes('*'))
  }
})

test('some second is dense', async t => {
  const counts = {}
  for (const order of await truth(await sandboxFor(t, { orders: 1200 }), 'orders')) counts[order.update_time] = (counts[order.update_time] ?? 0) + 1
  assert.ok(Math.max(...Object.values(counts)) >= 250)
})

test('categories are a tree and brands a bare array', async t => {
  const { call } = caller(await sandboxFor(t))
  const walk = async cid => {
    const { data } = await call('shop.getShopCategory', { cid })
    const below = []
    for (const row of data) below.push(row, ...row.is_leaf ? [] : await walk(row.id))
    return below
  }
  const rows = await walk(0)
  assert.ok(rows.length > 80 && rows.some(row => row.level === 4))
  assert.ok(Array.isArray((await call('shop.brandList')).data))
})

test('changed records show in details, lists and truth; new orders appear', async t => {
  const sandbox = await sandboxFor(t)
  const { call, raw } = caller(sandbox)
  sandbox.control.setClock({ advanceMs: 5000 })
  const changed = sandbox.control.change({ orders: 30, products: 7, newOrders: 3 })
  assert.deepEqual([changed.orders.length, changed.products.length], [33, 7])
  const { data } = await call('order.searchList', { page: 0, size: 100, update_time_start: SECOND + 5 })
  assert.deepEqual(data.shop_order_list.map(one => one.order_id).sort(), changed.orders.sort())
  assert.equal(data.total, 33)
  const { text } = await raw('product.listV2', { page: 1, size: 100, update_start_time: SECOND + 4 })
  assert.deepEqual(ids(text, 'product_id').sort(), changed.products.sort())
  assert.equal((await call('order.searchList', { page: 0, size: 1 })).data.total, 403)
})

test('an edit sets the named fields of one record', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  const [order] = await truth(sandbox, 'orders')
  sandbox.control.edit({ kind: 'order', id: order.order_id, set: { order_status: 4, buyer_words: '改了🎁' } })
  const { data } = await call('order.orderDetail', { shop_order_id: order.order_id })
  assert.deepEqual([data.shop_order_detail.order_status, data.shop_order_detail.buyer_words, data.shop_order_detail.update_time], [4, '改了🎁', SECOND])
  const [sku] = await truth(sandbox, 'skus')
  sandbox.control.edit({ kind: 'sku', id: sku.id, set: { price: 12345, stock_num: 0 } })
  const edited = (await call('sku.list', { product_id: sku.product_id })).data.find(one => one.outer_sku_id === sku.outer_sku_id)
  assert.deepEqual([edited.price, edited.stock_num], [12345, 0])
  assert.throws(() => sandbox.control.edit({ kind: 'order', id: '1', set: {} }), /no such order/)
})

test('the same seed gives the same run', async t => {
  const run = async seed => {
    const sandbox = await sandboxFor(t, { seed, moving: { every: 3 } })
    const { raw } = caller(sandbox)
    const answers = []
    for (let i = 0; i < 100; i++) {
      if (i % 10 === 5) sandbox.control.change({ orders: 5, products: 2, newOrders: 1 })
      answers.push((await raw('order.searchList', { page: i % 5, size: 20, order_by: 'update_time' })).text)
    }
    return answers.join('\n')
  }
  const first = await run(7)
  assert.equal(await run(7), first)
  assert.notEqual(await run(8), first)
})

test('a late version never replaces a newer one in lists', async t => {
  const sandbox = await sandboxFor(t)
  const { call } = caller(sandbox)
  const [{ order_id: id }] = await truth(sandbox, 'orders')
  sandbox.control.fault({ fault: 'late_rows', options: { lateMs: 60_000 } })
  sandbox.control.edit({ kind: 'order', id, set: { buyer_words: '旧' } })
  sandbox.control.clearFaults()
  sandbox.control.edit({ kind: 'order', id, set: { buyer_words: '新' } })
  sandbox.control.setClock({ advanceMs: 120_000 })
  const { data } = await call('order.searchList', { page: 0, size: 10, update_time_start: SECOND })
  assert.deepEqual(data.shop_order_list.map(one => one.buyer_words), ['新'])
})
