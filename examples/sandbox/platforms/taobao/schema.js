'use strict'
// The rules of a category and what is submitted against them, fact sheet 5.3. The kinds of fields, of rules and of
// values are the sheet's; which fields a category has is the sandbox's choice.
const { writeDocument, parseDocument } = require('./xml')
const { Refused } = require('./params')
const { BRANDS, needsFoodSafety } = require('./catalog')
const words = require('./words')

const MAX_IMAGES = 5
const LEAVES = ['input', 'singleCheck']
const MANY = ['multiInput', 'multiCheck']

function input (id, name, rules = {}) {
  return { id, name, type: 'input', rules }
}

function choice (id, name, options, rules = {}) {
  return { id, name, type: 'singleCheck', options, rules }
}

const REQUIRED = { requiredRule: 'true' }
const MONEY = { valueTypeRule: 'decimal', minValueRule: '0.01', maxValueRule: '99999999.99' }
const COUNT = { valueTypeRule: 'integer', minValueRule: '0', maxValueRule: '1000000' }

function skuFields () {
  return [
    input('sku_id', 'SKU编号', { valueTypeRule: 'integer' }),
    choice('p-1627207', '颜色分类', words.colours, REQUIRED),
    choice('p-20509', '尺码', words.sizes, REQUIRED),
    input('sku_price', '价格', { ...REQUIRED, ...MONEY }),
    input('sku_quantity', '数量', { ...REQUIRED, ...COUNT }),
    input('sku_outerId', '商家编码', { maxLengthRule: '64' }),
    input('sku_barcode', '条形码', { maxLengthRule: '32' })
  ]
}

/** The fields of a category. Lengths are bytes, a hanzi being two (5.4). */
function fieldsOf (leaf) {
  const food = { id: 'food_security', name: '食品安全', type: 'complex', rules: {}, fields: [input('prd_license_no', '生产许可证编号', REQUIRED), input('period', '保质期（天）', { ...REQUIRED, ...COUNT })] }
  return [
    { id: 'notice', name: '发布须知', type: 'label', rules: {}, label: '请如实填写商品信息' },
    input('title', '宝贝标题', { ...REQUIRED, maxLengthRule: '60' }),
    input('price', '一口价', { ...REQUIRED, ...MONEY }),
    input('quantity', '数量', { ...REQUIRED, ...COUNT }),
    input('outer_id', '商家编码', { maxLengthRule: '64' }),
    input('description', '宝贝描述', { ...REQUIRED, minLengthRule: '5', maxLengthRule: '25000' }),
    { id: 'images', name: '宝贝图片', type: 'multiInput', rules: { ...REQUIRED, valueTypeRule: 'url', maxInputNumRule: String(MAX_IMAGES) } },
    choice('p-20000', '品牌', BRANDS, REQUIRED),
    { id: 'service', name: '服务', type: 'multiCheck', options: [['1', '七天无理由'], ['2', '运费险']], rules: {} },
    choice('start', '上架', [['0', '立刻上架'], ['2', '放入仓库']], {}),
    ...(needsFoodSafety(leaf) ? [food] : []),
    { id: 'sku', name: '销售属性', type: 'multiComplex', rules: {}, fields: skuFields() }
  ]
}

function rulesNode (rules) {
  return { name: 'rules', children: Object.entries(rules).map(([name, value]) => ({ name: 'rule', attributes: { name, value } })) }
}

/** What a field is worth now: texts, arrays of texts, objects of these, or arrays of objects. */
function defaultsOf (field, value) {
  if (value === undefined || value === null) return []
  if (LEAVES.includes(field.type)) return [{ name: 'default-value', text: value }]
  if (MANY.includes(field.type)) return [{ name: 'default-values', children: value.map(text => ({ name: 'default-value', text })) }]
  const rows = field.type === 'complex' ? [value] : value
  return rows.map(row => ({ name: 'default-complex-values', children: field.fields.flatMap(one => valueNode(one, row[one.id])) }))
}

function valueNode (field, value) {
  if (value === undefined || value === null) return []
  const attributes = { id: field.id, name: field.name, type: field.type }
  if (LEAVES.includes(field.type)) return [{ name: 'field', attributes, children: [{ name: 'value', text: value }] }]
  if (MANY.includes(field.type)) return [{ name: 'field', attributes, children: [{ name: 'values', children: value.map(text => ({ name: 'value', text })) }] }]
  const rows = field.type === 'complex' ? [value] : value
  return [{ name: 'field', attributes, children: rows.map(row => ({ name: 'complex-values', children: field.fields.flatMap(one => valueNode(one, row[one.id])) })) }]
}

