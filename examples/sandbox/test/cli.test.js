'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { spawn } = require('node:child_process')
const path = require('node:path')
const { exchange } = require('./support')

const CLI = path.join(__dirname, '../cli.js')

function begin (t, ...flags) {
  const child = spawn(process.execPath, [CLI, '--products', '5', '--orders', '20', ...flags], { stdio: ['pipe', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const line = new Promise(resolve => child.stdout.once('data', data => resolve(String(data))))
  const ended = new Promise(resolve => child.on('exit', code => resolve(code)))
  return { child, line, ended }
}

test('it prints one line of JSON and ends with its stdin', { timeout: 10_000 }, async t => {
  const { child, line, ended } = begin(t, '--exit-with-stdin', '--redirect-uri', 'http://127.0.0.1:3000/cb')
  const { url, control, doudian } = JSON.parse(await line)
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.equal(doudian.api, `${url}/doudian`)
  assert.match(doudian.appKey, /^\d{19}$/)
  assert.equal(doudian.redirectUri, 'http://127.0.0.1:3000/cb')
  assert.equal(JSON.parse((await exchange(`${control}/truth/summary`)).text).doudian[doudian.shops[0].shopId].orders.count, 20)
  child.stdin.end()
  assert.equal(await ended, 0)
})

test('it ends on SIGTERM, also while a call hangs', { timeout: 10_000 }, async t => {
  const { child, line, ended } = begin(t)
  const { url, control } = JSON.parse(await line)
  const entry = JSON.parse((await exchange(`${control}/faults`, { verb: 'POST', body: '{"fault":"hang"}' })).text)
  assert.deepEqual([entry.fault, entry.id], ['hang', 1])
  const hanging = exchange(`${url}/doudian/shop/brandList`, { verb: 'POST' }).catch(error => error.code)
  while (JSON.parse((await exchange(`${control}/stats`)).text).calls < 1);
  child.kill('SIGTERM')
  assert.equal(await ended, 0)
  assert.equal(await hanging, 'ECONNRESET')
})

test('it plays the platforms that are named', { timeout: 10_000 }, async t => {
  const { line } = begin(t, '--platforms', 'taobao', '--shops', '2')
  const described = JSON.parse(await line)
  assert.deepEqual([Object.keys(described), described.taobao.shops.length], [['url', 'taobao', 'control'], 2])
  assert.equal((await exchange(`${described.url}/doudian/shop/brandList`, { verb: 'POST' })).status, 404)
  assert.equal(await begin(t, '--platforms', 'nowhere').ended, 2)
})

test('content accounts have as many posts as they are told', { timeout: 10_000 }, async t => {
  const { url, control, douyin } = JSON.parse(await begin(t, '--platforms', 'douyin', '--posts', '7').line)
  assert.deepEqual([douyin.api, douyin.authorize, douyin.phone], [`${url}/douyin`, `${url}/douyin/platform/oauth/connect/`, `${url}/douyin/phone`])
  const shop = encodeURIComponent(douyin.shops[0].shopId)
  assert.equal(JSON.parse((await exchange(`${control}/truth?platform=douyin&kind=posts&shop=${shop}`)).text).items.length, 7)
})

test('an unknown flag is refused', { timeout: 10_000 }, async t => {
  assert.equal(await begin(t, '--prot', '1').ended, 2)
})
