'use strict'
// 多多进宝 for promoters, fact sheet 12.2: no token, but an application of a promoter.
const { parseShanghaiText } = require('../../clock')
const { deriveSeed } = require('../../random')
const { slice } = require('../../shelf')
const { accept, acceptMembers } = require('./envelope')
const { Refused, readJson, asObject } = require('./params')
const { promotedGoods, goodsSign } = require('./ddk_seed')

const DAY_S = 86400
const HISTORY_S = 90 * DAY_S
const MAX_CUSTOM_BYTES = 64
const REGISTER_CHANNEL = 10
const RANGE_PAGE = 300

function placeOf (world, pid) {
  const place = world.promotion.pids.get(pid)
  if (!place) throw new Refused('businessParameter', 'pid 不属于该推广者')
  return place
}

function checkCustom (params) {
  const text = params.text('custom_parameters')
  if (text === '') return
  if (Buffer.byteLength(text) > MAX_CUSTOM_BYTES) throw new Refused('businessParameter', `custom_parameters 最多 ${MAX_CUSTOM_BYTES} 字节`)
  asObject(readJson(text, 'custom_parameters'), 'custom_parameters')
}

function wantedGoods (world, params) {
  const signs = new Set(params.optionalList('goods_sign_list'))
  const keyword = params.text('keyword')
  const coupon = params.flag('with_coupon')
  return world.promotion.goods().filter(({ version, shop }) => (signs.size === 0 || signs.has(goodsSign(version.id))) &&
    version.name.includes(keyword) && (!coupon || promotedGoods(version, shop).has_coupon))
}

/** Pages after the first one need the list_id of the page before. */
function search (call, world, { params }) {
  params.only('keyword', 'goods_sign_list', 'page', 'page_size', 'list_id', 'sort_type', 'with_coupon', 'pid', 'custom_parameters')
  checkCustom(params)
  if (params.has('pid') && !placeOf(world, params.text('pid')).bound) throw new Refused('pidUnbound')
  const { page, size } = params.page(100)
  params.choice('sort_type', 0, 0) // the other orders are not named in the sheet
  const listId = `l${deriveSeed('list', params.text('keyword'), params.flag('with_coupon'))}`
  if (page > 1 && params.required('list_id') !== listId) throw new Refused('businessParameter', 'list_id 与上一页不一致')
  const found = wantedGoods(world, params)
  const start = call.stuck ? 0 : (page - 1) * size
  const rows = found.slice(start, start + size).map(({ version, shop }) => promotedGoods(version, shop))
  return accept({ goods_list: rows, list_id: listId, total_count: found.length })
}

function goodsBySign (world, sign) {
  const found = world.promotion.goods().find(({ version }) => goodsSign(version.id) === sign)
  if (!found) throw new Refused('notFound', '商品不存在或未参加推广')
  return found
}

function detail (call, world, { params }) {
  params.only('goods_sign', 'pid', 'custom_parameters')
  checkCustom(params)
  const { version, shop } = goodsBySign(world, params.required('goods_sign'))
  return accept({ goods_details: [promotedGoods(version, shop)] })
}

function pidGenerate (call, world, { params }) {
  params.only('number')
  const pids = world.promotion.generate(params.integer('number', undefined, 1, 100))
  return accept({ p_id_list: pids.map(pid => ({ p_id: pid, pid_name: '', create_time: Math.floor(call.now / 1000) })) })
}

function authority (call, world, { params }) {
  params.only('pid', 'custom_parameters')
  checkCustom(params)
  return accept({ bind: placeOf(world, params.required('pid')).bound ? 1 : 0 })
}

function links (key) {
  const base = `https://mobile.pinduoduo.example.invalid/duo_${key}`
  return {
    url: base, short_url: `https://p.pinduoduo.example.invalid/${key.slice(-8)}`, mobile_url: `${base}?m=1`,
    mobile_short_url: `https://p.pinduoduo.example.invalid/m${key.slice(-8)}`, schema_url: `pinduoduo://duo_${key}`
  }
}

