'use strict'
// Publishing and editing by schema, fact sheet 5.3, and the review that follows.
const { shanghaiText } = require('../../clock')
const { Refused, fenOf } = require('./params')
const { requireItem } = require('./items')
const { yuan, properties } = require('./item_wire')
const { newSku, NEVER_LISTED, VIOLATION, ON_SALE } = require('./item_seed')
const { next, stocked, checkItemPrice } = require('./item_writes')
const { fieldsOf, writeRules, readSubmission } = require('./schema')
const { leaves, categoryById } = require('./catalog')
const words = require('./words')

const MARKETS = { C: 'taobao', B: 'tmall' }
const MAX_URLS = 5

function leafOf (params) {
  const cid = params.id('cat_id')
  const leaf = leaves.find(row => String(row.cid) === cid)
  if (!leaf) throw new Refused('parameterInvalid', 'cat_id', categoryById.has(cid) ? '请选择叶子类目' : '类目不存在')
  return leaf
}

function checkMarket (params, shop) {
  const market = params.oneOf('market', ['taobao', 'tmall', 'litetao'])
  if (market !== undefined && market !== MARKETS[shop.type]) throw new Refused('parameterMismatch', undefined, `店铺只能发布到 ${MARKETS[shop.type]}`)
  if (shop.type === 'B' && !params.has('spu_id')) throw new Refused('itemRejected', 'SPU_NOT_EXIST', '天猫商品需要产品 spu_id')
}

function marketGet (call, shop, params) {
  params.only()
  return { markets: MARKETS[shop.type] }
}

function schemaGet (call, shop, params) {
  params.only('cat_id', 'market', 'images', 'spu_id', 'barcode', 'item_type', 'biz_type')
  params.list('images', MAX_URLS)
  const leaf = leafOf(params)
  checkMarket(params, shop)
  return { result: writeRules(fieldsOf(leaf)) }
}

/** The rules of one attribute alone; nothing here depends on what was chosen elsewhere. */
function propsGet (call, shop, params) {
  params.only('cat_id', 'market', 'prop_id', 'schema', 'barcode', 'spu_id')
  const fields = fieldsOf(leafOf(params)).filter(field => field.id === params.required('prop_id'))
  if (fields.length === 0) throw new Refused('parameterInvalid', 'prop_id')
  return { result: writeRules(fields) }
}

function option (list, value) {
  return list.find(([id]) => id === value)
}

function skuFrom (version, values, position, now) {
  const sku = newSku(version.id, position, option(words.colours, values['p-1627207']), option(words.sizes, values['p-20509']), fenOf(values.sku_price, 'sku_price'), Number(values.sku_quantity), now)
  return { ...sku, outerId: values.sku_outerId ?? null, barcode: values.sku_barcode ?? '' }
}

/** SKUs as submitted; those with the properties of a SKU that is there already are that SKU. */
function skusFrom (version, rows, now) {
  let position = Math.max(-1, ...version.skus.map(sku => sku.position))
  const skus = rows.map(values => {
    const made = skuFrom(version, values, position + 1, now)
    const known = version.skus.find(sku => properties(sku) === properties(made))
    if (!known) position++
    return known ? { ...made, id: known.id, position: known.position, createTime: known.createTime, hold: known.hold } : made
  })
  if (new Set(skus.map(properties)).size !== skus.length) throw new Refused('itemRejected', 'ITEM_PROPERTIES_ERROR', '销售属性重复')
  return skus
}

function factsFrom (version, values, now) {
  const skus = skusFrom(version, values.sku ?? [], now)
  const price = fenOf(values.price, 'price')
  if (skus.length > 0) checkItemPrice(price, skus)
  return {
    title: values.title, price, stock: Number(values.quantity), outerId: values.outer_id ?? '', desc: values.description,
    pictures: values.images, skus, listAfterReview: values.start !== '2', submitted: values
  }
}

/** A number for a new item: after those that were seeded. */
function newItem (shop, leaf, now) {
  const index = shop.itemsMade++
  const id = `6${String(1000 + shop.number * 7).slice(-4)}${String((index * 6_700_417 + 3_141_593) % 10_000_000).padStart(7, '0')}`
  return {
    id, index, leaf, state: NEVER_LISTED, createTime: now, updateTime: now, listTime: now, delistTime: now, sold: 0, look: index * 7919, skus: [],
    pictures: [], reason: null, set: null, skuSet: null
  }
}

function startReview (shop, desk, id) {
  desk.reviews.begin(shop, id, desk.nowMs)
}

function submit (shop, params, desk) {
  params.only('cat_id', 'market', 'schema', 'spu_id', 'barcode', 'biz_type')
  const leaf = leafOf(params)
  checkMarket(params, shop)
  const values = readSubmission(fieldsOf(leaf), params.required('schema'), true)
  const made = newItem(shop, leaf, desk.now)
  const version = { ...made, ...factsFrom(made, values, desk.now) }
  desk.put(shop.items, version)
  startReview(shop, desk, version.id)
  return {
    tree: { item_id: BigInt(version.id), market: MARKETS[shop.type], create_time: shanghaiText(desk.now) },
    target: version.id, params: { title: version.title, outerId: version.outerId, skus: version.skus.length }, changed: true
  }
}

