'use strict'
// Asking how a review stands, fact sheet 9.5.
const { accept } = require('./envelope')
const { Refused, integerText } = require('./params')
const { detailSku, pictures } = require('./goods_wire')

const MAX_IDS = 100
const MAX_PAGE = 100

function commitOf (shop, commits, id) {
  const commit = commits.get(id)
  if (!commit || commit.shop !== shop) throw new Refused('notFound', '提交记录不存在')
  return commit
}

function detail (call, shop, params, { commits }) {
  params.only('goods_commit_id', 'goods_id')
  const commit = commitOf(shop, commits, params.id('goods_commit_id'))
  if (commit.goodsId !== params.id('goods_id')) throw new Refused('notFound', '提交记录不属于该商品')
  const version = { ...shop.goods.current(commit.goodsId), ...commit.payload.goods }
  const { carousel, detail: pages } = pictures(version)
  return accept({
    goods_commit_id: Number(commit.id),
    goods_id: BigInt(commit.goodsId),
    goods_status: commit.state,
    commit_message: commit.comment,
    goods_name: version.name,
    cat_id: version.catId,
    market_price: version.marketPrice,
    outer_goods_id: version.outerId,
    carousel_gallery_list: carousel,
    detail_gallery_list: pages,
    sku_list: version.skus.map(sku => detailSku(version, sku))
  })
}

function row (commit) {
  return {
    commit_id: Number(commit.id), goods_id: BigInt(commit.goodsId), check_status: commit.state, reject_comment: commit.comment,
    submit_time: commit.submitTime, checked_time: commit.checkedTime, is_shop: true
  }
}

/** Newest first. */
function list (call, shop, params, { commits }) {
  params.only('check_status', 'page', 'page_size', 'goods_id')
  const status = params.choice('check_status', undefined, 0, 1, 2, 3)
  const { page, size } = params.page(100, 10)
  if (page > MAX_PAGE) throw new Refused('businessParameter', `page 最大 ${MAX_PAGE}`)
  const goodsId = params.optionalId('goods_id')
  const found = commits.of(shop).filter(one => one.state === status && (goodsId === undefined || one.goodsId === goodsId)).reverse()
  return accept({ list: found.slice((page - 1) * size, page * size).map(row), total: found.length })
}

function idsOf (params, name) {
  const ids = params.list(name).map(value => integerText(value, name))
  if (ids.length > MAX_IDS) throw new Refused('businessParameter', `${name} 最多 ${MAX_IDS} 个`)
  return ids
}

function status (call, shop, params, { commits }) {
  params.only('goods_commit_id_list')
  return accept({ list: idsOf(params, 'goods_commit_id_list').map(id => row(commitOf(shop, commits, id))) })
}

/** Goods that were never submitted here have no row. */
function latest (call, shop, params, { commits }) {
  params.only('goods_id_list')
  const found = idsOf(params, 'goods_id_list').map(id => commits.latestOf(shop, id)).filter(Boolean)
  return accept({ list: found.map(row) })
}

module.exports = { detail, list, status, latest }