/** pdd.ddk.rp.prom.url.generate; the link of channel 10 is what a person confirms the registration with. */
function channelUrl (call, world, { params }) {
  params.only('p_id_list', 'channel_type', 'custom_parameters', 'generate_we_app')
  checkCustom(params)
  const channel = params.integer('channel_type', 0)
  const pids = params.list('p_id_list')
  for (const pid of pids) placeOf(world, pid)
  const kind = channel === REGISTER_CHANNEL ? 'register' : `channel${channel}`
  return accept({ url_list: pids.map(pid => links(`${kind}_${pid}`)) })
}

function promotionUrl (call, world, { params }) {
  params.only('p_id', 'goods_sign_list', 'generate_short_url', 'generate_we_app', 'custom_parameters')
  checkCustom(params)
  const pid = params.required('p_id')
  if (!placeOf(world, pid).bound) throw new Refused('pidUnbound')
  const weApp = params.flag('generate_we_app')
  const rows = params.list('goods_sign_list').map(sign => {
    const { version } = goodsBySign(world, sign)
    const made = links(`${pid}_${version.id}`)
    const info = weApp ? { we_app_info: { app_id: 'wx0000000000000000', page_path: `package/${goodsSign(version.id)}`, title: version.name } } : {}
    return params.flag('generate_short_url') ? { ...made, ...info } : { ...made, short_url: '', mobile_short_url: '', ...info }
  })
  return accept({ goods_promotion_url_list: rows })
}

function recent (call, [from, to], maxSeconds) {
  if (to < from || to - from > maxSeconds) throw new Refused('businessParameter', `时间间隔不能超过 ${maxSeconds} 秒`)
  if (from < Math.floor(call.now / 1000) - HISTORY_S) throw new Refused('businessParameter', '只支持近 90 天')
  return [from, to]
}

/** Newest first, to be paged backwards. */
function orderIncrement (call, world, { params }) {
  params.only('start_update_time', 'end_update_time', 'page', 'page_size', 'return_count')
  const bounds = recent(call, [params.integer('start_update_time'), params.integer('end_update_time')], DAY_S)
  const page = params.integer('page', 1, 1, 10_000)
  const size = params.integer('page_size', 100, 10, 100)
  const { orders } = world.promotion
  const select = () => orders.select('updateTime', { updateTime: bounds }, null, JSON.stringify(bounds))
  call.moveRows?.(world.shops[0], orders, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : (page - 1) * size, size, false)
  const count = params.flag('return_count') ? `,"total_count":${found.high - found.low}` : ''
  return acceptMembers('"order_list":[', ...orders.pieces(rows), `]${count}`)
}

function textTime (params, name) {
  const ms = parseShanghaiText(params.required(name))
  if (Number.isNaN(ms)) throw new Refused('businessParameter', `${name} 应为 yyyy-MM-dd HH:mm:ss`)
  return ms / 1000
}

/** By text times and a cursor: what comes after the order that the last page ended with. */
function orderRange (call, world, { params }) {
  params.only('start_time', 'end_time', 'last_order_id', 'page_size')
  const bounds = recent(call, [textTime(params, 'start_time'), textTime(params, 'end_time')], DAY_S)
  const size = params.integer('page_size', RANGE_PAGE, 1, RANGE_PAGE)
  const { orders } = world.promotion
  const found = orders.select('createTime', { createTime: bounds }, null, JSON.stringify(bounds))
  const rows = found.rows.slice(found.low, found.high)
  const after = params.text('last_order_id')
  const start = after === '' ? 0 : rows.findIndex(row => row.id === after) + 1
  const page = rows.slice(start, start + size)
  return acceptMembers('"order_list":[', ...orders.pieces(page), `],"last_order_id":"${page.length > 0 ? page[page.length - 1].id : ''}"`)
}

module.exports = { search, detail, pidGenerate, authority, channelUrl, promotionUrl, orderIncrement, orderRange }
