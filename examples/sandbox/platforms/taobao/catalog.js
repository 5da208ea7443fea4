'use strict'
// Categories (leaves carry what a product of theirs has to say) and brands.

// cid, parent, name
const ROWS = [
  [16, 0, '女装/女士精品'], [50010850, 16, '连衣裙'], [162104, 16, '衬衫'], [50000671, 16, 'T恤'],
  [30, 0, '男装'], [50010158, 30, '夹克'], [50000436, 30, 'T恤'],
  [50002766, 0, '零食/坚果/特产'], [50008613, 50002766, '山核桃/坚果'], [50008055, 50002766, '传统糕点'],
  [50008090, 0, '3C数码配件'], [50018396, 50008090, '保护壳'], [50005700, 50008090, '充电器'],
  [50008163, 0, '床上用品'], [50001865, 50008163, '床品套件'], [50008246, 50008163, '枕头']
]

const BRANDS = [['30111', '无品牌'], ['93764828', '云溪'], ['107380', '北岸'], ['3492141', '知夏'], ['20000101', '雀跃 QueYue']]
const FOOD = '50002766'

const categories = ROWS.map(([cid, parent, name]) => ({
  cid, parent_cid: parent, name, is_parent: ROWS.some(([, other]) => other === cid), status: 'normal', sort_order: cid % 97
}))
const categoryById = new Map(categories.map(row => [String(row.cid), row]))
const leaves = categories.filter(row => !row.is_parent)

function needsFoodSafety (leaf) {
  return String(leaf.parent_cid) === FOOD
}

module.exports = { categories, categoryById, leaves, BRANDS, needsFoodSafety }