function fieldNode (field, values) {
  const children = [rulesNode(field.rules)]
  if (field.label) children.push({ name: 'label-group', children: [{ name: 'label', attributes: { name: field.name, value: field.label, desc: '' } }] })
  if (field.options) children.push({ name: 'options', children: field.options.map(([value, displayName]) => ({ name: 'option', attributes: { displayName, value } })) })
  children.push(...defaultsOf(field, values?.[field.id]))
  if (field.fields) children.push({ name: 'fields', children: field.fields.map(one => fieldNode(one)) })
  return { name: 'field', attributes: { id: field.id, name: field.name, type: field.type }, children }
}

/** The rules document, with what the item has already. */
function writeRules (fields, values) {
  return writeDocument({ name: 'itemRule', children: fields.map(field => fieldNode(field, values)) })
}

function bad (field, why) {
  throw new Refused('itemRejected', 'ITEM_PROPERTIES_ERROR', `${field.name}（${field.id}）${why}`)
}

function width (text) {
  return [...text].reduce((sum, character) => sum + (character.codePointAt(0) < 128 ? 1 : 2), 0)
}

const VALUE_TYPES = { integer: /^\d{1,19}$/, decimal: /^\d{1,9}(\.\d{1,2})?$/, url: /^https?:\/\/\S+$/ }
const RULES = {
  maxLengthRule: (text, most) => width(text) <= Number(most),
  minLengthRule: (text, least) => width(text) >= Number(least),
  minValueRule: (text, least) => Number(text) >= Number(least),
  maxValueRule: (text, most) => Number(text) <= Number(most),
  valueTypeRule: (text, type) => VALUE_TYPES[type].test(text)
}

function checkText (field, text) {
  for (const [name, limit] of Object.entries(field.rules)) {
    if (RULES[name] && !RULES[name](text, limit)) bad(field, `不符合 ${name}=${limit}`)
  }
  if (field.options && !field.options.some(([value]) => value === text)) bad(field, '不在可选值中')
  return text
}

function childrenNamed (node, name) {
  return node.children.filter(child => child.name === name)
}

function complexValues (field, node, whole) {
  const rows = childrenNamed(node, 'complex-values').map(row => readFields(field.fields, row, whole))
  return field.type === 'complex' ? rows[0] : rows
}

function readValue (field, node, whole) {
  if (node.attributes.type !== undefined && node.attributes.type !== field.type) bad(field, `类型应为 ${field.type}`)
  if (LEAVES.includes(field.type)) {
    const [value] = childrenNamed(node, 'value')
    return value === undefined || value.text === '' ? undefined : checkText(field, value.text)
  }
  if (!MANY.includes(field.type)) return complexValues(field, node, whole)
  const texts = childrenNamed(node, 'values').flatMap(values => childrenNamed(values, 'value')).map(value => checkText(field, value.text))
  if (texts.length > Number(field.rules.maxInputNumRule ?? Infinity)) bad(field, `最多 ${field.rules.maxInputNumRule} 个`)
  return texts
}

function isEmpty (value) {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}

function readFields (fields, node, whole) {
  const given = childrenNamed(node, 'field')
  for (const { attributes } of given) {
    if (!fields.some(field => field.id === attributes.id && field.type !== 'label')) throw new Refused('itemRejected', 'ITEM_PROPERTIES_ERROR', `没有字段 ${attributes.id}`)
  }
  const values = {}
  for (const field of fields) {
    const [own, second] = given.filter(({ attributes }) => attributes.id === field.id)
    if (second) bad(field, '重复')
    const value = own && readValue(field, own, whole)
    if (isEmpty(value) && whole && field.rules.requiredRule === 'true') bad(field, '必填')
    if (value !== undefined) values[field.id] = value
  }
  return values
}

/** The values of a submission by id of the field; `whole` when nothing that is required may be missing. */
function readSubmission (fields, text, whole) {
  let root
  try {
    root = parseDocument(text)
  } catch {
    throw new Refused('parameterInvalid', 'schema', 'schema 不是合法的 XML')
  }
  if (root.name !== 'itemParam') throw new Refused('parameterInvalid', 'schema', '根元素应为 itemParam')
  if (whole && fields.some(field => field.id === 'food_security') && !childrenNamed(root, 'field').some(({ attributes }) => attributes.id === 'food_security')) throw new Refused('foodSecurity')
  return readFields(fields, root, whole)
}

module.exports = { fieldsOf, writeRules, readSubmission }
