'use strict'
// pdd.goods.list.get, pdd.goods.detail.get and pdd.goods.skus.get, fact sheet 9.2.
const { slice } = require('../../shelf')
const { accept, acceptMembers } = require('./envelope')
const { Refused } = require('./params')
const { goodsDetail, isListed } = require('./goods_wire')
const { DELETED } = require('./goods_seed')

const MAX_PAGE_SIZE = 100
const MAX_OUTER_IDS = 10
const MAX_CREATED_SPAN_S = 7 * 86400

/** Only the first of is_onsale, outer_id and goods_name counts; outer_goods_id stands beside them. */
function mainFilter (params) {
  if (params.has('is_onsale')) {
    const wanted = params.choice('is_onsale', undefined, 0, 1)
    return [row => (row.status === 1 ? 1 : 0) === wanted, `onsale ${wanted}`]
  }
  const outerId = params.text('outer_id')
  if (outerId) return [row => row.skus.some(sku => sku.outerId === outerId), `outer ${outerId}`]
  const name = params.text('goods_name')
  if (name) return [row => row.name.includes(name), `name ${name}`]
  return [() => true, '']
}

function outerGoodsIds (params) {
  if (!params.has('outer_goods_id')) return null
  const ids = params.text('outer_goods_id').split(',')
  if (ids.length > MAX_OUTER_IDS) throw new Refused('businessParameter', `outer_goods_id 最多 ${MAX_OUTER_IDS} 个`)
  return new Set(ids)
}

function filterOf (params) {
  const [main, mainKey] = mainFilter(params)
  const ids = outerGoodsIds(params)
  const template = params.integer('cost_template_id', null)
  const filter = row => isListed(row) && main(row) && (!ids || ids.has(row.outerId)) && (template === null || (row.content?.templateId ?? 25001) === template)
  return { filter, key: JSON.stringify([mainKey, ids && [...ids], template]) }
}

function createdBounds (params) {
  if (!params.has('created_at_from') && !params.has('created_at_end')) return undefined
  return params.window('created_at_from', 'created_at_end', MAX_CREATED_SPAN_S)
}

/** Newest creation first: the sheet names no order, and this one keeps pages steady while goods change. */
function list (call, shop, params) {
  params.only('page', 'page_size', 'is_onsale', 'outer_id', 'goods_name', 'outer_goods_id', 'cost_template_id', 'created_at_from', 'created_at_end')
  const { page, size } = params.page(MAX_PAGE_SIZE)
  const { filter, key } = filterOf(params)
  const bounds = { createTime: createdBounds(params) }
  const select = () => shop.goods.select('createTime', bounds, filter, JSON.stringify([bounds, key]))
  call.moveRows?.(shop, shop.goods, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, false)
  return acceptMembers('"goods_list":[', ...shop.goods.pieces(rows), `],"total_count":${found.high - found.low}`)
}

function goodsOf (shop, id) {
  const version = shop.goods.current(id)
  if (!version) throw new Refused('notFound', '商品不存在')
  return version
}

function detail (call, shop, params) {
  params.only('goods_id')
  return accept(goodsDetail(goodsOf(shop, params.id('goods_id'))))
}

function skus (call, shop, params) {
  params.only('goods_id', 'sku_id')
  const sku = goodsOf(shop, params.id('goods_id')).skus.find(one => one.id === params.id('sku_id'))
  if (!sku) throw new Refused('notFound', '商品规格不存在')
  return accept({ sku_id: BigInt(sku.id), multi_price: sku.multi, single_price: sku.price, quantity: sku.quantity, is_onsale: sku.onsale })
}

/** Goods that can still be changed. */
function liveGoods (shop, id) {
  const version = goodsOf(shop, id)
  if (version.status === DELETED) throw new Refused('goodsState', '商品已删除')
  return version
}

module.exports = { list, detail, skus, goodsOf, liveGoods }
