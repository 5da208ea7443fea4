'use strict'
// A small client for the tests. It can be told to break any single rule.
const http = require('node:http')
const { start, manualClock } = require('..')
const { sign } = require('../platforms/doudian/sign')

const NOON = Date.UTC(2026, 2, 3, 4, 0, 0) // 2026-03-03 12:00 +08:00

/** A small sandbox on a clock that stands still, closed when the test ends. */
async function sandboxFor (t, options = {}) {
  const sandbox = await start({ products: 60, orders: 400, callsPerSecond: 0, clock: manualClock(NOON), ...options })
  t.after(() => sandbox.close())
  return sandbox
}

/** Sends one request; answers `{ status, headers, body, text }` or rejects as the transport does. */
function exchange (url, { verb = 'GET', headers = {}, body = '' } = {}) {
  return new Promise((resolve, reject) => {
    const req = http.request(url, { method: verb, headers: { 'content-length': Buffer.byteLength(body), ...headers } }, res => {
      const chunks = []
      res.on('data', chunk => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () => {
        const bytes = Buffer.concat(chunks)
        if (!res.complete) return reject(new Error('aborted'))
        resolve({ status: res.statusCode, headers: res.headers, body: bytes, text: bytes.toString() })
      })
    })
    req.on('error', reject)
    req.end(body)
  })
}

/** Prepares a signed request; `tweak` replaces parts, an undefined value leaves the part out. */
function prepare (sandbox, app, token, method, params, tweak = {}) {
  const body = tweak.body ?? JSON.stringify(params)
  const timestamp = tweak.timestamp ?? String(Math.floor(sandbox.control.setClock().now / 1000))
  const signMethod = tweak.signMethod ?? 'hmac-sha256'
  const fields = { appKey: app.appKey, method, timestamp, v: '2', ...tweak.signed }
  const query = {
    method, app_key: app.appKey, access_token: token, timestamp, v: '2', sign_method: signMethod,
    sign: sign(signMethod, app.appSecret, fields, tweak.signedBody ?? body), ...tweak.query
  }
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined))
  const path = tweak.path ?? `/doudian/${method.replaceAll('.', '/')}`
  const headers = { 'content-type': 'application/json', 'x-open-no-old-err-code': '1', ...tweak.headers }
  return { url: `${sandbox.url}${path}?${search}${tweak.search ?? ''}`, verb: tweak.verb ?? 'POST', headers, body }
}

/** A caller for one app and, unless `issue` is false, one shop with a fresh token. */
function caller (sandbox, { app = sandbox.doudian, issue = true, shopId } = {}) {
  let token = issue ? sandbox.control.tokens({ appKey: app.appKey, shopId, issue: true }).accessToken : undefined
  const raw = (method, params = {}, tweak) => {
    const { url, ...request } = prepare(sandbox, app, token, method, params, tweak)
    return exchange(url, request)
  }
  const call = async (method, params, tweak) => JSON.parse((await raw(method, params, tweak)).text)
  return { raw, call, use: text => { token = text } }
}

/** Faults that are silent or large; nothing in them is drawn. */
const UNSEEN = ['hang', 'hang_reading', 'hang_headers', 'hang_connect', 'endless_body', 'gzip_bomb', 'many_headers', 'huge_record']

module.exports = { NOON, UNSEEN, sandboxFor, exchange, prepare, caller }
