'use strict'
// afterSale.List and afterSale.Detail, fact sheet 2.12. Pages count from 0.
const { slice } = require('../../shelf')
const { Literal } = require('../../json')
const { accept, acceptValue } = require('./envelope')
const { Refused } = require('./params')
const { refundDetail } = require('./refund_wire')

const MAX_PAGE_SIZE = 100
const AXES = { apply_time: 'createTime', update_time: 'updateTime' }
const WAYS = ['asc', 'desc']

/** `order_by` holds texts "<field> <way>"; only the first one orders, newest application first if there is none. */
function orderOf (params) {
  const [rule = 'apply_time desc', ...more] = params.list('order_by') ?? []
  if (typeof rule !== 'string' || more.length > 0) throw new Refused('parameterInvalid', '沙箱只支持一个 order_by')
  const [field, way, ...rest] = rule.split(' ')
  if (!AXES[field] || !WAYS.includes(way) || rest.length > 0) throw new Refused('parameterInvalid', `order_by 不支持 ${rule}`)
  return { axis: AXES[field], ascending: way === 'asc' }
}

function statuses (params) {
  const wanted = params.list('standard_aftersale_status')
  if (!wanted || wanted.length === 0) return null
  return wanted.map(value => {
    if (!(value instanceof Literal) || !/^\d+$/.test(value.text)) throw new Refused('parameterFormat', 'standard_aftersale_status 应为整数')
    return Number(value.text)
  })
}

function filterOf (params) {
  const wanted = statuses(params)
  const type = params.integer('aftersale_type', null)
  const order = params.text('order_id')
  const id = params.text('aftersale_id')
  if (!wanted && type === null && order === '' && id === '') return { filter: null, key: '' }
  const filter = row => (!wanted || wanted.includes(row.status)) && (type === null || row.type === type) &&
    (order === '' || row.orderId === order) && (id === '' || row.id === id)
  return { filter, key: JSON.stringify([wanted, type, order, id]) }
}

/** Both ends of a window are included. */
function list (call, shop, params) {
  params.only('page', 'size', 'order_by', 'start_time', 'end_time', 'update_start_time', 'update_end_time',
    'standard_aftersale_status', 'aftersale_type', 'order_id', 'aftersale_id')
  const page = params.integer('page', undefined, 0)
  const size = params.integer('size', undefined, 1, MAX_PAGE_SIZE)
  const { axis, ascending } = orderOf(params)
  const { filter, key } = filterOf(params)
  const bounds = {
    createTime: params.window('start_time', 'end_time') ?? undefined,
    updateTime: params.window('update_start_time', 'update_end_time') ?? undefined
  }
  const select = () => shop.refunds.select(axis, bounds, filter, JSON.stringify([axis, bounds, key]))
  call.moveRows?.(shop, shop.refunds, select)
  const found = select()
  const start = call.stuck ? 0 : page * size
  const rows = slice(found, start, size, ascending)
  const total = found.high - found.low
  return accept('{"items":[', ...shop.refunds.pieces(rows),
    `],"has_more":${start + rows.length < total},"total":${total},"page":${page},"size":${rows.length}}`)
}

function detail (call, shop, params) {
  params.only('after_sale_id', 'need_operation_record')
  params.flag('need_operation_record')
  const id = params.integerText('after_sale_id')
  if (id === undefined) throw new Refused('parameterMissing', '缺少参数 after_sale_id')
  const version = shop.refunds.current(id)
  if (!version) throw new Refused('notFound', '售后单不存在')
  return acceptValue(refundDetail(version, shop))
}

module.exports = { list, detail }
