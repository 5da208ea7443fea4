'use strict'
// Reading items and SKUs, fact sheet 5.2.
const { slice } = require('../../shelf')
const { Refused } = require('./params')
const { wantedFields, pick } = require('./fields')
const { itemWire, skuWire } = require('./item_wire')
const { stockOf, ON_SALE, SOLD_OUT, VIOLATION, DELETED, NEVER_LISTED, TAKEN_DOWN } = require('./item_seed')

const MAX_PAGE_SIZE = 200
const DEFAULT_PAGE_SIZE = 40
const MAX_DEPTH = 20_000 // the sheet has 20,000 and 100,000; the smaller one
const MAX_INVENTORY_PAGE = 101
const SHELVED = ['regular_shelved', NEVER_LISTED, TAKEN_DOWN]
const BANNERS = { for_shelved: SHELVED, regular_shelved: ['regular_shelved'], never_on_shelf: [NEVER_LISTED], off_shelf: [TAKEN_DOWN], sold_out: [SOLD_OUT], violation_off_shelf: [VIOLATION] }
const LIST_FIELDS = ['approve_status', 'num_iid', 'title', 'nick', 'type', 'cid', 'pic_url', 'num', 'props', 'valid_thru', 'list_time', 'price', 'has_discount', 'has_invoice', 'has_warranty', 'has_showcase', 'modified', 'delist_time', 'postage_id', 'seller_cids', 'outer_id']
const ORDERS = { modified: row => row.updateTime, list_time: row => row.listTime, delist_time: row => row.delistTime, num: stockOf, sold_quantity: row => row.sold }
const FILTERS = ['q', 'cid', 'has_discount', 'has_showcase', 'start_modified', 'end_modified']

/** Only a small set of fields is legal on the lists. */
function listFields (params, legal) {
  const wanted = wantedFields(params, 'item')
  for (const name of wanted) {
    if (!legal.includes(name)) throw new Refused('parameterInvalid', 'fields', `列表接口不支持字段 ${name}`)
  }
  return wanted
}

function flagOrNull (params, name) {
  return params.has(name) ? params.flag(name) : null
}

function filterOf (params, states) {
  const words = params.text('q')
  const cid = params.optionalId('cid')
  const discount = flagOrNull(params, 'has_discount')
  const showcase = flagOrNull(params, 'has_showcase')
  const filter = row => states.includes(row.state) && (words === '' || row.title.includes(words)) && (cid === undefined || String(row.leaf.cid) === cid) &&
    (discount === null || (row.index % 5 === 0) === discount) && (showcase === null || (row.index % 11 === 0) === showcase)
  return { filter, key: JSON.stringify([states, words, cid, discount, showcase]) }
}

/** Order by a key, ties by id. The sheet does not name the order without order_by; it is the list time here. */
function sorted (rows, params) {
  const [name, direction = 'desc'] = params.text('order_by', 'list_time:desc').split(':')
  const keyOf = ORDERS[name]
  if (!keyOf || !['asc', 'desc'].includes(direction)) throw new Refused('parameterInvalid', 'order_by')
  const up = direction === 'asc' ? 1 : -1
  return rows.slice().sort((a, b) => up * (keyOf(a) - keyOf(b) || (a.id < b.id ? -1 : 1)))
}

function itemPage (call, shop, params, { states, legal, lastPage = Infinity }) {
  const wanted = listFields(params, legal)
  const size = params.integer('page_size', DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE)
  const page = params.integer('page_no', 1, 1, lastPage)
  if (page * size > MAX_DEPTH) throw new Refused('parameterInvalid', 'page_no', 'page_no*page_size 超出限制，请缩短修改时间段')
  const { filter, key } = filterOf(params, states)
  const bounds = { updateTime: [params.time('start_modified'), params.time('end_modified')] }
  const select = () => shop.items.select('updateTime', bounds, filter, JSON.stringify([bounds, key]))
  call.moveRows?.(shop, shop.items, select)
  const found = select()
  const rows = sorted(slice(found, 0, Infinity, true), params)
  const start = call.stuck ? 0 : (page - 1) * size
  return { items: rows.slice(start, start + size).map(row => pick(shop.itemWire(row), wanted)), total_results: rows.length }
}

function onsale (call, shop, params) {
  params.only('fields', 'page_no', 'page_size', 'order_by', ...FILTERS)
  return itemPage(call, shop, params, { states: [ON_SALE], legal: [...LIST_FIELDS, 'sold_quantity'] })
}

function inventory (call, shop, params) {
  params.only('fields', 'page_no', 'page_size', 'order_by', 'banner', ...FILTERS)
  const states = BANNERS[params.oneOf('banner', Object.keys(BANNERS), 'for_shelved')]
  return itemPage(call, shop, params, { states, legal: LIST_FIELDS, lastPage: MAX_INVENTORY_PAGE })
}

/** The current version of an item that a seller still has. */
function requireItem (shop, id) {
  const version = shop.items.current(id)
  if (!version) throw new Refused('itemNotExist', 'invalid-numIid')
  if (version.state === DELETED) throw new Refused('itemDeleted', 'invalid-numIid')
  return version
}

/** `sku` and `skus` ask for the same list here; on items.seller.list.get only `sku` does. */
function withSkuName (wanted) {
  if (wanted.has('sku')) wanted.add('skus')
  return wanted
}

function itemGet (call, shop, params) {
  params.only('num_iid', 'fields')
  const wanted = withSkuName(wantedFields(params, 'item'))
  return { item: pick(itemWire(requireItem(shop, params.id('num_iid')), shop), wanted) }
}

function present (shop, ids) {
  return ids.map(id => shop.items.current(id)).filter(version => version && version.state !== DELETED)
}

function itemsByIds (call, shop, params) {
  params.only('num_iids', 'fields')
  params.required('num_iids')
  const wanted = wantedFields(params, 'item')
  wanted.delete('skus')
  withSkuName(wanted)
  return { items: present(shop, params.list('num_iids', 20)).map(version => pick(itemWire(version, shop), wanted)) }
}

/** Items by the seller's own code, drafts and reviews included. The sheet allows 40 codes. */
function itemsByOuterId (call, shop, params) {
  params.only('outer_id', 'fields')
  params.required('outer_id')
  const codes = params.list('outer_id', 40)
  const wanted = withSkuName(wantedFields(params, 'item'))
  const found = shop.items.sortedIds().map(id => shop.items.current(id)).filter(version => version.state !== DELETED && codes.includes(version.outerId))
  return { items: found.map(version => pick(itemWire(version, shop), wanted)) }
}

function skusByIds (call, shop, params) {
  params.only('num_iids', 'fields')
  params.required('num_iids')
  const wanted = wantedFields(params, 'sku')
  return { skus: present(shop, params.list('num_iids', 40)).flatMap(version => version.skus.map(sku => pick(skuWire(version, sku), wanted))) }
}

module.exports = { onsale, inventory, itemGet, itemsByIds, itemsByOuterId, skusByIds, requireItem }
