'use strict'
// product.listV2, product.detail and sku.list, fact sheet 2.10 and 2.11.
const { slice, lowerBound } = require('../../shelf')
const { accept, acceptValue } = require('./envelope')
const { Literal } = require('../../json')
const { Refused } = require('./params')
const { productDetail, skuItem, outProductId } = require('./product_wire')

const MAX_PAGE_SIZE = 100
const MAX_PAGE = 100
const MAX_DEPTH = 10_000 // page * size
const MAX_IDS = 100

/** The list's upper and lower time bounds are exclusive; the shelf's are not. */
function exclusive (window) {
  if (!window) return undefined
  const [from, to] = window
  return [from === undefined ? undefined : from + 1, to === undefined ? undefined : to - 1]
}

function wantedIds (params) {
  const ids = params.list('product_id')
  if (!ids || ids.length === 0) return null
  if (ids.length > MAX_IDS) throw new Refused('parameterInvalid', 'product_id 最多100个')
  return new Set(ids.map(id => (id instanceof Literal ? id.text : String(id))))
}

/** The predicate of the query's filters and a text that names it, or null when there are none. What was never approved shows only to check_status. */
function filterOf (shop, params) {
  const status = params.integer('status', null)
  const check = params.integer('check_status', null)
  const type = params.integer('product_type', null)
  const name = params.text('name')
  const ids = wantedIds(params)
  const plain = check === null && shop.hasHidden
  if (status === null && check === null && type === null && name === '' && !ids && !plain) return { filter: null, key: '' }
  const filter = row => (status === null || row.status === status) && (check === null || row.checkStatus === check) &&
    (type === null || type === 0) && !(plain && row.hidden) && (name === '' || row.name.includes(name)) && (!ids || ids.has(row.id))
  return { filter, key: JSON.stringify([status, check, type, name, plain, ids && [...ids]]) }
}

function readPage (params, cursorMode) {
  const size = params.integer('size', undefined, 1, MAX_PAGE_SIZE)
  if (cursorMode) return { page: 1, size }
  const page = params.integer('page', undefined, 1, MAX_PAGE)
  if (page * size > MAX_DEPTH) throw new Refused('parameterInvalid', 'page*size 不能超过10000，请使用游标')
  return { page, size }
}

// The cursor is opaque to callers: a position in (create_time, id) order, so later changes do not move it.
function cursorText (version) {
  return Buffer.from(`v1|${version.createTime}|${version.id}`).toString('base64url')
}

function afterCursor (found, cursor) {
  if (cursor === '') return 0
  const [mark, time, id] = Buffer.from(cursor, 'base64url').toString().split('|')
  if (mark !== 'v1' || !/^\d+$/.test(time) || !id) throw new Refused('parameterInvalid', 'cursor_id 无效')
  const order = (a, b) => a.createTime - b.createTime || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  const at = lowerBound(found.rows, { createTime: Number(time), id }, order)
  return Math.max(0, found.high - Math.max(at, found.low))
}

/** Newest creation first: the sheet names no order, and this one keeps pages steady while products change. */
function listV2 (call, shop, params) {
  params.only('page', 'size', 'status', 'check_status', 'product_type', 'start_time', 'end_time', 'update_start_time',
    'update_end_time', 'name', 'product_id', 'use_cursor', 'cursor_id')
  const cursorMode = params.flag('use_cursor')
  const { page, size } = readPage(params, cursorMode)
  const { filter, key } = filterOf(shop, params)
  const bounds = { createTime: exclusive(params.window('start_time', 'end_time')), updateTime: exclusive(params.window('update_start_time', 'update_end_time')) }
  const select = () => shop.products.select('createTime', bounds, filter, JSON.stringify([bounds, key]))
  call.moveRows?.(shop, shop.products, select)
  const found = select()
  const cursor = params.text('cursor_id')
  const start = call.stuck ? 0 : cursorMode ? afterCursor(found, cursor) : (page - 1) * size
  const rows = slice(found, start, size, false)
  const total = found.high - found.low
  const tail = [`],"total":${total},"page":${page},"size":${size}`]
  if (cursorMode) tail.push(`,"cursor_id":"${start + rows.length < total && rows.length > 0 ? cursorText(rows[rows.length - 1]) : ''}"`)
  return accept('{"data":[', ...shop.products.pieces(rows), ...tail, '}')
}

function findProduct (shop, params) {
  const id = params.integerText('product_id')
  const outId = params.integerText('out_product_id')
  if (id === undefined && outId === undefined) throw new Refused('parameterMissing', '缺少参数 product_id')
  const key = id ?? [...shop.products.sortedIds()].find(known => String(outProductId(shop.products.current(known))) === outId)
  const version = shop.products.current(key)
  if (!version) throw new Refused('notFound', '商品不存在')
  return version
}

function detail (call, shop, params) {
  params.only('product_id', 'out_product_id', 'show_draft')
  const version = findProduct(shop, params)
  return acceptValue(productDetail(version, params.flag('show_draft')))
}

function skuList (call, shop, params) {
  params.only('product_id', 'out_product_id')
  const version = findProduct(shop, params)
  return acceptValue(version.skus.map(sku => skuItem(version, sku)))
}

module.exports = { listV2, detail, skuList }
