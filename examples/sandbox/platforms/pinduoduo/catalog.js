'use strict'
// Categories, their rules, specifications and freight templates, fact sheet 9.1.
const { deriveSeed } = require('../../random')
const { accept } = require('./envelope')
const { Refused } = require('./params')

const FIRST_CATEGORY_ID = 16500
const TREE = {
  食品: { 坚果炒货: ['核桃', '每日坚果'], 水果: { 苹果: ['红富士', '冰糖心'], 柑橘: ['脐橙', '沃柑'] } },
  日用品: { 纸品: ['抽纸', '卷纸'], 清洁: ['洗衣液', '垃圾袋'] },
  女装: { 上衣: ['T恤', '卫衣'], 裙装: ['连衣裙', '半身裙'] },
  数码: { 配件: ['手机壳', '数据线', '充电宝'] },
  药品: { 成药: ['感冒药'] }
}
const NOT_AUTHORIZED = ['药品'] // 9.1: a shop may publish in some categories only

function childrenOf (branch) {
  return Array.isArray(branch) ? branch.map(name => [name, null]) : Object.entries(branch)
}

/** The tree as rows, parents before children. */
function flatten () {
  const rows = []
  const visit = (branch, parentId, level, open) => {
    for (const [name, below] of childrenOf(branch)) {
      const mayPublish = open && !NOT_AUTHORIZED.includes(name)
      const row = { id: FIRST_CATEGORY_ID + rows.length, name, level, parentId, leaf: !below, open: mayPublish }
      rows.push(row)
      if (below) visit(below, row.id, level + 1, mayPublish)
    }
  }
  visit(TREE, 0, 1, true)
  return rows
}

const categories = flatten()
const categoryById = new Map(categories.map(row => [row.id, row]))
const leaves = categories.filter(row => row.leaf && row.open)

const PARENT_SPECS = [[1215, '颜色'], [1226, '尺码'], [3030, '重量']]
const BRANDS = [[6100001, '无品牌'], [6100002, '果小满'], [6100003, '千针']]
const MATERIALS = [[7200001, '棉'], [7200002, '塑料'], [7200003, '其他']]

const templates = [{ template_id: 25001, template_name: '全国包邮' }, { template_id: 25002, template_name: '偏远地区不包邮' }]

/** A specification's id: the same for the same parent and name. */
function specId (parentId, name) {
  return 100_000_000 + deriveSeed('spec', parentId, name) % 800_000_000
}

function children (params) {
  params.only('parent_cat_id')
  const parent = params.integer('parent_cat_id')
  if (parent !== 0 && !categoryById.has(parent)) throw new Refused('businessParameter', 'parent_cat_id 不存在')
  return categories.filter(row => row.parentId === parent)
}

function catsGet (call, shop, params) {
  return accept({ goods_cats_list: children(params).map(row => ({ cat_id: row.id, cat_name: row.name, level: row.level, parent_cat_id: row.parentId })) })
}

function authorizationCats (call, shop, params) {
  const rows = children(params).filter(row => row.open)
  return accept({ goods_cats_list: rows.map(row => ({ cat_id: row.id, cat_name: row.name, leaf: row.leaf })) })
}

function leafOf (params) {
  const row = categoryById.get(params.integer('cat_id'))
  if (!row?.leaf) throw new Refused('businessParameter', 'cat_id 应为叶子类目')
  return row
}

function property (refPid, name, required, values) {
  return {
    ref_pid: refPid, name, required, required_rule_type: 0, is_sale: false, is_sku: false, parent_spec_id: 0,
    choose_max_num: 1, input_max_num: 0, property_value_type: 0, max_value: '', min_value: '', value_unit: [],
    values: values.map(([vid, value]) => ({ vid, value, spec_id: 0, parent_vids: [] }))
  }
}

/** What goods of this category must and may have. */
function rulesOf () {
  return [property(310, '品牌', true, BRANDS), property(415, '材质', false, MATERIALS)]
}

function catRule (call, shop, params) {
  params.only('cat_id', 'goods_id')
  const row = leafOf(params)
  return accept({
    goods_properties_rule: { properties: rulesOf(row) },
    goods_service_rule: {},
    goods_sku_rule: { spec_num_limit: 2, price_range_ratio: 0 },
    spu_rule: { control_type: 0 },
    two_pieces_discount_rule: {}
  })
}

function specGet (call, shop, params) {
  params.only('cat_id')
  leafOf(params)
  return accept({ goods_spec_list: PARENT_SPECS.map(([id, name]) => ({ parent_spec_id: id, parent_spec_name: name })) })
}

/** Makes a specification of the seller's own, or answers the one there is. */
function specIdGet (call, shop, params) {
  params.only('parent_spec_id', 'spec_name')
  const parentId = params.integer('parent_spec_id')
  const name = params.required('spec_name')
  if (!PARENT_SPECS.some(([id]) => id === parentId)) throw new Refused('businessParameter', 'parent_spec_id 不存在')
  const id = specId(parentId, name)
  shop.specs.set(String(id), { parentId, name })
  return accept({ parent_spec_id: parentId, spec_id: id, spec_name: name })
}

function templateGet (call, shop, params) {
  params.only('page', 'page_size')
  const { page, size } = params.page(100, 20)
  return accept({ logistics_template_list: templates.slice((page - 1) * size, page * size), total_count: templates.length })
}

function parentSpecName (parentId) {
  return PARENT_SPECS.find(([id]) => id === parentId)[1]
}

module.exports = { categoryById, leaves, templates, rulesOf, specId, parentSpecName, PARENT_SPECS, catsGet, authorizationCats, catRule, specGet, specIdGet, templateGet }
