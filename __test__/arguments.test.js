// Every export × every kind of wrong argument: refused as INVALID_REQUEST, never bent into something else.
'use strict'
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { Hub } = require('..')
const { failsWith, openHub } = require('./support')

const cyclic = {}
cyclic.self = cyclic
const deep = () => {
  let inner = {}
  for (let i = 0; i < 200_000; i++) inner = { inner }
  return inner
}
const throwing = () => ({
  get appId() {
    throw new Error('from a getter')
  },
})
const hostile = () =>
  new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('from a trap')
      },
    },
  )

const NEVER = { Date: new Date(0), Map: new Map(), Set: new Set(), symbol: Symbol('s'), function: () => {}, BigInt: 5n }
const BAD = {
  number: { '-1': -1, 1.5: 1.5, NaN: NaN, Infinity: Infinity, '2^53+2': 2 ** 53 + 2, text: '12', null: null, object: {}, ...NEVER },
  text: { number: 1, null: null, 'lone surrogate': 'a\ud800b', object: {}, array: [], Buffer: Buffer.from('x'), ...NEVER },
  id: { number: 1, '-1': '-1', empty: '', '1.0': '1.0', space: ' 1', huge: '9'.repeat(40), null: null, 'lone surrogate': '\udc00', ...NEVER },
  flag: { number: 1, text: 'true', null: null, ...NEVER },
  word: { unknown: 'no_such_word', empty: '', number: 1, null: null, ...NEVER },
  time: { 'no zone': '2026-01-01T00:00:00', date: '2026-01-01', number: 0, null: null, ...NEVER },
  bytes: { text: 'x'.repeat(32), array: Array(32).fill(7), short: Buffer.alloc(3, 7), Float64Array: new Float64Array(4), null: null, ...NEVER },
  object: { cyclic, deep: deep(), throwing: throwing(), Proxy: hostile(), array: [], text: 'x', null: null, class: new (class X {})(), ...NEVER },
}

const SYNC = { shopId: 'id', full: 'flag', since: 'time', until: 'time' }
const PAGE = { limit: 'number', cursor: 'text' }
const DRAFT = { outerId: 'A', title: 't', categoryId: '3', images: ['https://img.example/1.png'], skus: [{ priceFen: 1, stock: 0 }] }
const CAMPAIGN = { name: '秋季', from: '2026-12-01T00:00:00Z', to: '2026-12-02T00:00:00Z', offer: { kind: 'pieces_free', pieces: 3, free: 1 } }
const CONTENT = { kind: 'video', title: 't', media: ['1'] }
const APP = { platform: 'doudian', appName: 'n', appKey: 'k', appSecret: 's', kind: 'self_use' }

