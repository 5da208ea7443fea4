'use strict'
// Publishing goods, fact sheet 9.3: directly with pdd.goods.add, or as a draft that is submitted later, and edits of live
// goods. All of them end in a commit that is reviewed (commits.js). The same goods sent twice are two goods.
const { deriveSeed } = require('../../random')
const { accept } = require('./envelope')
const { Refused } = require('./params')
const { readGoods } = require('./publish_read')
const { liveGoods } = require('./goods')
const { goodsId, newSku, OFF_SALE } = require('./goods_seed')
const { EDITING } = require('./commits')

const FIRST_PUBLISHED_INDEX = 1_000_000 // far from the seeded ones
const SUBMIT = 0
const SAVE = 1

/** SKUs with ids: a known one keeps its own, found by the id or by its specifications. */
function withIds (id, wished, known) {
  let position = known.reduce((last, sku) => Math.max(last, sku.position + 1), 0)
  return wished.map(({ wishedId, ...sku }) => {
    const look = sku.specs.map(spec => spec.id).join(',')
    const mine = known.find(one => (wishedId ? one.id === wishedId : one.specs.map(spec => spec.id).join(',') === look))
    if (wishedId && !mine) throw new Refused('notFound', `商品规格 ${wishedId} 不存在`)
    if (!mine && sku.quantity < 0) throw new Refused('stockNegative', '新规格的库存不能为负')
    return { ...(mine ?? newSku(id, position++, sku.specs, sku.multi, sku.quantity, sku.outerId)), ...sku }
  })
}

/** New goods that no list shows before their review ends well. */
function addGoods (shop, goods, desk) {
  const index = FIRST_PUBLISHED_INDEX + shop.goods.size
  const id = goodsId(shop, index)
  const version = {
    id, index, createTime: desk.now, updateTime: desk.now, status: OFF_SALE, shown: false, banned: false,
    look: deriveSeed(shop.seed, 'goods', index), set: null, skuSet: null, ...goods, skus: withIds(id, goods.skus, [])
  }
  desk.put(shop.goods, version)
  return version
}

function submitted (version, commit, log) {
  const answer = accept({ goods_id: BigInt(version.id), goods_commit_id: Number(commit.id), matched_spu_id: 0 })
  return { target: version.id, params: { commitId: commit.id, outerId: version.outerId, ...log }, changed: true, answer }
}

function add (shop, params, desk) {
  const version = addGoods(shop, readGoods(shop, params, false), desk)
  return submitted(version, desk.commits.submit(shop, version.id, {}, desk.nowMs))
}

function editedGoods (shop, params, version, ...others) {
  const goods = readGoods(shop, params, true, 'goods_id', ...others)
  return { ...goods, outerId: goods.outerId || version.outerId, skus: withIds(version.id, goods.skus, version.skus) }
}

/** pdd.goods.information.update: the edit counts when its review has ended well, and puts the goods on sale unless told not to. */
function update (shop, params, desk) {
  const version = liveGoods(shop, params.id('goods_id'))
  const goods = editedGoods(shop, params, version, 'sync_goods_operate')
  const list = params.choice('sync_goods_operate', 0, 0, 1) === 0
  return submitted(version, desk.commits.submit(shop, version.id, { goods, list }, desk.nowMs))
}

/** pdd.goods.edit.goods.commit: a draft, of new goods or of such as there are. */
function draft (shop, params, desk) {
  if (!params.has('goods_id')) {
    const version = addGoods(shop, readGoods(shop, params, false), desk)
    return submitted(version, desk.commits.draft(shop, version.id, {}, desk.nowMs), { draft: true })
  }
  const version = liveGoods(shop, params.id('goods_id'))
  return submitted(version, desk.commits.draft(shop, version.id, { goods: editedGoods(shop, params, version) }, desk.nowMs), { draft: true })
}

/** pdd.goods.submit.goods.commit: 0 submits a draft for review, 1 only keeps it. */
function submit (shop, params, desk) {
  params.only('goods_commit_id', 'goods_id', 'operate_type')
  const commit = desk.commits.get(params.id('goods_commit_id'))
  const version = liveGoods(shop, params.id('goods_id'))
  const type = params.choice('operate_type', undefined, SUBMIT, SAVE)
  if (!commit || commit.shop !== shop || commit.goodsId !== version.id) throw new Refused('notFound', '提交记录不存在')
  if (commit.state !== EDITING) throw new Refused('goodsState', '提交记录不是草稿')
  if (type === SUBMIT) desk.commits.begin(commit, desk.nowMs)
  return { ...submitted(version, commit, { operateType: type }), changed: type === SUBMIT }
}

module.exports = { add, update, draft, submit }
