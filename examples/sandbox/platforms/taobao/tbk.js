'use strict'
// The affiliate calls (淘宝客), fact sheet 5.9: without a session, and with item ids that are texts of their own.
const { Random, deriveSeed } = require('../../random')
const { shanghaiText } = require('../../clock')
const { named } = require('./envelope')
const { Refused } = require('./params')
const { ON_SALE } = require('./item_seed')
const { yuan } = require('./item_wire')

const MAX_SPAN_S = 3 * 3600
const TK_STATUS = [[11, 10], [12, 50], [13, 10], [14, 15], [3, 15]] // ordered, paid, closed, received, settled
const RATE = 1234 // hundredths of a percent: 12.34 %
const SHORT = 'https://s.click.example.invalid'

/** What an affiliate account calls an item: opaque, with letters and a dash, and another text for each app. */
function openId (app, id) {
  return `${deriveSeed(app.appKey, id).toString(36)}Jx-${deriveSeed(id, app.appKey, 'tbk').toString(36)}Qz`
}

function onSale (world) {
  return world.shops.flatMap(shop => shop.items.sortedIds().map(id => ({ shop, version: shop.items.current(id) }))).filter(({ version }) => version.state === ON_SALE)
}

function itemWire (app, { shop, version }) {
  return {
    item_id: openId(app, version.id), title: version.title, zk_final_price: yuan(version.price), reserve_price: yuan(version.price + 2000), commission_rate: String(RATE),
    shop_title: shop.name, seller_id: BigInt(shop.id), user_type: shop.type === 'B' ? 1 : 0, volume: version.sold, category_id: version.leaf.cid, url: `${SHORT}/i?d=${openId(app, version.id)}`
  }
}

function material (call, shop, params, { app, world }) {
  params.only('adzone_id', 'q', 'cat', 'page_no', 'page_size', 'sort', 'has_coupon', 'platform')
  params.id('adzone_id')
  if (!params.has('q') && !params.has('cat')) throw new Refused('parameterMissing', 'q', 'q 与 cat 不能都为空')
  const size = params.integer('page_size', 20, 1, 100)
  const start = (params.integer('page_no', 1, 1) - 1) * size
  const cats = params.list('cat')
  const found = onSale(world).filter(({ version }) => version.title.includes(params.text('q')) && (!cats || cats.includes(String(version.leaf.cid))))
  return { total_results: found.length, result_list: found.slice(start, start + size).map(one => itemWire(app, one)) }
}

function findItem (world, app, text) {
  return onSale(world).find(({ version }) => openId(app, version.id) === text)
}

function itemInfo (call, shop, params, { app, world }) {
  params.only('num_iids', 'platform', 'ip')
  params.required('num_iids')
  return { results: named('n_tbk_item', params.list('num_iids', 40).map(text => findItem(world, app, text)).filter(Boolean).map(one => itemWire(app, one))) }
}

function orderWire (app, { shop, trade, line }) {
  const random = new Random(deriveSeed(trade.look, 'tbk'))
  const status = random.weighted(TK_STATUS)
  return {
    trade_id: trade.id, trade_parent_id: trade.id, item_id: openId(app, line.item.id), item_title: line.item.title, item_num: line.num, seller_shop_title: shop.name,
    tk_status: status, tk_create_time: shanghaiText(trade.createTime), click_time: shanghaiText(trade.createTime - 60), modified_time: shanghaiText(trade.updateTime),
    alipay_total_price: yuan((line.sku?.price ?? line.item.price) * line.num), pub_share_pre_fee: '1.20', tk_total_rate: '12.34', adzone_id: 1, order_type: '淘宝'
  }
}

/** Orders that came through a link: every third, by their creation (query_type 1) or change. */
function ordersBetween (world, axis, from, to) {
  return world.shops.flatMap(shop => {
    const { rows, low, high } = shop.trades.select(axis, { [axis]: [from, to] }, null, '')
    return rows.slice(low, high).filter(trade => trade.look % 3 === 0).map(trade => ({ shop, trade, line: trade.lines[0] }))
  })
}

