'use strict'
// Categories, attributes and values, fact sheet 7. It names the calls and their inputs; the fields of the answers are the
// sandbox's reading of how the platform names such things, and listed as uncertain in README.md.
const { categories, categoryById, attributesOf, attributeById, leavesOf } = require('./catalog')
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

function attributeItem ({ id, categoryId, name, type, input, required }) {
  return { categoryAttrId: id, categoryId, attName: name, attributeType: type, inputType: input, isRequired: required }
}

/** Of a third-level category or a leaf below one: the leaf's attributes are those of its third level. */
function findAttrs (call, shop, params) {
  params.only('cid', 'attributeType', 'field')
  const cid = params.integer('cid')
  const type = params.has('attributeType') ? params.integer('attributeType') : null
  const third = categories.find(row => row.lev === 3 && leavesOf(row).some(leaf => leaf.id === cid)) ?? categoryById.get(cid)
  const found = third?.lev === 3 ? attributesOf(third.id).filter(one => type === null || one.type === type) : []
  return { findattrsbycategoryidunlimitcate_result: found.map(attributeItem) }
}

function findValues (call, shop, params) {
  params.only('categoryAttrId', 'field')
  const attribute = attributeById(params.integer('categoryAttrId'))
  const values = attribute?.values ?? []
  return { findvaluesbyattridunlimit_result: values.map(({ id, name }) => ({ id, attributeId: attribute.id, categoryId: attribute.categoryId, name })) }
}

module.exports = { findByPId, findById, validCategories, findAttrs, findValues }
