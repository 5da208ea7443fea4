'use strict'
// order.searchList and order.orderDetail, fact sheet 2.12.
const { slice } = require('../../shelf')
const { Literal } = require('../../json')
const { accept } = require('./envelope')
const { Refused } = require('./params')

const MAX_PAGE_SIZE = 100
const SORT_AXES = { create_time: 'createTime', update_time: 'updateTime' }

function statusSet (rule, name) {
  const value = rule.get(name)
  if (value === undefined || value === null || value === '') return null
  const text = value instanceof Literal ? value.text : value
  if (typeof text !== 'string' || !/^\d+(,\d+)*$/.test(text)) throw new Refused('parameterFormat', `${name} 应为逗号分隔的数字`)
  return new Set(text.split(',').map(Number))
}

/** combine_status is an array of exactly one element. */
function statusFilter (params) {
  const rules = params.list('combine_status')
  if (!rules || rules.length === 0) return { filter: null, key: '' }
  if (rules.length !== 1 || !(rules[0] instanceof Map)) throw new Refused('parameterInvalid', 'combine_status 只能有一个元素')
  const order = statusSet(rules[0], 'order_status')
  const main = statusSet(rules[0], 'main_status')
  const filter = row => (!order || order.has(row.status)) && (!main || main.has(row.status))
  return { filter, key: JSON.stringify([order && [...order], main && [...main]]) }
}

function sortAxis (params) {
  const name = params.text('order_by', 'create_time')
  const axis = SORT_AXES[name]
  if (!axis) throw new Refused('parameterInvalid', 'order_by 只支持 create_time 或 update_time')
  return axis
}

function readQuery (params) {
  params.only('create_time_start', 'create_time_end', 'update_time_start', 'update_time_end', 'page', 'size', 'order_by',
    'order_asc', 'combine_status')
  return {
    page: params.integer('page', undefined, 0),
    size: params.integer('size', undefined, 1, MAX_PAGE_SIZE),
    axis: sortAxis(params),
    ascending: params.flag('order_asc'),
    bounds: {
      createTime: params.window('create_time_start', 'create_time_end') ?? undefined,
      updateTime: params.window('update_time_start', 'update_time_end') ?? undefined
    },
    ...statusFilter(params)
  }
}

/** Pages count from 0 here, from 1 in product.listV2. Both ends of a window are included. */
function searchList (call, shop, params) {
  const { page, size, axis, ascending, bounds, filter, key } = readQuery(params)
  const select = () => shop.orders.select(axis, bounds, filter, JSON.stringify([axis, bounds, key]))
  call.moveRows?.(shop, shop.orders, select)
  const found = select()
  const rows = slice(found, call.stuck ? 0 : page * size, size, ascending)
  return accept('{"page":', String(page), ',"total":', String(found.high - found.low), ',"size":', String(size),
    ',"shop_order_list":[', ...shop.orders.pieces(rows), ']}')
}

function orderDetail (call, shop, params) {
  params.only('shop_order_id')
  const id = params.integerText('shop_order_id')
  if (id === undefined) throw new Refused('parameterMissing', '缺少参数 shop_order_id')
  const version = shop.orders.current(id)
  if (!version) throw new Refused('notFound', '订单不存在')
  return accept('{"shop_order_detail":', shop.orders.bytes(version), '}')
}

module.exports = { searchList, orderDetail }