/** A cursor: `position_index` of a page comes back on every page but the first. */
function orderDetails (call, shop, params, { app, world }) {
  params.only('start_time', 'end_time', 'query_type', 'page_no', 'page_size', 'position_index', 'jump_type', 'tk_status', 'order_scene')
  const [from, to] = [params.requiredTime('start_time'), params.requiredTime('end_time')]
  if (to < from || to - from > MAX_SPAN_S) throw new Refused('parameterInvalid', 'end_time', '时间跨度不能超过3小时')
  const axis = params.oneOf('query_type', ['1', '2', '3', '4'], '1') === '1' ? 'createTime' : 'updateTime'
  const size = params.integer('page_size', 20, 1, 100)
  const page = params.integer('page_no', 1, 1)
  if (page > 1 && !params.has('position_index')) throw new Refused('parameterMissing', 'position_index', '除第一页外需要 position_index')
  const found = ordersBetween(world, axis, from, to)
  const position = params.has('position_index') ? Number(/^\d+_(\d+)$/.exec(params.text('position_index'))?.[1] ?? NaN) : 0
  if (Number.isNaN(position)) throw new Refused('parameterInvalid', 'position_index')
  const rows = found.slice(position, position + size)
  const end = position + rows.length
  return { data: { results: named('publisher_order_dto', rows.map(one => orderWire(app, one))), has_next: end < found.length, has_pre: position > 0, position_index: `${to}_${end}`, page_no: page, page_size: size } }
}

function password (call, shop, params) {
  params.only('url', 'text', 'logo', 'ext', 'user_id')
  const url = params.required('url')
  if (!url.startsWith('https://')) throw new Refused('parameterInvalid', 'url', 'url 应为 https 链接')
  const code = deriveSeed(url).toString(36).toUpperCase()
  return { data: { model: `￥${code}￥ 复制打开`, password_simple: `￥${code}￥` } }
}

/** Links from item ids: what becomes of each. */
function linkConvert (call, shop, params, { app, world }) {
  params.only('adzone_id', 'material_list', 'item_id_list', 'site_id')
  params.id('adzone_id')
  const ids = params.list('item_id_list', 20) ?? params.list('material_list', 20)
  if (!ids) throw new Refused('parameterMissing', 'item_id_list')
  const links = ids.map(id => ({ input: id, found: findItem(world, app, id) }))
  return {
    data: {
      item_url_list: named('item_url_list', links.filter(({ found }) => found).map(({ input }) => ({ item_id: input, cps_short_url: `${SHORT}/s/${deriveSeed(app.appKey, input).toString(36)}`, cps_full_url: `${SHORT}/t?e=${encodeURIComponent(input)}` }))),
      failed_list: links.filter(({ found }) => !found).map(({ input }) => input).join()
    }
  }
}

function couponGet (call, shop, params, { app, world }) {
  params.only('me', 'item_id', 'activity_id')
  if (!params.has('me') && !(params.has('item_id') && params.has('activity_id'))) throw new Refused('parameterMissing', 'me', 'me 或 item_id 与 activity_id')
  if (params.has('item_id') && !findItem(world, app, params.text('item_id'))) throw new Refused('recordNotExist', 'item_id')
  return { data: { coupon_amount: '10.00', coupon_start_fee: '99.00', coupon_remain_count: 900, coupon_total_count: 1000, coupon_start_time: shanghaiText(Math.floor(call.now / 1000)).slice(0, 10), coupon_type: 0 } }
}

function activityInfo (call, shop, params) {
  params.only('adzone_id', 'activity_material_id', 'sub_pid', 'relation_id', 'union_id')
  params.id('adzone_id')
  const id = params.required('activity_material_id')
  return { data: { click_url: `${SHORT}/a?id=${encodeURIComponent(id)}`, short_click_url: `${SHORT}/a/${deriveSeed(id).toString(36)}`, page_name: '限时活动' } }
}

module.exports = { material, itemInfo, orderDetails, password, linkConvert, couponGet, activityInfo }
