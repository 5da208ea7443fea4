'use strict'
// Categories, their attributes and values, and carriers (fact sheet 7, 10.7). The tree has three levels, a few
// categories a fourth: `categoryId` of a ware is of the third level, `multiCategoryId` is the leaf (9.1).

const FIRST_CATEGORY_ID = 9700

const TREE = {
  数码: { 影音: { 耳机: ['蓝牙耳机', '头戴耳机'], 音箱: null }, 配件: { 充电宝: null, 数据线: null, 手机壳: null } },
  家居: { 床品: { 四件套: ['纯棉四件套', '磨毛四件套'], 枕头: null }, 收纳: { 收纳箱: null, 衣架: null } },
  厨具: { 锅具: { 炒锅: null, 砂锅: null }, 餐具: { 碗碟: null, 筷勺: null } },
  食品: { 茶饮: { 绿茶: null, 普洱: null, 花草茶: null }, 零食: { 坚果: null, 糕点: null } },
  户外: { 露营: { 帐篷: null, 折叠椅: null, 露营灯: null }, 骑行: { 头盔: null } }
}

const BRANDS = [[8551, '青屿'], [8552, '北岸'], [8553, '禾木'], [8554, '云麓'], [8555, '拾禾'], [8556, '明川']]

// the first ones of fact sheet 10.7; what a merchant may use comes from fce.alpha.getVenderCarrier
const CARRIERS = [[467, '顺丰速运'], [1499, '中通速递'], [463, '圆通快递'], [470, '申通快递'], [1327, '韵达快递'], [465, '邮政EMS'], [2087, '京东快递'], [3046, '德邦快递'], [1274, '厂家自送']]

function flatten () {
  const rows = []
  const visit = (branch, fid, lev) => {
    const children = Array.isArray(branch) ? branch.map(name => [name, null]) : Object.entries(branch)
    for (const [name, below] of children) {
      const row = { id: FIRST_CATEGORY_ID + rows.length, fid, name, lev, leaf: !below }
      rows.push(row)
      if (below) visit(below, row.id, lev + 1)
    }
  }
  visit(TREE, 0, 1)
  return rows
}

const categories = flatten()
const categoryById = new Map(categories.map(row => [row.id, row]))
const thirdLevel = categories.filter(row => row.lev === 3)

/** Leaves at or below a category. */
function leavesOf (row) {
  return row.leaf ? [row] : categories.filter(one => one.fid === row.id).flatMap(leavesOf)
}

const SALE = 4
const PLAIN = 3
const CHOICE = 1
const TEXT = 3

// place in the category, name, attribute type, input type, whether it has to be given, values
const ATTRIBUTES = [
  [1, '颜色', SALE, CHOICE, true, ['曜石黑', '月光白', '松石绿', '砂岩灰', '海盐蓝', '珊瑚橙']],
  [2, '尺码', SALE, CHOICE, false, ['标准款', '加大款', '升级款', 'M', 'L', 'XL']],
  [3, '材质', PLAIN, CHOICE, true, ['棉', '不锈钢', '塑料', '陶瓷', '其他']],
  [4, '适用季节', PLAIN, CHOICE, false, ['春', '夏', '秋', '冬']],
  [5, '产地说明', PLAIN, TEXT, false, []]
]

/** The attributes of a category: `{ id, categoryId, name, type, input, required, place, values }`. */
function attributesOf (categoryId) {
  return ATTRIBUTES.map(([place, name, type, input, required, names]) => {
    const id = categoryId * 100 + place
    const values = names.map((value, index) => ({ id: id * 100 + index + 1, name: value }))
    return { id, categoryId, name, type, input, required, place, values }
  })
}

function attributeById (id) {
  return attributesOf(Math.floor(id / 100)).find(one => one.id === id && categoryById.get(one.categoryId)?.lev >= 3)
}

module.exports = { categories, categoryById, thirdLevel, leavesOf, attributesOf, attributeById, SALE, TEXT, BRANDS, CARRIERS }
