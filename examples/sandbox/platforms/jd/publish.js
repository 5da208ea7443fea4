'use strict'
// New wares and edits of their content: ware.write.add, updateWare and the SKU lists (fact sheet 9.1, 9.2), checked
// against the category's rules. Every call that passes makes a new ware: nothing here finds repeats.
const { Refused } = require('./envelope')
const { categoryById, leavesOf, attributesOf, SALE, TEXT } = require('./catalog')
const { newSku, wareItem, skuItem, MAIN_COLOUR } = require('./ware_seed')
const { NEVER_LISTED, ON_SALE } = require('./ware_state')
const { audited } = require('./ware_audit')
const { openWareOf, done } = require('./ware_writes')

const MAX_TITLE = 50
const MAX_TITLE_ON_UPDATE = 45
const MAX_DESCRIPTION = 100_000
const MAX_PICTURES_A_COLOUR = 10
const MAX_LIST = 100
const MAX_SHOP_CATEGORIES = 10
const PICTURE = /^(https?:)?(\/\/img\d+\.360buyimg\.com\/(n0|imgzone)\/)?jfs\//

const WARE_NAMES = [
  'wareId', 'title', 'categoryId', 'multiCategoryId', 'brandId', 'transportId', 'jdPrice', 'marketPrice', 'costPrice', 'outerId', 'itemNum', 'barCode',
  'wareStatus', 'shopCategorys', 'multiCateProps', 'features', 'images', 'mobileDesc', 'introduction', 'length', 'width', 'height', 'weight', 'adWords',
  'wrap', 'packListing', 'afterSales'
]
const SKU_NAMES = ['skuId', 'wareId', 'saleAttrs', 'jdPrice', 'stockNum', 'outerId', 'barCode', 'features', 'capacity']

function readTitle (ware, most) {
  const title = ware.required('title')
  if (title.length > most) throw new Refused('wrongValue', `title 最多${most}字`)
  return title
}

function readDescription (ware, name) {
  const text = ware.required(name)
  if (text.length > MAX_DESCRIPTION) throw new Refused('wrongValue', `${name} 最多${MAX_DESCRIPTION}字`)
  return text
}

/** `categoryId` is of the third level, `multiCategoryId` the leaf at or below it. */
function readCategory (ware) {
  const category = categoryById.get(ware.integer('categoryId'))
  if (category?.lev !== 3) throw new Refused('wrongValue', 'categoryId 应为三级类目')
  const leaves = leavesOf(category).map(row => row.id)
  const multiCategoryId = ware.integer('multiCategoryId', { fallback: leaves[0] })
  if (!leaves.includes(multiCategoryId)) throw new Refused('wrongValue', 'multiCategoryId 应为叶子类目')
  return { categoryId: category.id, multiCategoryId }
}

function readImages (ware) {
  const images = ware.objects('images') ?? []
  const read = images.map(one => {
    one.only('colorId', 'imgIndex', 'imgUrl', 'imgZoneId')
    return { colorId: one.required('colorId'), imgIndex: one.integer('imgIndex', { low: 1, high: MAX_PICTURES_A_COLOUR }), imgUrl: one.required('imgUrl') }
  })
  if (!read.every(one => PICTURE.test(one.imgUrl))) throw new Refused('wrongValue', 'imgUrl 应为图片空间的地址')
  if (new Set(read.map(one => `${one.colorId}/${one.imgIndex}`)).size !== read.length) throw new Refused('wrongValue', 'images 重复')
  if (!read.some(one => one.colorId === MAIN_COLOUR && one.imgIndex === 1)) throw new Refused('wrongValue', `缺少主图：colorId ${MAIN_COLOUR}，imgIndex 1`)
  return read
}

/** Attribute values by id where the attribute is a choice; required ones have to be there. */
function readProps (ware, categoryId) {
  const attributes = attributesOf(categoryId).filter(one => one.type !== SALE)
  const props = (ware.objects('multiCateProps', MAX_LIST) ?? []).map(one => {
    one.only('attrId', 'attrValues', 'expands', 'units')
    return { attrId: one.id('attrId'), attrValues: one.texts('attrValues') ?? [] }
  })
  for (const { attrId, attrValues } of props) {
    const attribute = attributes.find(one => String(one.id) === attrId)
    if (!attribute) throw new Refused('wrongValue', `属性 ${attrId} 不属于该类目`)
    if (attribute.input !== TEXT && !attrValues.every(id => attribute.values.some(value => String(value.id) === id))) throw new Refused('wrongValue', `属性 ${attribute.name} 的值不存在`)
  }
  const missing = attributes.find(one => one.required && !props.some(prop => prop.attrId === String(one.id) && prop.attrValues.length > 0))
  if (missing) throw new Refused('wrongValue', `缺少必填属性 ${missing.name}`)
  return props
}

