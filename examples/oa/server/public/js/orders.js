// Orders, newest change first, and one order in detail.
import { get, attempt } from './api.js'
import { element, facts, number, row, short, table } from './dom.js'
import { fullTime, time, yuan } from './format.js'
import { badge, ORDER_STATUS } from './words.js'
import { showDetail } from './detail.js'
import { shopName } from './shops.js'

const LABELS = ['订单号', '状态', '商品', '实付', '收件人', '更新时间']

export function orderRow (order) {
  const open = element('button.link', { type: 'button' }, order.platformOrderId)
  open.addEventListener('click', attempt(async () => showOrder(await get(`/orders/${encodeURIComponent(order.id)}`))))
  return row(LABELS, [
    short(open), short(badge(ORDER_STATUS, order.status)), itemsText(order.items), number(yuan(order.payAmountFen)),
    receiverText(order.receiver), short(time(order.platformUpdatedAt))
  ])
}

function itemsText (items) {
  const [first] = items
  if (!first) return ''
  const more = items.length > 1 ? ` 等 ${items.length} 件` : ''
  return `${first.name ?? first.platformProductId ?? ''} ×${first.quantity}${more}`
}

function receiverText ({ name, province, city }) {
  return [name.masked, province, city].filter(Boolean).join(' ')
}

function showOrder (order) {
  const { receiver } = order
  showDetail(`订单 ${order.platformOrderId}`, [
    facts([
      ['店铺', shopName(order.shopId)], ['状态', badge(ORDER_STATUS, order.status)], ['订单金额', yuan(order.orderAmountFen)], ['优惠', yuan(order.promotionAmountFen)],
      ['运费', yuan(order.postAmountFen)], ['实付', yuan(order.payAmountFen)], ['下单', fullTime(order.platformCreatedAt)], ['付款', fullTime(order.paidAt)],
      ['发货', fullTime(order.shippedAt)], ['完成', fullTime(order.finishedAt)], ['最晚发货', fullTime(order.shipBy)],
      ['收件人', [receiver.name.masked, receiver.phone.masked].filter(Boolean).join(' ')],
      ['地址', [receiver.province, receiver.city, receiver.town, receiver.street, receiver.detail.masked].filter(Boolean).join(' ')],
      ['买家留言', order.buyerWords], ['卖家备注', order.sellerWords]
    ]),
    itemTable(order.items),
    packageTable(order.packages)
  ])
}

function itemTable (items) {
  const labels = ['商品', '编码', '单价', '数量', '实付']
  return table(labels, [2, 3, 4], items.map(item => row(labels, [
    item.name ?? item.platformProductId, item.code ?? item.outerSkuId, number(yuan(item.originPriceFen)), number(item.quantity), number(yuan(item.payAmountFen))
  ])))
}

function packageTable (packages) {
  if (packages.length === 0) return null
  const labels = ['运单号', '快递', '发货时间']
  return table(labels, [], packages.map(parcel => row(labels, [parcel.trackingNo, parcel.company, fullTime(parcel.shippedAt)])))
}
