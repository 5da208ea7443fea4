'use strict'
// Reading wares and SKUs, fact sheet 8 and 9.3.
const { slice } = require('../../shelf')
const { Refused } = require('./envelope')
const { rowsOf, pick } = require('./cut')
const { wareItem, skuItem, lowestPrice, SKU_ON, SKU_OFF } = require('./ware_seed')
const { DELETED, BANNED, baseOf, isRefused } = require('./ware_state')

const MAX_PAGE = 100 // 8: "about 100 pages"
const MAX_FIELDS = 100
const NATIONWIDE = 0

// "Most appear only when named in field": these come unasked
const WARE_FIELDS = ['wareId', 'title', 'categoryId', 'wareStatus']
const SKU_FIELDS = ['skuId', 'wareId', 'status', 'jdPrice', 'outerId']
const WARE_AXES = { created: 'createTime', modified: 'updateTime' }

function fieldsOf (params, standard) {
  return params.list('field', MAX_FIELDS) ?? standard
}

function numbers (params, name, most) {
  const items = params.list(name, most)
  if (items?.some(item => !/^-?\d+$/.test(item))) throw new Refused('wrongParameter', `${name} 应为逗号分隔的数字`)
  return items
}

/** A window of whole numbers by a record's value, or null. */
function range (from, to, valueOf) {
  if (from === undefined && to === undefined) return null
  return version => valueOf(version) >= (from ?? -Infinity) && valueOf(version) <= (to ?? Infinity)
}

function priceRange (params) {
  const end = name => (params.has(name) ? params.yuan(name) : undefined)
  return range(end('startJdPrice'), end('endJdPrice'), lowestPrice)
}

function stockRange (params) {
  const end = name => (params.has(name) ? params.integer(name) : undefined)
  return range(end('startStockNum'), end('endStockNum'), version => version.skus.reduce((sum, sku) => sum + sku.stock, 0))
}

function timeRange (params, name, fact) {
  const window = params.window(`start${name}`, `end${name}`)
  return window ? range(...window, version => version[fact] || NaN) : null
}

function titleTest (params) {
  const key = params.text('searchKey')
  if (key === '') return null
  if (params.text('searchField') !== 'title') throw new Refused('wrongValue', 'searchField 只支持 title')
  return version => version.title.includes(key)
}

function sameText (params, name) {
  const wanted = params.text(name)
  return wanted === '' ? null : version => String(version[name]) === wanted
}

function within (list, fact) {
  return list && (version => list.includes(String(version[fact])))
}

/** Deleted wares are never among the valid ones. */
function wareFilter (params) {
  const tests = [
    within(numbers(params, 'wareId', 20), 'id'), within(numbers(params, 'wareStatusValue'), 'status'), titleTest(params),
    sameText(params, 'categoryId'), sameText(params, 'itemNum'), sameText(params, 'barCode'), priceRange(params), stockRange(params),
    timeRange(params, 'OnlineTime', 'onlineTime'), timeRange(params, 'OfflineTime', 'offlineTime')
  ].filter(Boolean)
  return version => version.status !== DELETED && tests.every(test => test(version))
}

const SEARCH_NAMES = [
  'wareId', 'searchKey', 'searchField', 'categoryId', 'wareStatusValue', 'itemNum', 'barCode', 'startCreatedTime', 'endCreatedTime',
  'startModifiedTime', 'endModifiedTime', 'startOnlineTime', 'endOnlineTime', 'startOfflineTime', 'endOfflineTime', 'startJdPrice',
  'endJdPrice', 'startStockNum', 'endStockNum', 'orderField', 'orderType', 'pageNo', 'pageSize', 'field'
]
const PAGING = ['orderField', 'orderType', 'pageNo', 'pageSize', 'field']

/** The order is a choice of the sandbox where none is asked for: newest creation first. */
function sorting (params) {
  const axis = WARE_AXES[params.text('orderField') || 'created']
  const way = params.text('orderType') || 'desc'
  if (!axis || !['asc', 'desc'].includes(way)) throw new Refused('wrongValue', 'orderField 支持 created、modified，orderType 支持 asc、desc')
  return { axis, ascending: way === 'asc' }
}

function queryKey (params) {
  return JSON.stringify(SEARCH_NAMES.filter(name => !PAGING.includes(name)).map(name => params.text(name)))
}