/** One source writes `value`, the others `values`; both are taken. */
function readFeatures (ware) {
  return (ware.objects('features', MAX_LIST) ?? []).map(one => {
    one.only('key', 'values', 'value', 'cn')
    return { key: one.required('key'), values: one.text('values') || one.text('value'), cn: one.text('cn') }
  })
}

/** The texts of a SKU's colour and size; a value is an id of the category or a text of one's own. */
function readSaleAttrs (sku, categoryId) {
  const known = attributesOf(categoryId).filter(one => one.type === SALE)
  const chosen = {}
  for (const one of sku.objects('saleAttrs') ?? []) {
    one.only('attrId', 'attrValues', 'attrValueAlias', 'index')
    const attribute = known.find(attr => String(attr.id) === one.id('attrId'))
    const [value] = one.texts('attrValues') ?? []
    if (!attribute || value === undefined) throw new Refused('wrongValue', '销售属性不属于该类目')
    const [alias] = one.texts('attrValueAlias') ?? []
    chosen[attribute.place] = alias ?? attribute.values.find(row => String(row.id) === value)?.name ?? value
  }
  if (!chosen[1]) throw new Refused('wrongValue', '缺少销售属性 颜色')
  return { colour: chosen[1], size: chosen[2] ?? '' }
}

function readSku (sku, categoryId) {
  sku.only(...SKU_NAMES)
  const price = sku.yuan('jdPrice')
  if (price < 1) throw new Refused('wrongValue', 'jdPrice 应大于0')
  return { ...readSaleAttrs(sku, categoryId), price, stock: sku.integer('stockNum', { low: 0, high: 99_999_999 }), outerId: sku.text('outerId'), barCode: sku.text('barCode') }
}

function readSkus (params, categoryId) {
  const skus = (params.objects('skus') ?? []).map(sku => readSku(sku, categoryId))
  if (skus.length === 0) throw new Refused('wrongParameter', '缺少参数 skus')
  if (new Set(skus.map(({ colour, size }) => `${colour}/${size}`)).size !== skus.length) throw new Refused('wrongValue', '销售属性重复')
  return skus
}

function optional (ware, name, read) {
  return ware.has(name) ? { [name]: read() } : {}
}

function readShopCategories (ware) {
  const ids = ware.texts('shopCategorys')
  if (ids.length > MAX_SHOP_CATEGORIES) throw new Refused('wrongValue', `shopCategorys 最多${MAX_SHOP_CATEGORIES}个`)
  return ids.map(Number)
}

/** The facts that both a new ware and an edit may name. */
function readUsual (ware) {
  const price = name => () => ware.yuan(name)
  const text = name => () => ware.text(name)
  return {
    ...optional(ware, 'brandId', () => ware.integer('brandId')), ...optional(ware, 'marketPrice', price('marketPrice')), ...optional(ware, 'costPrice', price('costPrice')),
    ...optional(ware, 'outerId', text('outerId')), ...optional(ware, 'itemNum', text('itemNum')), ...optional(ware, 'barCode', text('barCode')),
    ...optional(ware, 'transportId', () => ware.integer('transportId')), ...optional(ware, 'features', () => readFeatures(ware)),
    ...optional(ware, 'shopCategorys', () => readShopCategories(ware))
  }
}

function newWare (shop, desk, facts, wantsSale) {
  const index = shop.wares.size
  const id = `11${shop.number % 10}${String(100_000_000 + index)}`
  return {
    id, index, createTime: desk.now, updateTime: desk.now, status: NEVER_LISTED, wantsSale, brandId: 0, outerId: '', itemNum: '', barCode: '',
    marketPrice: 0, costPrice: 0, onlineTime: 0, offlineTime: 0, features: [], reason: null, adWords: null, look: index, set: null, skuSet: null, ...facts,
    skus: facts.skus.map((sku, position) => newSku(id, position, { ...sku, at: desk.now }))
  }
}

