'use strict'
// Categories, attributes and values, fact sheet 7. It names the calls and their inputs; the fields of the answers are
// those of the official Java kit's classes, see README.md.
const { categories, categoryById, attributesOf, attributeById, leavesOf, SALE } = require('./catalog')
const { pick } = require('./cut')

function categoryItem ({ id, fid, name, lev, leaf }) {
  return { id, fid, name, lev, isLeaf: leaf, status: 1 }
}

function findByPId (call, shop, params) {
  params.only('parentCid', 'field')
  const parent = params.integer('parentCid')
  const names = params.list('field')
  return { categories: categories.filter(row => row.fid === parent).map(row => pick(categoryItem(row), names)) }
}

function findById (call, shop, params) {
  params.only('cid', 'field')
  const row = categoryById.get(params.integer('cid'))
  return row ? { category: pick(categoryItem(row), params.list('field')) } : {}
}

/** The merchant of the sandbox may sell in every category. */
function validCategories (call, shop, params) {
  params.only()
  return { getfullvalidcategoryresultbyvenderid_result: { success: true, list: categories.map(categoryItem) } }
}

/** What is required of SKUs is said by a feature; values come along when they are asked for. */
function attributeItem (attribute, withValues) {
  const { id, categoryId, name, type, input, required, values } = attribute
  const isSale = type === SALE
  const features = isSale ? [{ key: 'required', fvalue: required ? '1' : '0' }, ...name === '颜色' ? [{ key: 'color', fvalue: '1' }] : []] : []
  const item = { id, name, catId: categoryId, orderSort: id % 100, attributeType: type, inputType: input, isRequired: required && !isSale, features }
  return withValues ? { ...item, attrValueList: values.map(value => valueItem(attribute, value)) } : item
}

function valueItem (attribute, { id, name }) {
  return { id, attId: attribute.id, catId: attribute.categoryId, name, features: [] }
}

/** Of a third-level category or a leaf below one: the leaf's attributes are those of its third level. */
function findAttrs (call, shop, params) {
  params.only('cid', 'attributeType', 'field')
  const cid = params.integer('cid')
  const type = params.has('attributeType') ? params.integer('attributeType') : null
  const third = categories.find(row => row.lev === 3 && leavesOf(row).some(leaf => leaf.id === cid)) ?? categoryById.get(cid)
  const found = third?.lev === 3 ? attributesOf(third.id).filter(one => type === null || one.type === type) : []
  const withValues = (params.list('field') ?? []).includes('attrValueList')
  return { findattrsbycategoryidunlimitcate_result: found.map(one => attributeItem(one, withValues)) }
}

function findValues (call, shop, params) {
  params.only('categoryAttrId', 'field')
  const attribute = attributeById(params.integer('categoryAttrId'))
  const values = attribute?.values ?? []
  return { findvaluesbyattridunlimit_result: values.map(value => valueItem(attribute, value)) }
}

module.exports = { findByPId, findById, validCategories, findAttrs, findValues }