/** Every export that takes options: how to call it, what is required, and the kind of each option. */
const EXPORTS = {
  'shops.list': { optional: true, fields: { platform: 'word', appId: 'id', status: 'word' } },
  'shops.categories': { base: { shopId: '1' }, fields: { shopId: 'id', parentId: 'text' } },
  'shops.sync': { base: { shopId: '1' }, fields: SYNC, more: ['onProgress', 'signal'] },
  'products.list': { optional: true, fields: { shopId: 'id', status: 'word', search: 'text', ...PAGE } },
  'products.sync': { base: { shopId: '1' }, fields: SYNC, more: ['onProgress', 'signal'] },
  'products.fetch': { base: { shopId: '1', platformProductId: '2' }, fields: { shopId: 'id', platformProductId: 'text' } },
  'products.rules': { base: { shopId: '1', categoryId: '2' }, fields: { shopId: 'id', categoryId: 'text' } },
  'products.publish': { base: { shopId: '1', draft: DRAFT }, fields: { shopId: 'id', draft: 'object' } },
  'products.update': { base: { shopId: '1', platformProductId: '2', draft: DRAFT }, fields: { shopId: 'id', platformProductId: 'text', draft: 'object' } },
  'notices.receive': { base: { platform: 'douyin', headers: {}, body: Buffer.from('{}') }, fields: { platform: 'word', headers: 'object' }, more: ['body'] },
  'promotions.draft': { base: { shopId: '1', draft: CONTENT }, fields: { shopId: 'id', draft: 'object', publishAt: 'time' } },
  'promotions.edit': { base: { id: '1', draft: CONTENT }, fields: { id: 'id', draft: 'object' } },
  'promotions.approve': { base: { id: '1' }, fields: { id: 'id', version: 'number', comment: 'text' } },
  'promotions.reject': { base: { id: '1' }, fields: { id: 'id', version: 'number', comment: 'text' } },
  'promotions.schedule': { base: { id: '1' }, fields: { id: 'id', publishAt: 'time' } },
  'promotions.resolve': { base: { id: '1', resolution: 'drop' }, fields: { id: 'id', resolution: 'word', platformPromotionId: 'text' } },
  'promotions.list': { optional: true, fields: { shopId: 'id', status: 'word', kind: 'word', ...PAGE } },
  'promotions.metrics': { base: { id: '1' }, fields: { id: 'id', refresh: 'flag' } },
  'jobs.add': { base: { kind: 'probe' }, fields: { kind: 'word', shopId: 'id', lane: 'word', dueAt: 'time', maxAttempts: 'number' } },
  'jobs.list': { optional: true, fields: { shopId: 'id', kind: 'word', state: 'word', ...PAGE } },
  'listings.list': { optional: true, fields: { shopId: 'id', status: 'word', outerId: 'text', ...PAGE } },
  'media.add': { base: { path: '/nowhere/a.png' }, fields: { path: 'text', bytes: 'bytes', url: 'text', fileName: 'text', kind: 'word' } },
  'media.list': { optional: true, fields: { kind: 'word', ...PAGE } },
  'media.check': { base: { id: '1', platform: 'pinduoduo', slot: 'cover' }, fields: { id: 'id', platform: 'word', slot: 'word' } },
  'media.fit': { base: { id: '1', platform: 'pinduoduo', slot: 'cover' }, fields: { id: 'id', platform: 'word', slot: 'word' } },
  'orders.list': { optional: true, fields: { shopId: 'id', status: 'word', updatedFrom: 'time', updatedTo: 'time', ...PAGE } },
  'orders.sync': { base: { shopId: '1' }, fields: SYNC, more: ['onProgress', 'signal'] },
  'orders.decrypt': { base: { shopId: '1', platformOrderIds: ['2'] }, fields: { shopId: 'id', purpose: 'word' }, more: ['platformOrderIds', 'fields'] },
  'refunds.list': { optional: true, fields: { shopId: 'id', status: 'word', platformOrderId: 'text', updatedFrom: 'time', updatedTo: 'time', ...PAGE } },
  'refunds.sync': { base: { shopId: '1' }, fields: SYNC, more: ['onProgress', 'signal'] },
  'marketing.campaigns': { base: { shopId: '1' }, fields: { shopId: 'id', ...PAGE } },
  'marketing.createCampaign': { base: { shopId: '1', draft: CAMPAIGN }, fields: { shopId: 'id', draft: 'object' } },
  'marketing.coupons': { base: { shopId: '1' }, fields: { shopId: 'id', ...PAGE } },
  'marketing.createLinks': { base: { appId: '1', targets: ['x'] }, fields: { appId: 'id', placement: 'text' }, more: ['targets'] },
  'marketing.searchGoods': { base: { appId: '1', keyword: 'x' }, fields: { appId: 'id', placement: 'text', keyword: 'text', ...PAGE } },
  'marketing.linkOrders': { base: { appId: '1', from: '2026-01-01T00:00:00Z' }, fields: { appId: 'id', from: 'time', to: 'time', ...PAGE } },
  'runs.list': { optional: true, fields: { shopId: 'id', kind: 'word', state: 'word', ...PAGE } },
  'audit.list': { optional: true, fields: { shopId: 'id', actor: 'text', ...PAGE } },
  'rights.set': { base: { subject: 'role:x', right: 'sync', granted: true }, fields: { subject: 'text', right: 'word', shopId: 'id', granted: 'flag' } },
  'apps.save': {
    base: APP,
    fields: { id: 'id', platform: 'word', appName: 'text', appKey: 'text', kind: 'word', serviceId: 'text', redirectUri: 'text', endpoints: 'object', proxy: 'text', callsPerSecond: 'number', enabled: 'flag' },
    more: ['appSecret'],
  },
  'oauth.begin': { base: { appId: '1' }, fields: { appId: 'id', shopId: 'id', session: 'text' } },
  'oauth.complete': { base: { query: 'code=1' }, fields: { session: 'text', appId: 'id' }, more: ['query'] },
  'oauth.connect': { base: { appId: '1', platformShopId: '2' }, fields: { appId: 'id', platformShopId: 'text' } },
  'oauth.adopt': { base: { id: '1' }, fields: { id: 'id' } },
  call: { base: { shopId: '1', api: 'x' }, fields: { shopId: 'id', api: 'text', repeatable: 'flag', raw: 'flag', force: 'flag' }, more: ['appId', 'params', 'files'] },
  rotateKey: { base: { newKey: Hub.generateKey() }, fields: { wipeKey: 'flag', leaveUnreadable: 'flag' }, more: ['newKey', 'onProgress', 'signal'] },
  as: { base: { id: 'u' }, fields: { id: 'text' }, more: ['roles'] },
  restore: {
    isStatic: true,
    base: { from: '/nowhere/backup.db', database: '/nowhere/x.db', masterKey: Buffer.from('0123456789abcdefghijklmnopqrstuv') },
    fields: { from: 'text', database: 'text', wipeKey: 'flag', overwrite: 'flag', force: 'flag' },
    more: ['masterKey', 'keys'],
  },
}

