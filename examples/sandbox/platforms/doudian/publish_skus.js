'use strict'
// The specifications and SKUs of a product that is sent: `颜色|黑,白^尺码|S,M` and a JSON text of prices in fen and stocks.
const { Literal } = require('../../json')
const { Refused } = require('./params')

const MAX_SPECS = 3
const MAX_SKUS = 600
const NAMES = ['spec_detail_name1', 'spec_detail_name2', 'spec_detail_name3']
const SKU_FIELDS = [...NAMES, 'price', 'stock_num', 'code', 'outer_sku_id', 'out_sku_id', 'sku_id', 'sku_type']

function invalid (detail) {
  throw new Refused('productInvalid', detail)
}

/** `[{ name, values }]`; no name and no value twice. */
function readSpecs (text) {
  const specs = text.split('^').map(part => {
    const [name, values, ...rest] = part.split('|')
    if (!name || !values || rest.length > 0) throw new Refused('parameterFormat', 'specs 应形如 颜色|黑,白^尺码|S,M')
    return { name, values: values.split(',') }
  })
  if (specs.length > MAX_SPECS) invalid(`规格最多 ${MAX_SPECS} 个`)
  const lists = [specs.map(spec => spec.name), ...specs.map(spec => spec.values)]
  if (lists.some(list => new Set(list).size !== list.length || list.includes(''))) invalid('规格名或规格值重复或为空')
  return specs
}

function integer (item, name, fallback, low) {
  const value = item.get(name)
  if ((value === undefined || value === null) && fallback !== undefined) return fallback
  if (!(value instanceof Literal) || !/^\d{1,15}$/.test(value.text)) invalid(`spec_prices 的 ${name} 应为整数`)
  if (Number(value.text) < low) invalid(`spec_prices 的 ${name} 不能小于 ${low}`)
  return Number(value.text)
}

function text (item, name) {
  const value = item.get(name) ?? ''
  if (typeof value !== 'string') invalid(`spec_prices 的 ${name} 应为字符串`)
  return value
}

function readSku (item, specs) {
  if (!(item instanceof Map)) throw new Refused('parameterFormat', 'spec_prices 的元素应为对象')
  for (const name of item.keys()) if (!SKU_FIELDS.includes(name)) throw new Refused('parameterInvalid', `沙箱不支持 spec_prices 的 ${name}`)
  const values = NAMES.map(name => text(item, name))
  for (const [place, value] of values.entries()) {
    if (specs[place] ? !specs[place].values.includes(value) : value !== '') invalid(`规格值 ${value} 不在 specs 中`)
  }
  if (integer(item, 'sku_type', 0, 0) !== 0) throw new Refused('parameterInvalid', '沙箱只支持 sku_type 0')
  const id = item.get('sku_id')
  return {
    wishedId: id instanceof Literal && id.text !== '0' ? id.text : null, colour: values[0], size: values[1], third: values[2],
    price: integer(item, 'price', undefined, 1), stock: integer(item, 'stock_num', undefined, 0),
    code: text(item, 'code'), outerId: text(item, 'outer_sku_id'), outId: integer(item, 'out_sku_id', 0, 0)
  }
}

function lookOf ({ colour, size, third }) {
  return JSON.stringify([colour, size ?? '', third ?? ''])
}

/** Each combination of the specifications exactly once. */
function readSkus (items, specs) {
  if (!Array.isArray(items)) throw new Refused('parameterFormat', 'spec_prices 应为 JSON 数组文本')
  const wanted = specs.reduce((product, spec) => product * spec.values.length, 1)
  if (wanted > MAX_SKUS) invalid(`规格组合最多 ${MAX_SKUS} 个`)
  const skus = items.map(item => readSku(item, specs))
  if (skus.length !== wanted || new Set(skus.map(lookOf)).size !== wanted) invalid(`spec_prices 应有 ${wanted} 个不重复的规格组合`)
  return skus
}

module.exports = { readSpecs, readSkus, lookOf }
