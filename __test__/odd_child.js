// Calls every export with odd arguments: `odd_child.js COUNT SEED`, in a process of its own, so that a crash is seen,
// and in a folder of its own, where files may appear. What is being called is in the file `last`.
'use strict'
const assert = require('node:assert/strict')
const { openSync, readFileSync, writeSync } = require('node:fs')
const { join } = require('node:path')
const fc = require('fast-check')
const dianqiao = require(process.env.DIANQIAO_MODULE ?? '..')
const { make, values } = require('./odd_values')
const { hubOnStage } = require('./stage')

const [count, seed] = process.argv.slice(2).map(Number)
const { Hub } = dianqiao
const KEY = () => Buffer.from('0123456789abcdefghijklmnopqrstuv')
const CODES = new Set(readFileSync(join(__dirname, '../src/node/header.d.ts'), 'utf8').match(/type ErrorCode =([^;]*?)\n\n/)[1].match(/\w+(?=')/g))
// Getters and constructors take nothing: a few sets are enough.
const FEW = 10
const PROTOTYPES = [Object, Array, Function, String, Promise, Buffer].map(({ prototype }) => [prototype, Reflect.ownKeys(prototype).length])

const stray = []
process.on('unhandledRejection', (error) => stray.push(error))
process.on('uncaughtException', (error) => stray.push(error))

/** A hub that may be closed: another one after every so many calls. */
let spare
let closings = 0
async function spareHub() {
  if (closings++ % 100 === 0) spare = await Hub.open({ database: 'spare.db', masterKey: KEY() })
  return spare
}

/** Every export, found at run time: what to call it on and how. */
function exportsOf(hub) {
  const receivers = new Map([[Hub, hub]])
  for (const [, { get }] of membersOf(Hub.prototype)) if (get) receivers.set(get.call(hub).constructor, get.call(hub))
  const found = []
  for (const [name, item] of Object.entries(dianqiao)) {
    if (typeof item !== 'function') continue
    assert.ok(receivers.has(item), `nothing here gives a ${name}: teach this test`)
    found.push({ name: `new ${name}`, refused: true, invoke: (_, args) => Reflect.construct(item, args) })
    found.push({ name: `${name}()`, refused: true, invoke: (self, args) => Reflect.apply(item, self, args) })
    for (const [member, { value }] of membersOf(item)) {
      if (typeof value === 'function') found.push({ name: `${name}.${member}`, receiver: () => item, isStatic: true, invoke: (self, args) => Reflect.apply(value, self, args) })
    }
    for (const [member, { value, get }] of membersOf(item.prototype)) {
      const receiver = name === 'Hub' && member === 'close' ? spareHub : () => receivers.get(item)
      found.push({ name: `${name}#${member}`, receiver, isGetter: get !== undefined, invoke: (self, args) => Reflect.apply(get ?? value, self, args) })
    }
  }
  return found
}

function membersOf(object) {
  return Object.entries(Object.getOwnPropertyDescriptors(object)).filter(([name, { value, get }]) => name !== 'constructor' && (get || typeof value === 'function'))
}

/** The names of an export's options, asked of the export itself. */
async function optionsOf({ receiver, isGetter, refused, invoke }) {
  const known = new Set()
  for (const before of isGetter || refused ? [] : [[], ['1'], ['1', []]]) {
    const message = await attempt(async () => invoke(await receiver(), [...before, { 'no such option': 1 }])).then(String, (error) => error.message)
    for (const name of message.match(/known: ([^)]*)\)/)?.[1].split(', ') ?? []) known.add(name)
  }
  return [...known]
}

const attempt = async (work) => work()

/** Resolves to how a call ended; fails when that is no way for a call to end. */
async function judge(item, self, args, rightSelf) {
  let answer
  try {
    answer = item.invoke(self, args)
  } catch (error) {
    if (item.refused && error instanceof Error) return 'no constructor'
    if (!rightSelf && isWrongThis(error)) return 'wrong this'
    return typed(error, 'thrown')
  }
  assert.ok(!item.refused, 'a class was made without a hub')
  if (!(answer instanceof Promise)) return finish(item, answer)
  const late = AbortSignal.timeout(30_000)
  const end = await Promise.race([answer.then((value) => ({ value }), (error) => ({ error })), new Promise((_, reject) => late.addEventListener('abort', () => reject(new Error('no answer in 30 s'))))])
  if ('error' in end) return typed(end.error, 'rejected')
  if (end.value instanceof Hub) await end.value.close()
  return 'fulfilled'
}

/** What the binding layer throws before our code is reached: no error of ours, but an error. */
function isWrongThis(error) {
  return error instanceof TypeError || (error instanceof Error && error.code === 'InvalidArg')
}

/** A method on an instance of another class would read foreign memory. */
async function refuseForeignSelves(items) {
  const selves = await Promise.all(items.filter(({ isStatic, refused }) => !isStatic && !refused).map(({ receiver }) => receiver()))
  for (const { name, receiver, invoke, isStatic } of items.filter(({ refused }) => !refused)) {
    if (isStatic) continue
    const right = Object.getPrototypeOf(await receiver())
    const foreign = new Set(selves.filter((self) => Object.getPrototypeOf(self) !== right))
    for (const self of foreign) assert.throws(() => invoke(self, ['1']), isWrongThis, name)
    for (const self of [Object.create(selves[0]), new Proxy(selves[0], {}), right]) assert.throws(() => invoke(self, ['1']), isWrongThis, name)
  }
}

function finish({ name }, answer) {
  if (name === 'Hub#on') answer()
  return 'returned'
}

function typed(error, way) {
  assert.ok(error instanceof Error, `${way}: ${String(error)}`)
  assert.equal(error.name, 'DianqiaoError', error.stack)
  assert.ok(CODES.has(error.code), error.code)
  assert.notEqual(error.code, 'INTERNAL', error.message)
  assert.equal(typeof error.operation, 'string')
  assert.ok(error.message.length < 2000, `a message of ${error.message.length} characters`)
  return `${way} ${error.code}`
}

async function main() {
  const last = openSync('last', 'w')
  const { hub } = await hubOnStage({ after: () => {} })
  const again = () => void hub.shops.get('404').catch(() => {})
  const items = exportsOf(hub)
  await refuseForeignSelves(items)
  const small = items.filter(({ refused, isGetter }) => refused || isGetter).length
  const each = Math.max(FEW, Math.ceil((count - small * FEW) / (items.length - small)))
  const [ends, ways] = [{}, new Map()]
  for (const [index, item] of items.entries()) {
    const value = values(await optionsOf(item))
    const self = fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
    const property = fc.asyncProperty(fc.array(value, { maxLength: 4 }), self, async (recipes, otherSelf) => {
      writeSync(last, `${item.name} ${JSON.stringify([recipes, otherSelf])}\n`.padEnd(400), 0)
      const args = recipes.map((recipe) => make(recipe, again))
      const receiver = otherSelf ? make(otherSelf, again) : await item.receiver?.()
      const end = await judge(item, receiver, args, !otherSelf || item.isStatic)
      ends[end] = (ends[end] ?? 0) + 1
      const way = end.match(/^(thrown|rejected)/)?.[0]
      if (way) assert.equal(ways.get(item.name) ?? way, way, 'an export fails in one way only')
      if (way) ways.set(item.name, way)
      for (const [prototype, size] of PROTOTYPES) assert.equal(Reflect.ownKeys(prototype).length, size, 'a prototype was polluted')
      assert.deepEqual(stray.filter((error) => error?.message !== 'theirs'), [], 'an error that nobody could handle')
    })
    try {
      await fc.assert(property, { numRuns: item.refused || item.isGetter ? FEW : each, seed: seed + index })
    } catch (error) {
      throw new Error(`${item.name}: ${error.message}`, { cause: error })
    }
  }
  assert.equal(typeof (await hub.health()).version, 'string')
  assert.equal((await hub.shops.list()).length, 1)
  await hub.close()
  console.log(JSON.stringify({ exports: items.length, ends }))
  process.exit(0)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
