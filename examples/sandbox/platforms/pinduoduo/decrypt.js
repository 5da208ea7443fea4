'use strict'
// Decrypting buyer data, fact sheet 16: outside of the platform's cloud once in ten seconds and so often a day for each
// application. Masking is not limited.
const { shanghaiText } = require('../../clock')
const { accept } = require('./envelope')
const { Refused, asObject, memberText } = require('./params')
const { viewOf } = require('./order_wire')
const { isOpen, TYPES } = require('./buyer')

const MAX_ITEMS = 100

/** Counts the calls of each application by calendar day in Beijing. */
class DecryptBudget {
  constructor () {
    this.used = new Map() // "appKey/day" → calls
  }

  spend ({ appKey, decryptsPerDay }, now) {
    const key = `${appKey}/${shanghaiText(now).slice(0, 10)}`
    const used = this.used.get(key) ?? 0
    if (used >= decryptsPerDay) throw new Refused('limited', `今日解密次数已用完（${decryptsPerDay} 次）`)
    this.used.set(key, used + 1)
  }
}

function readItems (params) {
  params.only('data_list')
  const items = params.list('data_list').map(value => {
    const item = asObject(value, 'data_list[]')
    return { orderSn: memberText(item, 'data_tag'), secret: memberText(item, 'encrypted_data') }
  })
  if (items.length === 0 || items.length > MAX_ITEMS) throw new Refused('businessParameter', `data_list 应有 1 到 ${MAX_ITEMS} 项`)
  return items
}

const NO_ORDER = [100001, '订单不存在或密文不属于该订单']
const CLOSED = [100002, '订单已发货，不支持解密']

function answerItem ({ orderSn, secret }, [errorCode, errorMsg], found) {
  return {
    data_tag: orderSn, data_type: found?.type ?? 0, encrypted_data: secret, decrypted_data: found?.text ?? '',
    error_code: errorCode, error_msg: errorMsg, virtual_number_type: 0, virtual_identify_number: ''
  }
}

/** Each item has an error of its own. `form` is `plain` or `mask`. */
function reveal (shop, item, form) {
  const version = shop.orders.current(item.orderSn)
  const buyer = version && viewOf(version, shop).buyer
  const name = buyer && Object.keys(buyer.secret).find(one => buyer.secret[one] === item.secret)
  if (!name) return answerItem(item, NO_ORDER)
  if (form === 'plain' && !isOpen(version)) return answerItem(item, CLOSED)
  return answerItem(item, [0, ''], { type: TYPES[name], text: buyer[form][name] })
}

function batch (call, shop, params, world, { app }) {
  const items = readItems(params)
  world.decryptBudget.spend(app, Math.floor(call.now / 1000))
  return accept({ data_decrypt_list: items.map(item => reveal(shop, item, 'plain')) })
}

function maskBatch (call, shop, params) {
  return accept({ data_decrypt_list: readItems(params).map(item => reveal(shop, item, 'mask')) })
}

module.exports = { DecryptBudget, batch, maskBatch }
