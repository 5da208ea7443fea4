'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, caller, NOON } = require('./support')

const SECOND = NOON / 1000
const WINDOW = { update_start_time: SECOND - 31 * 86400, update_end_time: SECOND, order_by: ['update_time asc'] }

function all (sandbox, kind) {
  return sandbox.control.truth({ kind, limit: 10_000 }).items
}

function ids (items) {
  return items.map(item => item.aftersale_info.aftersale_id)
}

async function begin (t, options) {
  const sandbox = await sandboxFor(t, options)
  return { sandbox, ...caller(sandbox) }
}

async function everyPage (call, params, size) {
  const pages = []
  do pages.push((await call('afterSale.List', { ...params, page: pages.length, size })).data)
  while (pages.at(-1).has_more)
  return pages
}

test('pages of after-sale cases cover a window exactly, either way round, from page 0', async t => {
  const { sandbox, call } = await begin(t)
  const expected = ids(all(sandbox, 'refunds')).sort()
  assert.ok(expected.length > 20)
  for (const way of ['asc', 'desc']) {
    const pages = await everyPage(call, { ...WINDOW, order_by: [`update_time ${way}`] }, 7)
    const rows = pages.flatMap(page => page.items)
    assert.deepEqual(ids(rows).sort(), expected)
    assert.deepEqual(pages.map(page => page.page), [...pages.keys()])
    assert.ok(pages.every(page => page.total === expected.length && page.size === page.items.length))
    const times = rows.map(row => row.aftersale_info.update_time)
    assert.deepEqual(times, times.slice().sort((a, b) => way === 'asc' ? a - b : b - a))
  }
})

test('windows of update and of application include both ends, and filters narrow them', async t => {
  const { sandbox, call } = await begin(t)
  const cases = all(sandbox, 'refunds').map(one => one.aftersale_info)
  const total = async params => (await call('afterSale.List', { page: 0, size: 1, ...params })).data.total
  const [{ update_time: updated, apply_time: applied, aftersale_id: id }] = cases
  const among = check => cases.filter(check).length
  assert.equal(await total({ update_start_time: updated, update_end_time: updated }), among(one => one.update_time === updated))
  assert.equal(await total({ start_time: applied, end_time: applied }), among(one => one.apply_time === applied))
  assert.equal(await total({ standard_aftersale_status: [6, 12] }), among(one => [6, 12].includes(one.aftersale_status)))
  assert.equal(await total({ aftersale_type: 0 }), among(one => one.aftersale_type === 0))
  assert.equal(await total({ aftersale_id: id }), 1)
})

test('a case fits its order: what is paid back, which line it is about, and what the line tells of it', async t => {
  const { sandbox } = await begin(t, { orders: 2000 })
  const orders = new Map(all(sandbox, 'orders').map(order => [order.order_id, order]))
  const cases = all(sandbox, 'refunds')
  for (const { aftersale_info: info, order_info: { shop_order_id: orderId, related_order_info: [related] } } of cases) {
    const line = orders.get(orderId).sku_order_list.find(one => one.order_id === info.related_id)
    assert.deepEqual([line.after_sale_info.after_sale_status, line.after_sale_info.after_sale_type, line.after_sale_info.refund_status], [info.aftersale_status, info.aftersale_type, info.refund_status])
    assert.deepEqual([related.sku_order_id, related.product_id, related.pay_amount], [line.order_id, line.product_id, line.pay_amount])
    assert.equal(info.refund_amount, related.aftersale_pay_amount + related.aftersale_post_amount)
    assert.ok(info.refund_amount <= line.pay_amount && (info.aftersale_type === 3) === (info.refund_amount === 0))
    assert.ok(info.apply_time <= info.update_time)
  }
  const marked = [...orders.values()].flatMap(order => order.sku_order_list).filter(line => line.after_sale_info.after_sale_status !== 0)
  assert.equal(marked.length, cases.length)
  for (const type of [0, 1, 2, 3]) assert.ok(cases.some(one => one.aftersale_info.aftersale_type === type), `type ${type}`)
})

test('the detail says the same in other names, with bare integers for ids', async t => {
  const { sandbox, call, raw } = await begin(t)
  const found = all(sandbox, 'refunds').find(one => one.aftersale_info.return_logistics_code !== '')
  const { aftersale_info: listed, order_info: order } = found
  const { data } = await call('afterSale.Detail', { after_sale_id: listed.aftersale_id })
  const { after_sale_info: info, logistics_info: logistics } = data.process_info
  assert.deepEqual(
    [info.after_sale_type, info.after_sale_status, info.refund_status, info.refund_total_amount, info.apply_time, info.update_time, info.status_deadline],
    [listed.aftersale_type, listed.aftersale_status, listed.refund_status, listed.refund_amount, listed.apply_time, listed.update_time, listed.status_deadline]
  )
  assert.deepEqual([info.reason, logistics.return.tracking_no], [found.text_part.reason_text, listed.return_logistics_code])
  const { text } = await raw('afterSale.Detail', { after_sale_id: listed.aftersale_id })
  for (const piece of [`"after_sale_id":${listed.aftersale_id}`, `"shop_order_id":${order.shop_order_id}`]) assert.ok(text.includes(piece), piece)
  assert.equal((await call('afterSale.Detail', { after_sale_id: '7000000000000000000' })).sub_code, 'isv.business-failed:2010001')
})

