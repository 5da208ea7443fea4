// A canary for every secret, through a life of an OA under every fault: nothing that JavaScript, a file or a terminal
// can show holds one, and what is planted is found.
'use strict'
const assert = require('node:assert/strict')
const { fork } = require('node:child_process')
const { randomInt } = require('node:crypto')
const { once } = require('node:events')
const { copyFileSync, readFileSync, readdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { inspect } = require('node:util')
const { Hub } = require('..')
const { FAULTS, start } = require('../examples/sandbox')
const { canary, forms, scanner } = require('./canary')
const { scratch } = require('./support')

// Two only cost time; the third is about the next connection, whoever's it is.
const LEFT_OUT = ['slow_body', 'hang_headers', 'hang_connect']
// The Rust test goes through the others as well.
const STAGES = ['gate', 'wire', 'bytes']
const PLANT = 'a-plant-that-is-no-secret'

/** A sandbox with a shop for every fault and one more, and everything that was secret in it. */
async function stage(t, folder) {
  const seed = randomInt(2 ** 32)
  t.diagnostic(`start({ seed: ${seed} }) makes the same tokens`)
  const faults = Object.entries(FAULTS).filter(([name, { stage }]) => STAGES.includes(stage) && !LEFT_OUT.includes(name))
  const sandbox = await start({ seed, shops: faults.length + 1, products: 2, orders: 2, callsPerSecond: 0 })
  t.after(() => sandbox.close())
  const secrets = []
  const { api, authorize } = sandbox.doudian
  const proxyHost = `127.0.0.1:${sandbox.port}`
  const put = (name, file, secret) => {
    secrets.push([name, secret])
    writeFileSync(join(folder, file), secret)
  }
  const app = (shop, selfUse) => {
    const secret = canary()
    const { appKey, serviceId, redirectUri } = sandbox.control.saveApp({ appSecret: secret, selfUse, callsPerSecond: 0 })
    put('app secret', `${appKey}.secret`, secret)
    put('proxy password', `${appKey}.password`, canary())
    return { name: PLANT, appKey, shop, serviceId, redirectUri, endpoints: { api, authorize }, proxyHost, kind: selfUse ? 'self_use' : 'tool' }
  }
  const shops = sandbox.doudian.shops.map(({ shopId }) => shopId)
  const plans = faults.map(([fault, { on }], number) => {
    const first = (kind) => sandbox.control.truth({ shop: shops[number], kind, limit: 1 }).items[0]
    const order = first('orders').order_id
    const receiver = [canary(), canary(), canary()]
    for (const text of receiver) secrets.push(['receiver', text])
    const [post_receiver, post_tel, detail] = receiver
    sandbox.control.edit({ kind: 'order', id: order, set: { post_receiver, post_tel, post_addr: { detail } } })
    const [product, sku] = [String(first('products').product_id), String(first('skus').id)]
    return { fault, on, asBuffer: number % 2 === 1, order: String(order), product, sku, ...app(shops[number], true) }
  })
  put('master key', 'key', Hub.generateKey())
  const plan = { plans, tool: app(shops.at(-1), false), allowHosts: [proxyHost] }
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
  return { sandbox, secrets, plans }
}

/** Plays the merchant's browser; state and code are secrets too, but JS strings by nature, and used up by now. */
async function agree(url, shop, oauth) {
  const form = new URLSearchParams(new URL(url).searchParams)
  form.set('shop_id', shop)
  form.set('decision', 'allow')
  const answer = await fetch(url.split('?')[0], { method: 'POST', body: form, redirect: 'manual' })
  const params = new URL(answer.headers.get('location')).searchParams
  for (const name of ['state', 'code']) oauth.push([name, params.get(name)])
  return Object.fromEntries(params)
}

function databaseFiles(folder) {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map(({ name }) => name).filter((name) => name.startsWith('oa.db'))
}

/** Does what the child may not see. */
function serve(child, folder, { sandbox, secrets, plans }, oauth) {
  const tokens = ({ appKey, ...wish }) => {
    const plan = plans.find((one) => one.appKey === appKey)
    const { accessToken, refreshToken } = sandbox.control.tokens({ appKey, shopId: plan.shop, ...wish })
    secrets.push(['access token', accessToken], ['refresh token', refreshToken])
  }
  const acts = {
    fault: ({ fault, appKey }) => void sandbox.control.fault({ fault, appKey }),
    clear: ({ clear }) => void sandbox.control.clearFaults(clear),
    expire: ({ appKey }) => tokens({ appKey, expireAccess: true }),
    agree: ({ agree: url }) => agree(url, sandbox.doudian.shops.at(-1).shopId, oauth),
    copy: () => {
      for (const name of databaseFiles(folder)) copyFileSync(join(folder, name), join(folder, `open-${name}`))
      for (const { appKey } of plans) tokens({ appKey })
    },
  }
  child.on('message', async ({ number, ...wish }) => {
    const act = acts[Object.keys(wish)[0]]
    child.send({ number, answer: await act(wish) })
  })
}

async function run(folder, set, oauth) {
  const execArgv = ['--expose-gc']
  const child = fork(join(__dirname, 'canary_child.js'), [folder], { silent: true, execArgv })
  const printed = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => printed.push(bytes))
  serve(child, folder, set, oauth)
  const [code] = await once(child, 'close')
  const text = Buffer.concat(printed)
  assert.equal(code, 0, text.toString().slice(-2000))
  return text
}