/** What the item has, as values of its fields. */
function valuesOf (version) {
  return {
    ...version.submitted, title: version.title, price: yuan(version.price), quantity: String(version.stock), outer_id: version.outerId, description: version.desc ?? undefined,
    images: version.pictures, sku: version.skus.map(sku => ({
      sku_id: sku.id, 'p-1627207': sku.colour[0], 'p-20509': sku.size[0], sku_price: yuan(sku.price), sku_quantity: String(sku.stock), sku_outerId: sku.outerId ?? undefined
    }))
  }
}

/** Why a review failed, as a label: the sheet has labels, but not where a reason is shown (messages have it too). */
function verdict (version) {
  return version.reason ? [{ id: 'audit_result', name: '审核结果', type: 'label', rules: {}, label: version.reason }] : []
}

function editSchemaGet (call, shop, params) {
  params.only('item_id', 'fields', 'biz_type')
  const version = requireItem(shop, params.id('item_id'))
  const wanted = params.list('fields')
  const fields = fieldsOf(version.leaf).filter(field => !wanted || wanted.includes(field.id))
  return { result: writeRules([...verdict(version), ...fields], valuesOf(version)) }
}

function editable (shop, params, desk) {
  const version = requireItem(shop, params.id('item_id'))
  if (desk.reviews.isPending(shop, version.id)) throw new Refused('itemRejected', 'IC_CHECKSTEP_ITEM_AUDITING', '商品审核中，不能编辑')
  return version
}

function edited (shop, desk, version, params) {
  desk.put(shop.items, version)
  return { tree: { item_id: BigInt(version.id), market: MARKETS[shop.type], update_time: shanghaiText(version.updateTime) }, target: version.id, params, changed: true }
}

/** The whole document anew. What was rejected or banned goes through review again. */
function editSubmit (shop, params, desk) {
  params.only('item_id', 'schema', 'cat_id', 'spu_id', 'biz_type')
  const version = editable(shop, params, desk)
  const leaf = params.has('cat_id') ? leafOf(params) : version.leaf
  const values = readSubmission(fieldsOf(leaf), params.required('schema'), true)
  const again = version.reason !== null || version.state === VIOLATION
  const changes = { leaf, ...factsFrom(version, values, desk.now), ...(again ? { state: NEVER_LISTED, reason: null } : {}) }
  const answer = edited(shop, desk, stocked(version, changes, desk.now), { title: values.title })
  if (again) startReview(shop, desk, version.id)
  return answer
}

/** A SKU of the item with some values changed; new ones are not possible this way. */
function changedSku (sku, values, now) {
  const price = values.sku_price === undefined ? sku.price : fenOf(values.sku_price, 'sku_price')
  const stock = values.sku_quantity === undefined ? sku.stock : Number(values.sku_quantity)
  return { ...sku, price, stock, outerId: values.sku_outerId ?? sku.outerId, updateTime: now }
}

function isSku (sku, values) {
  return values.sku_id === undefined ? properties(sku) === `1627207:${values['p-1627207']};20509:${values['p-20509']}` : sku.id === values.sku_id
}

function fastSkus (version, rows, now) {
  for (const values of rows) {
    if (!version.skus.some(sku => isSku(sku, values))) throw new Refused('itemRejected', 'IC_CHECKSTEP_SKU_NOT_EXIST', '增量更新不能新增SKU')
  }
  return version.skus.map(sku => {
    const values = rows.find(one => isSku(sku, one))
    return values ? changedSku(sku, values, now) : sku
  })
}

/** Only what is submitted changes. */
function fastUpdate (shop, params, desk) {
  params.only('item_id', 'schema', 'biz_type')
  const version = editable(shop, params, desk)
  const values = readSubmission(fieldsOf(version.leaf), params.required('schema'), false)
  const skus = fastSkus(version, values.sku ?? [], desk.now)
  const changes = {
    skus, title: values.title ?? version.title, outerId: values.outer_id ?? version.outerId, desc: values.description ?? version.desc,
    price: values.price === undefined ? version.price : fenOf(values.price, 'price'), stock: values.quantity === undefined ? version.stock : Number(values.quantity)
  }
  if (skus.length > 0 && values.price !== undefined) checkItemPrice(changes.price, skus)
  return edited(shop, desk, stocked(version, changes, desk.now), { fields: Object.keys(values), skus: (values.sku ?? []).length })
}

/** The end of a review; who asked for the warehouse finds the approved item there. */
function endReview (version, { state, reason }, atMs) {
  const reached = state === ON_SALE && !version.listAfterReview ? NEVER_LISTED : state
  return next(version, { state: reached, reason, ...(reached === ON_SALE ? { listTime: Math.floor(atMs / 1000) } : {}) }, Math.floor(atMs / 1000))
}

module.exports = { marketGet, schemaGet, propsGet, submit, editSchemaGet, editSubmit, fastUpdate, endReview }