function searchWare4Valid (call, shop, params) {
  params.only(...SEARCH_NAMES)
  const pageNo = params.integer('pageNo', { fallback: 1, low: 1, high: MAX_PAGE })
  const pageSize = params.integer('pageSize', { fallback: 20, low: 1, high: 50 })
  const { axis, ascending } = sorting(params)
  const bounds = { createTime: params.window('startCreatedTime', 'endCreatedTime'), updateTime: params.window('startModifiedTime', 'endModifiedTime') }
  const select = () => shop.wares.select(axis, bounds, wareFilter(params), `${axis} ${queryKey(params)}`)
  call.moveRows?.(shop, shop.wares, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : (pageNo - 1) * pageSize, pageSize, ascending)
  return { page: { data: rowsOf(rows, wareItem, fieldsOf(params, WARE_FIELDS)), pageNo, pageSize, totalItem: found.high - found.low } }
}

/** A ware that does not exist is an answer without `ware`. */
function findWareById (call, shop, params) {
  params.only('wareId', 'field')
  const version = shop.wares.current(params.id('wareId'))
  return version ? { ware: pick(wareItem(version), fieldsOf(params, WARE_FIELDS)) } : {}
}

/** Every SKU with its ware, newest ware first. */
function allSkus (shop) {
  const { rows } = shop.wares.select('createTime', {}, null, '')
  return rows.slice().reverse().flatMap(version => version.skus.map(sku => ({ version, sku })))
}

function skuTests (params) {
  const wares = numbers(params, 'wareId')
  const skus = numbers(params, 'skuId')
  const states = (numbers(params, 'skuStatuValue') ?? [SKU_ON, SKU_OFF]).map(Number)
  const outIds = params.list('outId')
  const number = params.text('itemNum')
  const title = params.text('wareTitle')
  return ({ version, sku }) => version.status !== DELETED && states.includes(sku.status) && (!wares || wares.includes(version.id)) && (!skus || skus.includes(sku.id)) &&
    (!outIds || outIds.includes(sku.outerId)) && (number === '' || version.itemNum === number) && version.title.includes(title)
}

/** The page size is spelt `page_size` here (1.6). */
function searchSkuList (call, shop, params) {
  params.only('wareId', 'skuId', 'skuStatuValue', 'outId', 'itemNum', 'wareTitle', 'pageNo', 'page_size', 'orderFiled', 'orderType', 'field')
  const pageNo = params.integer('pageNo', { fallback: 1, low: 1, high: MAX_PAGE })
  const size = params.integer('page_size', { fallback: 20, low: 1, high: 100 })
  call.moveRows?.(shop, shop.wares, () => shop.wares.select('updateTime', {}, null, ''))
  const found = allSkus(shop).filter(skuTests(params))
  const start = call.stuck ? 0 : (pageNo - 1) * size
  const names = fieldsOf(params, SKU_FIELDS)
  const data = found.slice(start, start + size).map(({ version, sku }) => pick(skuItem(version, sku), names))
  return { page: { data, pageNo, pageSize: size, totalItem: found.length } }
}

/** A SKU and its ware anywhere in the shop, or undefined. */
function findSku (shop, id) {
  for (const { current: version } of shop.wares.records.values()) {
    const sku = version.skus.find(one => one.id === id)
    if (sku) return { version, sku }
  }
  return undefined
}

function findSkuById (call, shop, params) {
  params.only('skuId', 'field')
  const found = findSku(shop, params.id('skuId'))
  return found ? { sku: pick(skuItem(found.version, found.sku), fieldsOf(params, SKU_FIELDS)) } : {}
}

function findSkuStock (call, shop, params) {
  params.only('skuId')
  const found = findSku(shop, params.id('skuId'))
  if (!found) return {}
  const { stockNum } = skuItem(found.version, found.sku)
  return { skuStocks: [{ skuId: BigInt(found.sku.id), stockNum, storeId: NATIONWIDE }] }
}

/** Why a ware was taken down. */
function findOpReason (call, shop, params) {
  params.only('wareId', 'field')
  const version = shop.wares.current(params.id('wareId'))
  return version && baseOf(version.status) === BANNED ? { opReason: { note: version.reason ?? '商品已被平台下架' } } : {}
}

/** Why the audit of a ware refused it, in three levels; that there is nothing to tell is a refusal of the business. */
function getWareAuditDetail (call, shop, params) {
  params.only('wareAuditParam')
  const asked = params.object('wareAuditParam')
  asked.only('wareId', 'sourceLabel')
  const version = shop.wares.current(asked.id('wareId'))
  if (!version || !isRefused(version.status)) return { response: { code: '500', success: false, errorMsg: '没有审核驳回信息' } }
  const auditReasons = [{ firstName: '商品信息', secondName: '内容', thirdName: version.reason ?? '商品信息不符合规范' }]
  return { response: { code: '200', success: true, data: { wareId: version.id, auditReasons, moduleInfoVOList: [] } } }
}

module.exports = { searchWare4Valid, findWareById, searchSkuList, findSkuById, findSkuStock, findOpReason, getWareAuditDetail, findSku }
