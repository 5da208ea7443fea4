'use strict'
// What products of a category must and may tell (fact sheet 2.10; shapes of product.getCatePropertyV2 and of
// product_format_new: the official Go SDK), as one list of rules that is both shown and applied.
const { acceptValue } = require('./envelope')
const { Refused, asJsonText } = require('./params')
const { Literal } = require('../../json')
const { categoryById, rootOf } = require('./catalog')

const ORIGINS = [[10031, '中国大陆'], [10032, '中国香港'], [10033, '日本'], [10034, '其他']]
const MATERIALS = [[20411, '棉'], [20412, '麻'], [20413, '真丝'], [20414, '聚酯纤维']]
const SHELF_LIVES = [[30701, '30天'], [30702, '180天'], [30703, '365天']]
const EATEN = ['食品', '生鲜']

function rule (id, name, type, required, options = [], more = {}) {
  return { id, name, type, required, options, selectMax: 1, own: false, ...more }
}

function rulesOf (leaf) {
  const rules = [
    rule(1687, '产地', 'select', true, ORIGINS),
    rule(3320, '品名', 'text', true),
    rule(2411, '材质', 'multi_select', false, MATERIALS, { selectMax: 3, own: true })
  ]
  return EATEN.includes(rootOf(leaf).name) ? [...rules, rule(3707, '保质期', 'select', true, SHELF_LIVES)] : rules
}

function ruleRow (leaf) {
  return ({ id, name, type, required, options, selectMax, own }, sequence) => ({
    property_id: id, property_name: name, type, required: required ? 1 : 0, status: 0, property_type: 3, important_type: required ? 1 : 0,
    category_id: leaf.id, cid: 0, relation_id: 0, multi_select_max: selectMax, diy_type: own ? 1 : 0, sequence,
    options: options.map(([valueId, text], place) => ({ name: text, value: String(valueId), value_id: valueId, sequence: place }))
  })
}

function requireLeaf (params) {
  const leaf = categoryById.get(params.integer('category_leaf_id'))
  if (!leaf?.is_leaf) throw new Refused('parameterInvalid', 'category_leaf_id 应为叶子类目')
  return leaf
}

function getCatePropertyV2 (call, shop, params) {
  params.only('category_leaf_id')
  const leaf = requireLeaf(params)
  return acceptValue({ data: rulesOf(leaf).map(ruleRow(leaf)), tpl_type: 0 })
}

function invalid (detail) {
  throw new Refused('productInvalid', detail)
}

function numberOf (value) {
  return value instanceof Literal ? Number(value.text) : NaN
}

/** One `{ value, name, diy_type }`: an option, the seller's own word where that is allowed, or free text. */
function checkValue ({ name: property, type, options, own }, given) {
  if (!(given instanceof Map)) invalid(`属性 ${property} 的值应为对象`)
  const [value, name] = [numberOf(given.get('value')), given.get('name')]
  const diy = given.has('diy_type') ? numberOf(given.get('diy_type')) : 0
  if (Number.isNaN(value) || Number.isNaN(diy) || typeof name !== 'string' || name === '') invalid(`属性 ${property} 的值缺少 value 或 name`)
  if (type === 'text') return
  if (diy === 1 && !own) invalid(`属性 ${property} 不支持自定义`)
  if (diy !== 1 && !options.some(([id, text]) => id === value && text === name)) invalid(`属性 ${property} 没有值 ${name}`)
}

/** product_format_new is a text that holds an object: property id → array of values. */
function checkProperties (params, leaf) {
  const text = params.text('product_format_new', '{}')
  const given = asJsonText(text, 'product_format_new')
  if (!(given instanceof Map)) throw new Refused('parameterFormat', 'product_format_new 应为 JSON 对象文本')
  const rules = rulesOf(leaf)
  const known = new Set(rules.map(({ id }) => String(id)))
  for (const id of given.keys()) if (!known.has(id)) invalid(`类目没有属性 ${id}`)
  for (const one of rules) {
    const values = given.get(String(one.id))
    if (values === undefined && one.required) invalid(`缺少必填属性 ${one.name}（${one.id}）`)
    if (values === undefined) continue
    if (!Array.isArray(values) || values.length === 0 || values.length > one.selectMax) invalid(`属性 ${one.name} 应有 1 到 ${one.selectMax} 个值`)
    for (const value of values) checkValue(one, value)
  }
  return text
}

module.exports = { getCatePropertyV2, requireLeaf, checkProperties }
