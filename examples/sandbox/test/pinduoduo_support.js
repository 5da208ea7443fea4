'use strict'
// A small client of the pinduoduo sandbox for the tests. It can be told to break any single rule.
const { sandboxFor, exchange, NOON } = require('./support')
const { sign } = require('../platforms/pinduoduo/sign')
const { parse, write } = require('../json')
const { plain } = require('../truth')

const FORM = 'application/x-www-form-urlencoded'
const BOUNDARY = 'sandbox-test-boundary'

function asText (value) {
  return typeof value === 'object' ? write(value) : String(value)
}

/** The signed parameters; of `tweak.query` an undefined value leaves one out, before signing. */
function signed (sandbox, app, token, method, params, tweak) {
  const timestamp = String(Math.floor(sandbox.control.setClock().now / 1000))
  const all = { type: method, client_id: app.appKey, access_token: token, timestamp, data_type: 'JSON', version: 'V1', ...params, ...tweak.set }
  const texts = Object.entries(all).filter(([, value]) => value !== undefined && value !== null).map(([name, value]) => [name, asText(value)])
  return [...texts, ['sign', tweak.sign ?? sign(tweak.secret ?? app.appSecret, texts)]]
}

function multipart (pairs, files) {
  const fields = pairs.map(([name, text]) => `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`)
  const parts = Object.entries(files).map(([name, bytes]) => [Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n`), bytes, Buffer.from('\r\n')])
  return Buffer.concat([Buffer.from(fields.join('')), ...parts.flat(), Buffer.from(`--${BOUNDARY}--\r\n`)])
}

/** `{ url, verb, headers, body }` in one of the encodings json, form, get and multipart. */
function encoded (sandbox, pairs, { encoding = 'json', files = {}, path }) {
  const api = `${sandbox.url}/pinduoduo${path ?? (encoding === 'multipart' ? '/api/upload' : '/api/router')}`
  const form = String(new URLSearchParams(pairs))
  switch (encoding) {
    case 'get': return { url: `${api}?${form}`, verb: 'GET' }
    case 'form': return { url: api, verb: 'POST', headers: { 'content-type': FORM }, body: form }
    case 'multipart': return { url: api, verb: 'POST', headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, body: multipart(pairs, files) }
    default: return { url: api, verb: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(Object.fromEntries(pairs)) }
  }
}

/** A caller for one app and, unless `issue` is false, one shop with a fresh token. */
function pddCaller (sandbox, { app = sandbox.pinduoduo, issue = true, shopId } = {}) {
  let token = issue ? sandbox.control.tokens({ platform: 'pinduoduo', appKey: app.appKey, shopId, issue: true }).accessToken : undefined
  const prepared = (method, params = {}, tweak = {}) => encoded(sandbox, signed(sandbox, app, 'token' in tweak ? tweak.token : token, method, params, tweak), tweak)
  const raw = (method, params, tweak) => {
    const { url, ...request } = prepared(method, params, tweak)
    return exchange(url, request)
  }
  /** The answer with ids as exact strings and other numbers as numbers. */
  const call = async (method, params, tweak) => plain(parse((await raw(method, params, tweak)).text))
  /** What stands below the only wrapper; a refusal fails the test. */
  const ok = async (method, params, tweak) => {
    const answer = await call(method, params, tweak)
    if (answer.error_response) throw new Error(`${method}: ${JSON.stringify(answer.error_response)}`)
    const [only] = Object.values(answer)
    return Object.keys(answer).length === 1 ? only : answer
  }
  const refused = async (method, params, tweak) => (await call(method, params, tweak)).error_response
  return { prepared, raw, call, ok, refused, use: text => { token = text } }
}

module.exports = { sandboxFor, pddCaller, exchange, NOON }
