'use strict'
// A small JD client for the tests. It can be told to break any single rule.
const { sandboxFor, exchange } = require('./support')
const { shanghaiText } = require('../clock')
const { sign } = require('../platforms/jd/sign')

const ORDER_FIELDS = 'orderId,venderId,orderState,orderStartTime,orderEndTime,paymentConfirmTime,modified,orderTotalPrice,orderSellerPrice,orderPayment,shouldPay,actualPay,freightPrice,sellerDiscount,orderRemark,venderRemark,waybill,logisticsId,consigneeInfo,itemInfoList,couponDetailList'
const WARE_FIELDS = 'wareId,title,categoryId,wareStatus,outerId,itemNum,created,modified,jdPrice,marketPrice,stockNum,images'

function nowText (sandbox) {
  return shanghaiText(Math.floor(sandbox.control.setClock().now / 1000))
}

/** Prepares a signed request; `tweak` replaces parts, an undefined value leaves the part out. */
function prepare (sandbox, app, token, method, params, tweak = {}) {
  const union = method.startsWith('jd.union.')
  const sent = {
    method, app_key: app.appKey, access_token: union ? undefined : token, timestamp: nowText(sandbox), v: union ? '1.0' : '2.0',
    '360buy_param_json': tweak.json ?? JSON.stringify(params), ...tweak.form
  }
  const form = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined))
  const text = new URLSearchParams({ ...form, sign: sign(app.appSecret, form), ...tweak.unsigned }).toString()
  if (tweak.verb === 'GET') return { url: `${sandbox.jd.api}?${text}`, verb: 'GET' }
  return { url: `${sandbox.jd.api}${tweak.search ?? ''}`, verb: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', ...tweak.headers }, body: tweak.body ?? text }
}

/** A caller for one app and, unless `issue` is false, one shop with a fresh token. `call` answers what is in the wrapper. */
function jdCaller (sandbox, { app = sandbox.jd, issue = true, shopId } = {}) {
  let token = issue ? sandbox.control.tokens({ platform: 'jd', appKey: app.appKey, shopId, issue: true }).accessToken : undefined
  const raw = (method, params = {}, tweak) => {
    const { url, ...request } = prepare(sandbox, app, token, method, params, tweak)
    return exchange(url, request)
  }
  const answer = async (method, params, tweak) => JSON.parse((await raw(method, params, tweak)).text)
  const call = async (method, params, tweak) => {
    const whole = await answer(method, params, tweak)
    const [wrapper] = Object.values(whole)
    return wrapper
  }
  const code = async (method, params, tweak) => {
    const whole = await answer(method, params, tweak)
    return whole.error_response?.code ?? whole.code ?? Object.values(whole)[0].code
  }
  return { raw, answer, call, code, use: text => { token = text } }
}

/** Sends a form to one of the token addresses. */
function oauthRequest (url, form, verb = 'POST') {
  const text = new URLSearchParams(form).toString()
  if (verb === 'GET') return exchange(`${url}?${text}`)
  return exchange(url, { verb, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: text })
}

async function oauth (url, form, verb) {
  return JSON.parse((await oauthRequest(url, form, verb)).text)
}

/** A small sandbox and what the tests of JD ask of it. */
async function jdSandbox (t, options) {
  const sandbox = await sandboxFor(t, options)
  const truth = kind => sandbox.control.truth({ platform: 'jd', kind, limit: 10_000 }).items
  const writes = () => sandbox.control.writes({ platform: 'jd' }).items
  return { sandbox, truth, writes, ...jdCaller(sandbox) }
}

module.exports = { jdSandbox, jdCaller, prepare, oauthRequest, oauth, nowText, ORDER_FIELDS, WARE_FIELDS }
