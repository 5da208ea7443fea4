// hub.on: news of runs and shops, for those who may know, without holding anything up.
'use strict'
const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { once, EventEmitter } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const { hubWithShop } = require('./platform')
const { failsWith, openHub, scratch } = require('./support')

test('a listener hears of a run and its end until it is taken off', async (t) => {
  const { hub, shopId } = await hubWithShop(t)
  const heard = new EventEmitter()
  const off = hub.on('run.finished', (run) => heard.emit('run', run))
  const progress = []
  hub.on('run.progress', (run) => progress.push(run))
  const [[finished], run] = await Promise.all([once(heard, 'run'), hub.orders.sync({ shopId })])
  assert.deepEqual(finished, run)
  assert.ok(progress.length > 0 && progress.every((each) => each.id === run.id && each.state === 'running'))
  off()
  off()
  heard.on('run', () => assert.fail('it was taken off'))
  const other = new EventEmitter()
  hub.on('run.finished', (each) => other.emit('run', each))
  await Promise.all([once(other, 'run'), hub.orders.sync({ shopId })])
})

test('a dead shop is told with the reason', async (t) => {
  const { hub, shopId, sandbox } = await hubWithShop(t, { products: 5, orders: 5 })
  const heard = new EventEmitter()
  hub.on('shop.reauthorize', (news) => heard.emit('news', news))
  const news = once(heard, 'news')
  sandbox.control.fault({ fault: 'revoked' })
  await failsWith('REAUTHORIZE', () => hub.call({ shopId, api: 'shop.brandList', params: {} }))
  const [told] = await news
  assert.equal(told.shopId, shopId)
  assert.match(told.reason, /gone/)
})

test('a listener that throws or rejects harms nobody', async (t) => {
  const { hub, shopId } = await hubWithShop(t, { products: 5, orders: 5 })
  hub.on('run.progress', () => { throw new Error('mine') })
  hub.on('run.progress', async () => { throw new Error('mine too') })
  assert.equal((await hub.orders.sync({ shopId })).state, 'done')
})

test('what is no event and what is no listener is refused', async (t) => {
  const hub = await openHub(t)
  const wrong = [[() => hub.on('run.over', () => {})], [() => hub.on(1, () => {})], [() => hub.on('run.finished', {})], [() => hub.on('run.finished')]]
  for (const [work] of wrong) await failsWith('INVALID_REQUEST', work)
  await hub.close()
  await failsWith('CLOSED', () => hub.on('run.finished', () => {}))
})

test('a listener does not keep Node alive', (t) => {
  const code = `
    const { Hub } = require(${JSON.stringify(join(__dirname, '..'))})
    Hub.open({ database: 'x.db', masterKey: Hub.generateKey() }).then((hub) => {
      hub.on('run.finished', () => {})
      console.log('listening')
    })`
  assert.equal(execFileSync(process.execPath, ['-e', code], { cwd: scratch(t), timeout: 20000 }).toString(), 'listening\n')
})
