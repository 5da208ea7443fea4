'use strict'
// Stock, fact sheet 9.3: the newer nested call and the two older flat ones.
const { Refused } = require('./envelope')
const { findSku } = require('./wares')
const { changeSku } = require('./ware_writes')
const { DELETED } = require('./ware_state')

const MAX_SKUS = 30
const MAX_STOCK = 99_999_999
const FULL = 'fullStockIn'
const INCREMENT = 'incrStockIn' // the sheet speaks of an "incremental form" and does not name it
const NATIONWIDE = '0'

function amountName (updateModel) {
  return updateModel === FULL ? 'stockNum' : 'incrStockNum'
}

/** What one entry wants: `{ skuId, number, storeId }`. */
function readEntry (entry, updateModel) {
  const name = amountName(updateModel)
  return { skuId: entry.id('skuId'), number: entry.integer(name, { low: updateModel === FULL ? 0 : -MAX_STOCK, high: MAX_STOCK }), storeId: entry.text('storeId') || NATIONWIDE }
}

/** Why the entry cannot be done, or null. */
function complaint (found, { number, storeId }, updateModel) {
  if (!found) return 'SKU不存在'
  if (found.version.status === DELETED) return '商品已删除'
  if (storeId !== NATIONWIDE) return '仓库不存在'
  if (updateModel === INCREMENT && found.sku.stock + number < 0) return '库存不足'
  return null
}

/** Does what can be done, and answers the failures. The ware is looked up anew each time: two SKUs may share one. */
function apply (shop, entries, updateModel, desk) {
  const failures = []
  for (const entry of entries) {
    const found = findSku(shop, entry.skuId)
    const message = complaint(found, entry, updateModel)
    if (message) failures.push({ data: BigInt(entry.skuId), success: false, storeId: Number(entry.storeId), message })
    else changeSku(shop, found, { stock: updateModel === FULL ? entry.number : found.sku.stock + entry.number }, desk)
  }
  return failures
}

/** The answer given before under this number, or undefined. Another change under it is refused. */
function earlier (desk, key, wish) {
  const known = desk.idempotent.get(key)
  if (known && known.wish !== wish) throw new Refused('wrongValue', 'stockRfId 已被另一次库存更新使用')
  return known?.answer
}

/** Partly done is still a success; what failed is in the list (9.3). */
function setSkuStock (shop, params, desk) {
  params.only('req')
  const req = params.object('req')
  req.only('updateModel', 'stockRfId', 'stockModel', 'skuStocks')
  const updateModel = req.required('updateModel')
  if (updateModel !== FULL && updateModel !== INCREMENT) throw new Refused('wrongValue', `updateModel 只支持 ${FULL} 和 ${INCREMENT}`)
  const stockRfId = req.id('stockRfId')
  const entries = (req.objects('skuStocks', MAX_SKUS) ?? []).map(entry => {
    entry.only('skuId', amountName(updateModel), 'storeId')
    return readEntry(entry, updateModel)
  })
  if (entries.length === 0) throw new Refused('wrongParameter', '缺少参数 skuStocks')
  const key = `${desk.app.appKey}/${shop.id}/${stockRfId}`
  const wish = JSON.stringify([updateModel, entries])
  const before = earlier(desk, key, wish)
  const log = { target: entries.map(entry => entry.skuId).join(','), params: { updateModel, stockRfId, skuStocks: entries } }
  if (before) return { ...log, changed: false, answer: before }
  const failures = apply(shop, entries, updateModel, desk)
  const answer = { returnType: { success: true, code: '0', message: '', obj: { updateStockResult: failures } } }
  desk.idempotent.set(key, { wish, answer })
  return { ...log, changed: failures.length < entries.length, answer }
}

function single (shop, entry, updateModel, desk) {
  const found = findSku(shop, entry.skuId)
  const message = complaint(found, entry, updateModel)
  if (message) throw new Refused('wrongValue', message)
  changeSku(shop, found, { stock: updateModel === FULL ? entry.number : found.sku.stock + entry.number }, desk)
  return { target: entry.skuId, params: { wareId: found.version.id, updateModel, ...entry }, changed: true, answer: { success: true } }
}

/** The older absolute call: no number against repeats, and none needed. */
function updateSkuStock (shop, params, desk) {
  params.only('skuId', 'stockNum', 'storeId')
  return single(shop, readEntry(params, FULL), FULL, desk)
}

/** The older increment: `stockRfId` is its only protection against repeats. */
function increaseSkuStock (shop, params, desk) {
  params.only('skuId', 'incrStockNum', 'storeId', 'stockRfId')
  const key = `${desk.app.appKey}/${shop.id}/${params.id('stockRfId')}`
  const entry = readEntry(params, INCREMENT)
  const wish = JSON.stringify([INCREMENT, [entry]])
  const before = earlier(desk, key, wish)
  if (before) return { target: entry.skuId, params: entry, changed: false, answer: before }
  const outcome = single(shop, entry, INCREMENT, desk)
  desk.idempotent.set(key, { wish, answer: outcome.answer })
  return outcome
}

module.exports = { setSkuStock, updateSkuStock, increaseSkuStock }