const WITH_ID = ['apps.get', 'apps.remove', 'promotions.submit', 'promotions.cancel', 'promotions.retry', 'promotions.get', 'promotions.steps', 'promotions.check', 'shops.get', 'shops.counts', 'shops.enable', 'shops.disable', 'shops.remove', 'products.get', 'listings.get', 'listings.check', 'media.get', 'media.remove', 'jobs.get', 'jobs.cancel', 'jobs.pause', 'jobs.resume', 'jobs.retry', 'orders.get', 'refunds.get', 'runs.get', 'runs.cancel']

function method(hub, name) {
  if (EXPORTS[name]?.isStatic) return (...args) => Hub[name](...args)
  const [group, verb] = name.split('.')
  return verb ? (...args) => hub[group][verb](...args) : (...args) => hub[name](...args)
}

for (const [name, { base = {}, fields, more = [], optional = false }] of Object.entries(EXPORTS)) {
  test(`${name} refuses wrong options`, async (t) => {
    const call = method(await openHub(t), name)
    for (const [field, kind] of Object.entries(fields)) {
      for (const [label, bad] of Object.entries(BAD[kind])) {
        const error = await failsWith('INVALID_REQUEST', () => call({ ...base, [field]: bad }))
        assert.ok(error.message.includes(`\`${field}`), `${field} = ${label}: ${error.message}`)
        assert.equal(error.operation, name.includes('.') ? name : `hub.${name}`)
      }
    }
  })

  test(`${name} refuses what is not an object of options`, async (t) => {
    const call = method(await openHub(t), name)
    for (const bad of Object.values(BAD.object)) await failsWith('INVALID_REQUEST', () => call(bad))
    if (!optional) await failsWith('INVALID_REQUEST', () => call())
    for (const field of Object.keys(base)) {
      if (name === 'apps.save' && field === 'appSecret') continue
      const { [field]: _, ...rest } = base
      await failsWith('INVALID_REQUEST', () => call(rest))
    }
  })

  test(`${name} refuses unknown options and names the known ones`, async (t) => {
    const call = method(await openHub(t), name)
    const error = await failsWith('INVALID_REQUEST', () => call({ ...base, shopid: '1' }))
    const known = error.message.match(/known: ([^)]*)/)[1].split(', ')
    assert.deepEqual(known.toSorted(), [...Object.keys(fields), ...more].toSorted())
    await failsWith('INVALID_REQUEST', () => call({ ...base, [Symbol('s')]: 1 }))
    await failsWith('INVALID_REQUEST', () => call(JSON.parse('{"__proto__":{"polluted":1}}')))
    assert.equal({}.polluted, undefined)
  })
}