test('changes move cases and their orders together, and new cases appear', async t => {
  const { sandbox, call } = await begin(t)
  const before = new Map(all(sandbox, 'refunds').map(one => [one.aftersale_info.aftersale_id, one.aftersale_info]))
  sandbox.control.setClock({ advanceMs: 5000 })
  const { refunds, orders } = sandbox.control.change({ refunds: 8, newRefunds: 3 })
  assert.deepEqual([refunds.length, orders], [11, []])
  const { data } = await call('afterSale.List', { page: 0, size: 100, update_start_time: SECOND + 1 })
  assert.deepEqual(ids(data.items).sort(), refunds.slice().sort())
  for (const { aftersale_info: info, order_info: { shop_order_id: id } } of data.items) {
    const was = before.get(info.aftersale_id)
    if (was) assert.notDeepEqual([info.aftersale_status, info.refund_status], [was.aftersale_status, was.refund_status])
    else assert.deepEqual([info.aftersale_status, info.apply_time], [6, SECOND + 5])
    const order = (await call('order.orderDetail', { shop_order_id: id })).data.shop_order_detail
    assert.deepEqual([order.update_time, order.sku_order_list[0].after_sale_info.after_sale_status], [SECOND + 5, info.aftersale_status])
  }
  for (let step = 0; step < 8; step++) sandbox.control.change({ refunds: 1000 })
  assert.deepEqual(sandbox.control.change({ refunds: 1000 }).refunds, [])
  assert.ok(all(sandbox, 'refunds').every(({ aftersale_info: { aftersale_status: status } }) => [12, 14, 28].includes(status)))
})

test('an edit sets fields of one case in list and detail', async t => {
  const { sandbox, call } = await begin(t)
  const [{ aftersale_info: { aftersale_id: id } }] = all(sandbox, 'refunds')
  sandbox.control.edit({ kind: 'refund', id, set: { aftersale_status: 777, refund_amount: 12345 } })
  const [{ aftersale_info: listed }] = (await call('afterSale.List', { page: 0, size: 1, aftersale_id: id })).data.items
  assert.deepEqual([listed.aftersale_status, listed.refund_amount, listed.update_time], [777, 12345, SECOND])
  const { after_sale_info: info } = (await call('afterSale.Detail', { after_sale_id: id })).data.process_info
  assert.deepEqual([info.after_sale_status, info.refund_total_amount], [777, 12345])
})

test('faults strike after-sale cases: one is spoiled, rows move, pages never end', async t => {
  const { sandbox, call, raw } = await begin(t)
  const page = { ...WINDOW, page: 0, size: 10 }
  const struck = async (fault, options = {}) => {
    sandbox.control.clearFaults()
    sandbox.control.fault({ fault, method: 'afterSale.List', options })
    const { data } = await call('afterSale.List', page)
    return { data, touched: sandbox.control.faults()[0].touched }
  }
  const odd = await struck('unknown_status')
  assert.deepEqual(ids(odd.data.items.filter(one => one.aftersale_info.aftersale_status === 777)), odd.touched)
  const missing = await struck('broken_record', { how: 'missing_id' })
  assert.equal(missing.data.items.filter(one => one.aftersale_info.aftersale_id === undefined).length, 1)
  const twice = await struck('duplicate_rows', { count: 3 })
  assert.deepEqual([twice.data.items.length, new Set(ids(twice.data.items)).size, twice.touched.length], [13, 10, 3])
  const endless = await struck('has_next_forever')
  assert.ok(endless.data.has_more && endless.data.total === 1000000000)
  sandbox.control.setClock({ advanceMs: 60_000 })
  const moved = await struck('rows_move', { count: 4 })
  assert.equal(moved.touched.length, 4)
  assert.ok(!ids(moved.data.items).some(id => moved.touched.includes(id)))
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'huge_id', method: 'afterSale.Detail' })
  assert.ok((await raw('afterSale.Detail', { after_sale_id: moved.touched[0] })).text.includes('18446744073709551616'))
})

test('parameters the sandbox does not know, and orders it does not, are refused', async t => {
  const { call } = await begin(t)
  const page = { page: 0, size: 10 }
  const refused = [
    [{ size: 10 }, 'isv.parameter-missing'], [{ page: 0, size: 101 }, 'isv.parameter-invalid'], [{ page: -1, size: 1 }, 'isv.parameter-invalid'],
    [{ ...page, order_by: 'update_time asc' }, 'isv.parameter-format-invalid'], [{ ...page, order_by: ['update_time up'] }, 'isv.parameter-invalid'],
    [{ ...page, order_by: ['update_time asc', 'apply_time asc'] }, 'isv.parameter-invalid'], [{ ...page, reason: 1 }, 'isv.parameter-invalid'],
    [{ ...page, update_start_time: SECOND, update_end_time: SECOND - 1 }, 'isv.parameter-invalid'], [{ ...page, standard_aftersale_status: ['6'] }, 'isv.parameter-format-invalid']
  ]
  for (const [params, subCode] of refused) assert.equal((await call('afterSale.List', params)).sub_code, subCode, JSON.stringify(params))
  assert.equal((await call('afterSale.Detail', {})).sub_code, 'isv.parameter-missing')
})
