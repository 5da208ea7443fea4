'use strict'
// The platform's category tree and brands, fact sheet 2.10 ("Supporting").

const FIRST_CATEGORY_ID = 20000
const NO_BRAND_ID = 596120136 // 2.10: standard_brand_id of "no brand"

// root → second → third (→ fourth)
const TREE = {
  女装: { 连衣裙: ['碎花连衣裙', '针织连衣裙', '吊带连衣裙'], 上衣: { 衬衫: ['雪纺衬衫', '条纹衬衫'], 毛衣: ['套头毛衣', '开衫'] }, 裤装: ['阔腿裤', '牛仔裤'] },
  男装: { 上装: { T恤: ['短袖T恤', '长袖T恤'], 夹克: ['工装夹克', '飞行夹克'] }, 下装: ['休闲裤', '运动裤'] },
  鞋靴: { 女鞋: ['帆布鞋', '玛丽珍鞋', '短靴'], 男鞋: ['跑步鞋', '板鞋'] },
  食品: { 零食: { 坚果: ['每日坚果', '夏威夷果'], 糕点: ['蛋黄酥', '绿豆糕'] }, 茶饮: ['龙井', '普洱', '花草茶'], 粮油: ['大米', '菜籽油'] },
  生鲜: { 水果: ['车厘子', '赣南脐橙', '阳光玫瑰'], 水产: ['大闸蟹', '虾仁'] },
  美妆: { 护肤: { 面部: ['精华液', '面霜', '洁面乳'], 防晒: ['防晒霜', '防晒喷雾'] }, 彩妆: ['口红', '眼影盘'] },
  家居: { 床品: ['四件套', '夏凉被', '乳胶枕'], 收纳: ['收纳箱', '衣架'], 厨具: { 锅具: ['不粘锅', '砂锅'], 餐具: ['陶瓷碗', '筷子'] } },
  母婴: { 喂养: ['奶瓶', '吸管杯'], 童装: ['连体衣', '儿童卫衣'] },
  数码: { 手机配件: ['手机壳', '数据线', '充电宝'], 影音: { 耳机: ['蓝牙耳机', '头戴耳机'], 音箱: ['桌面音箱'] } },
  运动户外: { 露营: ['天幕', '折叠椅', '露营灯'], 健身: ['瑜伽垫', '弹力带'] }
}

const BRANDS = [
  ['云上棉', 'CLOUDCOTTON'], ['青禾记', 'QINGHE'], ['山野集', 'WILDMARKET'], ['南桥', 'NANQIAO'], ['小满', 'XIAOMAN'],
  ['鹿鸣', 'LUMING'], ['白露', 'BAILU'], ['巷口', 'ALLEY'], ['拾光', 'SHIGUANG'], ['初雪', 'FIRSTSNOW'],
  ['老灶台', ''], ['木棠', 'MUTANG']
]

function childrenOf (branch) {
  return Array.isArray(branch) ? branch.map(name => [name, null]) : Object.entries(branch)
}

/** The tree as rows, parents before children, with ids in order of appearance. */
function flatten () {
  const rows = []
  const visit = (branch, parentId, level) => {
    for (const [name, below] of childrenOf(branch)) {
      const row = { id: FIRST_CATEGORY_ID + rows.length, name, level, parent_id: parentId, is_leaf: !below, enable: true }
      rows.push(row)
      if (below) visit(below, row.id, level + 1)
    }
  }
  visit(TREE, 0, 1)
  return rows
}

const categories = flatten()
const categoryById = new Map(categories.map(row => [row.id, row]))
const leaves = categories.filter(row => row.is_leaf)

const brands = BRANDS.map(([chinese, english], index) => ({
  id: NO_BRAND_ID + 1000 + index * 37,
  brand_chinese_name: chinese,
  brand_english_name: english,
  brand_reg_num: String(18000000 + index * 4211)
}))

/** From the root down to the leaf. */
function pathOf (leaf) {
  const path = []
  for (let row = leaf; row; row = categoryById.get(row.parent_id)) path.unshift(row)
  return path
}

function rootOf (leaf) {
  return pathOf(leaf)[0]
}

/** `category_detail` of a product: four levels, the missing ones 0 and empty. */
function categoryDetail (leaf) {
  const path = pathOf(leaf)
  const detail = {}
  for (const [index, word] of ['first', 'second', 'third', 'fourth'].entries()) {
    detail[`${word}_cid`] = path[index]?.id ?? 0
    detail[`${word}_cname`] = path[index]?.name ?? ''
  }
  return detail
}

module.exports = { NO_BRAND_ID, categories, categoryById, leaves, brands, rootOf, categoryDetail }