for (const name of WITH_ID) {
  test(`${name} refuses what is not an id`, async (t) => {
    const call = method(await openHub(t), name)
    for (const bad of [undefined, ...Object.values(BAD.id)]) await failsWith('INVALID_REQUEST', () => call(bad))
  })
}

test('shops.bind wants a store or null, and nothing left out', async (t) => {
  const hub = await openHub(t)
  for (const bad of [undefined, ...Object.values(BAD.id)]) {
    await failsWith('INVALID_REQUEST', () => hub.shops.bind(bad, null))
    if (bad !== null) await failsWith('INVALID_REQUEST', () => hub.shops.bind('1', bad))
  }
  await failsWith('NOT_FOUND', () => hub.shops.bind('404', null))
})

test('the types name the same options as the code', () => {
  const types = readFileSync(join(__dirname, '..', 'index.d.ts'), 'utf8')
  const interfaces = {
    'shops.list': 'ShopFilter', 'shops.categories': 'CategoryQuery', 'shops.sync': 'SyncOptions', 'products.list': 'ProductFilter',
    'products.fetch': 'ProductQuery', 'products.rules': 'RulesQuery', 'products.publish': 'PublishWish', 'products.update': 'UpdateWish', 'listings.list': 'ListingFilter', 'jobs.add': 'NewJob', 'jobs.list': 'JobFilter', 'media.list': 'MediaFilter', 'media.check': 'MediaPlace', 'media.fit': 'MediaPlace', 'orders.list': 'OrderFilter', 'orders.decrypt': 'DecryptOptions', 'refunds.list': 'RefundFilter',
    'notices.receive': 'NoticePush', 'promotions.draft': 'NewPromotion', 'promotions.edit': 'PromotionEdit', 'promotions.approve': 'PromotionDecision', 'promotions.reject': 'PromotionDecision', 'promotions.schedule': 'PromotionTime',
    'promotions.resolve': 'PromotionResolution', 'promotions.list': 'PromotionFilter', 'promotions.metrics': 'MetricsQuery',
    'marketing.campaigns': 'PromotionQuery', 'marketing.coupons': 'PromotionQuery', 'marketing.createCampaign': 'CampaignWish', 'marketing.createLinks': 'LinkRequest',
    'marketing.searchGoods': 'LinkSearch', 'marketing.linkOrders': 'LinkOrderQuery', 'runs.list': 'RunFilter', 'audit.list': 'AuditFilter',
    'rights.set': 'RightChange', 'apps.save': 'AppDraft', 'oauth.begin': 'OAuthBegin', 'oauth.complete': 'OAuthComplete',
    'oauth.connect': 'OAuthConnect', 'oauth.adopt': 'Adoption', as: 'Actor', rotateKey: 'RotateKeyOptions',
  }
  for (const [name, type] of Object.entries(interfaces)) {
    const [, paged, body] = types.match(new RegExp(`export interface ${type}( extends Paged)? \\{\\n(.*?)\\n\\}`, 's'))
    const named = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map((match) => match[1]).concat(paged ? ['limit', 'cursor'] : [])
    const { fields, more = [] } = EXPORTS[name]
    assert.deepEqual(named.toSorted(), [...Object.keys(fields), ...more].toSorted(), type)
  }
})

test('Hub.open refuses wrong options and keeps the key when it does', async () => {
  const masterKey = Hub.generateKey()
  const base = { database: '/nowhere/x.db', masterKey, wipeKey: true }
  for (const bad of Object.values(BAD.text)) await failsWith('INVALID_REQUEST', () => Hub.open({ ...base, database: bad }))
  for (const bad of Object.values(BAD.flag)) await failsWith('INVALID_REQUEST', () => Hub.open({ ...base, force: bad }))
  for (const bad of Object.values(BAD.flag)) await failsWith('INVALID_REQUEST', () => Hub.open({ ...base, approval: bad }))
  for (const bad of [...Object.values(BAD.number), 1_000_001]) await failsWith('INVALID_REQUEST', () => Hub.open({ ...base, decryptsPerDay: bad }))
  for (const bad of [{}, 'localhost', [1], [null]]) await failsWith('INVALID_REQUEST', () => Hub.open({ ...base, allowHosts: bad }))
  for (const bad of [{}, '/tmp', [1], [null]]) await failsWith('INVALID_REQUEST', () => Hub.open({ ...base, mediaDirs: bad }))
  await failsWith('INVALID_REQUEST', () => Hub.open({ ...base, masterkey: masterKey }))
  await failsWith('INVALID_REQUEST', () => Hub.open({ ...base, keys: { write: masterKey } }))
  await failsWith('INVALID_REQUEST', () => Hub.open({ database: 'x.db' }))
  await failsWith('INVALID_REQUEST', () => Hub.open())
  assert.ok(masterKey.some((byte) => byte !== 0))
})

