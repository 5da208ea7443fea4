'use strict'
// The way to read trades without losing one, fact sheet 5.5, played against rows that move: it has to work here, and the
// tempting way has to fail, otherwise the sandbox proves nothing about a client.
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, NOON } = require('./support')
const { taobaoCaller, truth } = require('./taobao_support')
const { shanghaiText } = require('../clock')

const METHOD = 'taobao.trades.sold.increment.get'
const TYPES = 'guarantee_trade,auto_delivery,ec,cod,step,fixed,auction,eticket,tmall_i18n,pre_auth_type,o2o_offlinetrade'
const SIZE = 10
const HOUR = 3600
const SEEDS = [1, 2, 3, 4, 5]

async function readWindow (call, from, to, backwards, keep) {
  const window = { fields: 'tid,modified,status,payment', type: TYPES, page_size: SIZE, start_modified: shanghaiText(from), end_modified: shanghaiText(to) }
  const { total_results: total } = await call(METHOD, { ...window, fields: 'tid' })
  const last = Math.ceil(total / SIZE)
  for (let turn = 1; turn <= last; turn++) {
    const { trades } = await call(METHOD, { ...window, page_no: backwards ? last - turn + 1 : turn, use_has_next: true })
    for (const row of trades?.trade ?? []) keep(row)
  }
}

/** Reads all trades in windows that end at fixed times, while rows move; answers how many are not as they truly are. */
async function missedBy (t, seed, backwards, marginS = 1) {
  const sandbox = await sandboxFor(t, { seed, historyDays: 2, orders: 300 })
  const { call } = taobaoCaller(sandbox)
  const store = new Map()
  const keep = row => {
    if (!(store.get(row.tid)?.modified > row.modified)) store.set(row.tid, row)
  }
  sandbox.control.fault({ fault: 'rows_move', platform: 'taobao', method: METHOD, every: 2, options: { count: 3 } })
  let from = NOON / 1000 - 3 * 86400
  for (let round = 0; round < 5; round++) {
    if (round === 3) sandbox.control.clearFaults()
    sandbox.control.change({ platform: 'taobao', orders: round < 3 ? 10 : 0, newOrders: round < 3 ? 2 : 0 })
    const end = Math.floor(sandbox.control.setClock().now / 1000) - marginS
    for (; from < end; from += HOUR * 12) await readWindow(call, from, Math.min(from + HOUR * 12, end), backwards, keep)
    from = end
    sandbox.control.setClock({ advanceMs: 60_000 })
  }
  const all = await truth(sandbox, 'orders')
  return all.filter(one => ['modified', 'status', 'payment'].some(name => store.get(one.tid)?.[name] !== one[name])).length
}

for (const seed of SEEDS) {
  test(`taobao: last page first reads every trade as it is, seed ${seed}`, async t => {
    assert.equal(await missedBy(t, seed, true), 0)
  })
}

// Rows that enter a window push those not yet read onto pages that were read already.
test('taobao: last page first loses trades too when a window ends now', async t => {
  const missed = []
  for (const seed of SEEDS) missed.push(await missedBy(t, seed, true, 0))
  assert.ok(missed.some(count => count > 0), `missed ${missed}`)
})

test('taobao: first page first loses trades', async t => {
  const missed = []
  for (const seed of SEEDS) missed.push(await missedBy(t, seed, false))
  assert.ok(missed.some(count => count > 0), `missed ${missed}`)
})
