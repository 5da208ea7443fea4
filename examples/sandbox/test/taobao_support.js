'use strict'
// A client of the sandbox's Taobao for the tests. It can be told to break any single rule.
const { exchange } = require('./support')
const { sign } = require('../platforms/taobao/sign')
const { parse, Literal } = require('../json')
const { shanghaiText } = require('../clock')

/** Text parameters and files as a multipart body: `{ headers, body }`. `files` are `{ name: Buffer }`. */
function multipart (params, files) {
  const boundary = '----sandboxBoundary7MA4YWxk'
  const pieces = []
  for (const [name, value] of Object.entries(params)) pieces.push(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  for (const [name, bytes] of Object.entries(files)) {
    pieces.push(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}.png"\r\nContent-Type: image/png\r\n\r\n`, bytes, '\r\n')
  }
  pieces.push(`--${boundary}--\r\n`)
  return { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, body: Buffer.concat(pieces.map(piece => Buffer.from(piece))) }
}

/** Prepares a signed request; `tweak.common` replaces common parameters (undefined leaves one out), `tweak.sign` the signature. */
function prepare (sandbox, app, session, method, params, tweak = {}) {
  const signMethod = tweak.signMethod ?? 'hmac-sha256'
  const common = {
    method, app_key: app.appKey, session, timestamp: shanghaiText(Math.floor(sandbox.control.setClock().now / 1000)),
    v: '2.0', format: 'json', sign_method: signMethod, simplify: tweak.simplify ? 'true' : undefined, ...tweak.common
  }
  const texts = Object.fromEntries(Object.entries({ ...common, ...params }).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]))
  const signature = tweak.sign ?? sign(signMethod, app.appSecret, Object.entries(texts))
  const all = { ...texts, sign: signature, ...tweak.unsigned }
  if (tweak.verb === 'GET') return { url: `${sandbox.taobao.api}?${new URLSearchParams(all)}`, verb: 'GET' }
  if (tweak.files) return { url: sandbox.taobao.api, verb: 'POST', ...multipart(all, tweak.files) }
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8', ...tweak.headers }
  return { url: `${sandbox.taobao.api}${tweak.search ?? ''}`, verb: 'POST', headers, body: new URLSearchParams(all).toString() }
}

/** JSON whose integers beyond 2^53 stay texts of digits. */
function readJson (text) {
  const plain = value => {
    if (value instanceof Literal) return Number.isSafeInteger(Number(value.text)) || /[.eE]/.test(value.text) ? Number(value.text) : value.text
    if (Array.isArray(value)) return value.map(plain)
    if (value instanceof Map) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]))
    return value
  }
  return plain(parse(text))
}

/** A caller for one app and, unless `issue` is false, one shop with a fresh session. `call` answers what is under the root. */
function taobaoCaller (sandbox, { app = sandbox.taobao, issue = true, shopId } = {}) {
  const control = { platform: 'taobao', appKey: app.appKey, shopId }
  let session = issue ? sandbox.control.tokens({ ...control, issue: true }).accessToken : undefined
  const raw = (method, params = {}, tweak) => {
    const { url, ...request } = prepare(sandbox, app, session, method, params, tweak)
    return exchange(url, request)
  }
  const whole = async (method, params, tweak) => readJson((await raw(method, params, tweak)).text)
  const call = async (method, params, tweak) => {
    const answer = await whole(method, params, tweak)
    if (answer.error_response) throw Object.assign(new Error(JSON.stringify(answer.error_response)), answer.error_response)
    return Object.values(answer)[0]
  }
  /** `[code, sub_code]` of a refusal. */
  const refused = async (method, params, tweak) => {
    const { error_response: error } = await whole(method, params, tweak)
    return error ? [error.code, error.sub_code] : null
  }
  return { raw, whole, call, refused, use: text => { session = text }, session: () => session, prepare: (method, params, tweak) => prepare(sandbox, app, session, method, params, tweak) }
}

/** POST /token with a form. */
async function tokenCall (sandbox, form) {
  const answer = await exchange(sandbox.taobao.token, { verb: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form).toString() })
  return { status: answer.status, ...JSON.parse(answer.text) }
}

async function truth (sandbox, kind, shop) {
  const items = []
  let after
  do {
    const page = sandbox.control.truth({ platform: 'taobao', kind, shop, after, limit: 150 })
    items.push(...page.items)
    after = page.next
  } while (after)
  return items
}

module.exports = { taobaoCaller, tokenCall, truth, readJson, multipart }