test('Hub.open refuses keys that are not 32 random bytes', async () => {
  for (const [label, bad] of Object.entries(BAD.bytes)) {
    const code = label === 'short' ? 'CONFIG_INVALID' : 'INVALID_REQUEST'
    await failsWith(code, () => Hub.open({ database: '/nowhere/x.db', masterKey: bad }))
    await failsWith(code, () => Hub.open({ database: '/nowhere/x.db', keys: { write: bad } }))
    await failsWith(code, () => Hub.open({ database: '/nowhere/x.db', keys: { write: Hub.generateKey(), read: [bad] } }))
  }
  await failsWith('CONFIG_INVALID', () => Hub.open({ database: '/nowhere/x.db', masterKey: Buffer.alloc(32) }))
})

test('orders.decrypt refuses lists that hold anything else', async (t) => {
  const hub = await openHub(t)
  const base = { shopId: '1', platformOrderIds: ['2'] }
  const bad = [
    ...[[], [1], [null], [''], ['a'], ['2\n'], 'x', {}, null, Array(101).fill('2')].map((platformOrderIds) => ({ platformOrderIds })),
    ...[[1], ['everything'], 'name', {}, null].map((fields) => ({ fields })),
  ]
  for (const options of bad) {
    const error = await failsWith('INVALID_REQUEST', () => hub.orders.decrypt({ ...base, ...options }))
    assert.ok(error.message.includes(`\`${Object.keys(options)[0]}`), error.message)
  }
})

test('text and lists larger than the cap are refused before they are copied', async (t) => {
  const hub = await openHub(t)
  const before = process.memoryUsage().rss
  const error = await failsWith('INVALID_REQUEST', () => hub.products.list({ search: 'x'.repeat(50_000_000) }))
  assert.match(error.message, /larger than 1 MiB/)
  const sparse = []
  sparse.length = 2 ** 32 - 1
  await failsWith('INVALID_REQUEST', () => hub.as({ id: 'u', roles: sparse }))
  await failsWith('INVALID_REQUEST', () => hub.call({ shopId: '1', api: 'x', params: { text: 'x'.repeat(17 << 20) } }))
  assert.ok(process.memoryUsage().rss - before < 300e6)
})

test('an object of another realm is an object of options', async (t) => {
  const hub = await openHub(t)
  const foreign = require('node:vm').runInNewContext('({ limit: 5 })')
  assert.deepEqual((await hub.runs.list(foreign)).items, [])
  assert.deepEqual((await hub.runs.list(Object.assign(Object.create(null), { limit: 5 }))).items, [])
})

test('each option is read once', async (t) => {
  const hub = await openHub(t)
  let reads = 0
  const options = {
    get limit() {
      reads += 1
      return reads === 1 ? 5 : -1
    },
  }
  await hub.runs.list(options)
  assert.equal(reads, 1)
})

test('a callback query with a name that comes twice is refused', async (t) => {
  const hub = await openHub(t)
  await failsWith('INVALID_REQUEST', () => hub.oauth.complete({ query: { state: ['a', 'b'] } }))
})

test('methods without their object throw and nothing else happens', async (t) => {
  const hub = await openHub(t)
  const { list } = hub.shops
  assert.throws(() => list(), TypeError)
  assert.throws(() => list.call({}), TypeError)
  assert.throws(() => hub.apps.list.call(hub.shops), TypeError)
  assert.throws(() => new (require('..').Shops)())
})
