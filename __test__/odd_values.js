// Odd values as recipes: plain data that fast-check can print and shrink, and what makes the value of one. Values
// themselves would not do, since fast-check could not touch a Proxy that throws.
'use strict'
const fc = require('fast-check')

const boom = () => {
  throw new Error('from the argument')
}
const TRAPS = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'set', 'defineProperty', 'apply', 'construct']
const trapped = (target, traps) => new Proxy(target, Object.fromEntries(traps.map((trap) => [trap, boom])))

function cyclic(made) {
  made.self = made
  return made
}

function deep(levels, wrap) {
  let made = 1
  for (let i = 0; i < levels; i++) made = wrap(made)
  return made
}

function detached() {
  const bytes = new Uint8Array(32).fill(7)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

const MEGABYTE = 'x'.repeat(1 << 20)
const DEEP = { object: deep(10_000, (inner) => ({ inner })), array: deep(10_000, (inner) => [inner]) }
const SPARSE = Object.assign([], { length: 2 ** 32 - 1 })

/** What needs no further data. `again` is called in the middle of reading. */
const MAKERS = {
  undefined: () => undefined, null: () => null, true: () => true, false: () => false,
  NaN: () => NaN, '-0': () => -0, Infinity: () => Infinity, '2^53+1': () => 2 ** 53 + 2, '-1': () => -1, '0.5': () => 0.5,
  MAX_VALUE: () => Number.MAX_VALUE, MIN_VALUE: () => Number.MIN_VALUE, '2^32': () => 2 ** 32, BigInt: () => 5n, 'big BigInt': () => 2n ** 200n,
  symbol: () => Symbol('s'), iterator: () => Symbol.iterator,
  surrogate: () => 'a\ud800b', 'low surrogate': () => '\udc00', NUL: () => 'a\0b', '': () => '', MB: () => MEGABYTE, 'MB of 3': () => '店'.repeat(1 << 18),
  cyclic: () => cyclic({}), 'cyclic array': () => cyclic([]), 'deep object': () => DEEP.object, 'deep array': () => DEEP.array, sparse: () => SPARSE,
  getter: () => Object.defineProperty({}, 'shopId', { get: boom, enumerable: true }),
  'hidden getter': () => Object.defineProperty({}, 'shopId', { get: boom }),
  coercible: () => ({ toString: boom, valueOf: boom, toJSON: boom, [Symbol.toPrimitive]: boom }),
  'throwing proxy': () => trapped({}, TRAPS), 'proxy of array': () => trapped([], TRAPS), 'proxy of function': () => trapped(() => {}, TRAPS),
  'proxy that reads': () => new Proxy({ shopId: '1' }, {}), 'proxy keys': () => trapped({ shopId: '1' }, ['ownKeys']), 'proxy get': () => trapped({ shopId: '1' }, ['get']),
  'proxy prototype': () => trapped({ shopId: '1' }, ['getPrototypeOf']), 'endless proxy': () => new Proxy({}, { getPrototypeOf: (target) => new Proxy(target, {}), get: () => DEEP.object }),
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  Date: () => new Date(0), 'bad Date': () => new Date(NaN), Map: () => new Map([['shopId', '1']]), Set: () => new Set([1]), WeakMap: () => new WeakMap(),
  RegExp: () => /x/g, Error: () => new Error('e'), Promise: () => Promise.resolve('1'), rejected: () => cyclic(Object.assign(Promise.reject(new Error('theirs')), { catch: undefined })),
  // oxlint-disable-next-line unicorn/no-thenable -- an odd value it must be
  thenable: () => ({ then: boom }),
  boxed: () => Object('1'), 'boxed number': () => Object(1), URL: () => new URL('http://127.0.0.1/'),
  Buffer: () => Buffer.alloc(32, 7), 'key': () => Buffer.from('0123456789abcdefghijklmnopqrstuv'), Float64Array: () => new Float64Array(4), 'empty bytes': () => new Uint8Array(),
  ArrayBuffer: () => new ArrayBuffer(8), DataView: () => new DataView(new ArrayBuffer(8)), shared: () => new Uint8Array(new SharedArrayBuffer(32)), detached,
  'BigInt64Array': () => new BigInt64Array(4), 'view': () => Buffer.alloc(64, 7).subarray(8, 40),
  function: () => () => {}, 'throwing function': () => boom, async: () => async () => boom(), generator: () => function* () {}, class: () => class X {}, instance: () => new (class X {})(),
  arguments: () => (function () { return arguments })('1'), globalThis: () => globalThis, 'null prototype': () => Object.assign(Object.create(null), { shopId: '1' }),
  'own __proto__': () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
  frozen: () => Object.freeze({ shopId: '1' }), 'symbol key': () => ({ [Symbol('k')]: 1 }), inherited: () => Object.create({ shopId: '1' }),
  signal: () => new AbortController().signal, aborted: () => AbortSignal.abort(), 'fake signal': () => ({ aborted: false, addEventListener: boom, removeEventListener: boom }),
  'signal that aborts': () => ({ aborted: false, addEventListener: (_, listener) => listener(), removeEventListener: boom }),
}

// What a right call holds, so that many calls get past the first check. No kind of an app is among them: an app
// with the platform's own address would let the test call it.
const WORDS = ['1', '2', '404', 'doudian', 'active', 'on_sale', 'products', 'done', 'sync', 'role:x', 'user:u', 'raw', 'code=1&state=2', 'run.finished',
  '2026-01-01T00:00:00Z', '9007199254740993', 'SELECT 1 AS one', 'SELECT * FROM v_orders', 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT * FROM c', 'shop.brandList', 'x.db', 'copy.db']
const RIGHT = {
  shopId: '1', appId: '1', id: '1', api: 'shop.brandList', platformProductId: '3539925204033339668', platformSkuId: '1736502463777799', platformOrderId: '4781320682406083640', platform: 'doudian', status: 'on_sale',
  limit: 5, subject: 'role:x', right: 'sync', granted: true, roles: ['x'], query: 'code=1&state=2', since: '2026-01-01T00:00:00Z', full: true, raw: true, file: 'copy.db', database: 'x.db', timeoutMs: 50,
}
const KEYS = ['__proto__', 'constructor', 'toString', 'then', 'length', '0', '', '\0', 'shopId ', 'ShopId', '店', '\ud800']

const tagged = (tag, arbitrary) => arbitrary.map((data) => ({ [tag]: data }))
const leaf = fc.oneof(
  { weight: 6, arbitrary: tagged('odd', fc.constantFrom(...Object.keys(MAKERS))) },
  { weight: 3, arbitrary: tagged('plain', fc.constantFrom(...WORDS)) },
  { weight: 1, arbitrary: tagged('plain', fc.double()) },
  { weight: 1, arbitrary: tagged('plain', fc.integer()) },
  // No path leaves the folder that the test runs in.
  { weight: 1, arbitrary: tagged('plain', fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll(/[/\\]/g, '_'))) },
)

/** Odd, or right so that the other options are looked at too. */
function rightOr(name, odd) {
  return name in RIGHT ? fc.oneof({ weight: 2, arbitrary: fc.constant({ plain: RIGHT[name] }) }, { weight: 1, arbitrary: odd }) : odd
}

/** Recipes of values; the keys of their objects are mostly `known`. */
function values(known) {
  const key = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...known, ...KEYS.slice(0, 1)) }, { weight: 1, arbitrary: fc.constantFrom(...KEYS) })
  const object = (value) => tagged('object', fc.array(fc.tuple(key, value), { maxLength: 5 }))
  const flat = fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: tagged('list', fc.array(leaf, { maxLength: 4 })) }, { weight: 1, arbitrary: object(leaf) })
  const entries = known.length ? fc.subarray(known).chain((keys) => fc.tuple(...keys.map((name) => fc.tuple(fc.constant(name), rightOr(name, flat))))) : fc.constant([])
  return fc.oneof({ weight: 4, arbitrary: leaf }, { weight: 4, arbitrary: tagged('object', entries) }, { weight: 1, arbitrary: object(flat) }, { weight: 1, arbitrary: tagged('getters', entries) })
}

/** The value of a recipe. */
function make(recipe, again) {
  if ('odd' in recipe) return MAKERS[recipe.odd]()
  if ('plain' in recipe) return recipe.plain
  if ('list' in recipe) return recipe.list.map((inner) => make(inner, again))
  const made = {}
  for (const [name, inner] of recipe.object ?? recipe.getters) {
    // Defined, not assigned: `__proto__` must become a key.
    const value = make(inner, again)
    const property = recipe.getters ? { get: () => (again(), value) } : { value }
    Object.defineProperty(made, name, { ...property, enumerable: true, configurable: true })
  }
  return made
}

module.exports = { make, values }
