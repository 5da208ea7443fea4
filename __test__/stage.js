// A stage for writes: as much of a platform as they need, in this process, that fails when told to. The
// protocol itself is the sandbox's business.
'use strict'
const { createServer } = require('node:http')
const { openHub } = require('./support')

const PRODUCT = '3539925204033339668'
const SKU = '1736502463777799'
const ORDER = '4781320682406083640'

/** A hub with a shop on the stage: `faults[method]` is a list of `lost` and `refused`. */
async function hubOnStage(t) {
  const stage = { price: 100, stock: 10, online: true, parcel: undefined, executed: [], faults: {}, keys: new Set() }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const method = request.url.split('?')[0].slice(1).replaceAll('/', '.')
    const params = JSON.parse(body)
    const fault = stage.faults[method]?.shift()
    if (fault === 'refused') return response.end(refusal(50002, 'isv.business-failed:2010326'))
    const answer = act(stage, method, params)
    if (fault === 'lost') return request.socket.destroy()
    response.end(answer)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const host = `127.0.0.1:${server.address().port}`
  const hub = await openHub(t, { allowHosts: [host] })
  const app = await hub.apps.save({
    platform: 'doudian',
    appName: '自用',
    kind: 'self_use',
    appKey: '7000000000000000001',
    appSecret: 'secret',
    endpoints: { api: `http://${host}` },
    callsPerSecond: 1000,
  })
  const shop = await hub.oauth.connect({ appId: app.id, platformShopId: '1000001' })
  const sku = { shopId: shop.id, platformProductId: PRODUCT, platformSkuId: SKU }
  return { hub, shopId: shop.id, sku, stage }
}

function act(stage, method, params) {
  const done = (data = {}) => success(JSON.stringify(data))
  switch (method) {
    case 'token.create':
      return done({ access_token: 'a', expires_in: 604800, refresh_token: 'r', shop_id: '1000001', shop_name: '店' })
    case 'sku.list':
      return success(`[{"id":${SKU},"price":${stage.price},"stock_num":${stage.stock}}]`)
    case 'product.detail':
      return done({ product_id: PRODUCT, name: '毛衣', status: stage.online ? 0 : 1, check_status: 3, draft_status: 0 })
    case 'order.orderDetail':
      return done({ shop_order_detail: order(stage) })
    case 'order.logisticsCompanyList':
      return done([{ id: 1, name: '顺丰速运', code: 'shunfeng' }])
    case 'sku.editPrice':
      stage.price = params.price
      break
    case 'sku.syncStock':
      if (params.incremental && stage.keys.has(params.idempotent_id)) return refusal(40004, 'isv.idempotent-id-existed')
      if (params.incremental) stage.keys.add(params.idempotent_id)
      stage.stock = params.stock_num + (params.incremental ? stage.stock : 0)
      break
    case 'product.setOnline':
    case 'product.setOffline':
      stage.online = method === 'product.setOnline'
      break
    case 'order.logisticsAdd':
      stage.parcel = { company: params.company_code, tracking_no: params.logistics_code }
      break
    default:
      return refusal(70000, 'isv.api-service-off')
  }
  stage.executed.push(method)
  return done()
}

function order({ parcel }) {
  const status = parcel ? 3 : 2
  const items = [{ order_id: '1', item_num: 1, order_status: status }]
  const times = { create_time: 1700000000, update_time: 1700000000 + (parcel ? 1 : 0) }
  return { order_id: ORDER, order_status: status, ...times, logistics_info: parcel ? [parcel] : [], sku_order_list: items }
}

function success(data) {
  return `{"code":10000,"msg":"success","sub_code":"","sub_msg":"","log_id":"l1","data":${data}}`
}

function refusal(code, subCode) {
  return JSON.stringify({ code, msg: 'no', sub_code: subCode, sub_msg: 'no', log_id: 'l2' })
}

module.exports = { ORDER, PRODUCT, hubOnStage }