test('no secret is in an error, a value, a file, the output or the heap of a process', async (t) => {
  const folder = scratch(t)
  const [set, oauth, plant] = [await stage(t, folder), [], canary()]
  writeFileSync(join(folder, 'plant'), plant)
  const printed = await run(folder, set, oauth)
  const { failed } = JSON.parse(readFileSync(join(folder, 'done.json'), 'utf8'))
  assert.ok(failed > 25, `${failed} errors`)
  const heap = JSON.parse(readFileSync(join(folder, 'heap.json'), 'utf8')).strings.join('\n')
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const names = entries.map(({ name }) => name).filter((name) => name !== 'heap.json' && name !== 'plan.json')
  const places = [['output', printed], ...names.map((name) => [name, readFileSync(join(folder, name))])]
  const [find, findPlant] = [scanner([...set.secrets, ...oauth]), scanner([['plant', PLANT]])]
  const kinds = new Set([...set.secrets, ...oauth].map(([name]) => name))
  assert.deepEqual([...kinds].sort(), ['access token', 'app secret', 'code', 'master key', 'proxy password', 'receiver', 'refresh token', 'state'])
  const leaks = places.flatMap(([place, bytes]) => find(bytes).map((hit) => `${hit} in ${place}`))
  leaks.push(...scanner(set.secrets)(heap).map((hit) => `${hit} in the heap`))
  assert.deepEqual(leaks, [])
  // The same look finds the name of the apps, and in the heap every form of what was planted.
  const planted = places.filter(([, bytes]) => findPlant(bytes).includes('plant as raw')).map(([place]) => place)
  for (const place of ['output', 'told.txt', 'oa.db', 'backup.db']) assert.ok(planted.includes(place), `${place}: ${planted}`)
  assert.ok(planted.some((place) => place.startsWith('open-oa.db')), planted.join())
  // V8 cuts the texts of a snapshot at their first NUL, so that UTF-16 in a JS string cannot be seen there.
  const seen = forms(plant).filter(([, bytes]) => !bytes.includes(0)).map(([name]) => `plant as ${name}`)
  assert.deepEqual(scanner([['plant', plant]])(heap).sort(), seen.sort())
})

test('the scanner finds every form, in errors and in what inspect shows', () => {
  const plant = canary()
  const find = scanner([['plant', plant]])
  for (const [name, bytes] of forms(plant)) {
    assert.ok(find(Buffer.concat([Buffer.from('noise '), bytes, Buffer.from(' noise')])).includes(`plant as ${name}`), name)
    const error = new Error('no', { cause: Object.assign(new Error(bytes.toString('latin1')), { code: 1 }) })
    if (!bytes.includes(0)) assert.ok(find(inspect(error, { showHidden: true, depth: Infinity })).length > 0, name)
  }
  assert.deepEqual(find(canary()), [])
  assert.ok(find(inspect({ key: Buffer.from(plant) })).includes('plant as dump'))
  assert.ok(find(JSON.stringify(Buffer.from(plant))).includes('plant as JSON of numbers'))
})