function add (shop, params, desk) {
  params.only('ware', 'skus')
  const ware = params.object('ware')
  ware.only(...WARE_NAMES.filter(name => name !== 'wareId'))
  const category = readCategory(ware)
  const facts = {
    title: readTitle(ware, MAX_TITLE), ...category, transportId: ware.integer('transportId'), images: readImages(ware), mobileDesc: readDescription(ware, 'mobileDesc'),
    introduction: readDescription(ware, 'introduction'), multiCateProps: readProps(ware, category.categoryId), ...readUsual(ware), skus: readSkus(params, category.categoryId)
  }
  const version = newWare(shop, desk, facts, ware.integer('wareStatus', { fallback: NEVER_LISTED }) === ON_SALE)
  desk.put(shop.wares, { ...version, ...audited(shop, version, desk) })
  const { wareId } = wareItem(version)
  const answer = { success: true, ware: { wareId, skus: version.skus.map(sku => ({ skuId: BigInt(sku.id), outerId: sku.outerId })) } }
  return { target: version.id, params: { title: facts.title, outerId: version.outerId, skus: facts.skus.length }, changed: true, answer }
}

/** Sending `wareStatus` here has no effect (9.1). */
function updateWare (shop, params, desk) {
  params.only('ware')
  const ware = params.object('ware')
  ware.only(...WARE_NAMES.filter(name => !['categoryId', 'multiCategoryId'].includes(name)))
  const version = openWareOf(shop, ware)
  const facts = {
    ...optional(ware, 'title', () => readTitle(ware, MAX_TITLE_ON_UPDATE)), ...optional(ware, 'images', () => readImages(ware)),
    ...optional(ware, 'mobileDesc', () => readDescription(ware, 'mobileDesc')), ...optional(ware, 'introduction', () => readDescription(ware, 'introduction')),
    ...optional(ware, 'multiCateProps', () => readProps(ware, version.categoryId)), ...readUsual(ware)
  }
  desk.put(shop.wares, desk.next(version, { ...facts, ...audited(shop, version, desk) }))
  return done(version, { fields: Object.keys(facts) })
}

/** What an entry of updateSkus changes of a SKU. */
function skuChanges (entry, desk) {
  const changes = { updateTime: desk.now }
  if (entry.has('jdPrice')) changes.price = entry.yuan('jdPrice')
  if (entry.has('stockNum')) changes.stock = entry.integer('stockNum', { low: 0 })
  for (const name of ['outerId', 'barCode']) if (entry.has(name)) changes[name] = entry.text(name)
  return changes
}

function requireOwn (version, id) {
  if (!version.skus.some(sku => sku.id === id)) throw new Refused('wrongValue', `SKU ${id} 不属于该商品`)
}

/** Changes SKUs that are there; the input is read as `{ wareId, skus }`. */
function updateSkus (shop, params, desk) {
  params.only('wareId', 'skus')
  const version = openWareOf(shop, params)
  const entries = params.objects('skus') ?? []
  const changes = new Map(entries.map(entry => {
    entry.only(...SKU_NAMES)
    requireOwn(version, entry.id('skuId'))
    return [entry.id('skuId'), skuChanges(entry, desk)]
  }))
  desk.put(shop.wares, desk.next(version, { skus: version.skus.map(sku => ({ ...sku, ...changes.get(sku.id) })) }))
  return done(version, { skuIds: [...changes.keys()] })
}

/** Adds SKUs to a ware; those with a `skuId` are changed. */
function saveWareSkus (shop, params, desk) {
  params.only('wareId', 'skus')
  const version = openWareOf(shop, params)
  const entries = params.objects('skus') ?? []
  const known = new Map()
  const fresh = []
  for (const entry of entries) {
    entry.only(...SKU_NAMES)
    const id = entry.idOrNone('skuId')
    if (id === undefined) fresh.push(readSku(entry, version.categoryId))
    else {
      requireOwn(version, id)
      known.set(id, skuChanges(entry, desk))
    }
  }
  const first = Math.max(...version.skus.map(sku => sku.position)) + 1
  const added = fresh.map((sku, place) => newSku(version.id, first + place, { ...sku, at: desk.now }))
  const next = desk.next(version, { skus: [...version.skus.map(sku => ({ ...sku, ...known.get(sku.id) })), ...added] })
  desk.put(shop.wares, { ...next, ...audited(shop, version, desk) })
  const answer = { success: true, skuList: added.map(sku => ({ skuId: skuItem(next, sku).skuId, outerId: sku.outerId })) }
  return { target: version.id, params: { added: added.length, changed: [...known.keys()] }, changed: true, answer }
}

module.exports = { add, updateWare, updateSkus, saveWareSkus }
