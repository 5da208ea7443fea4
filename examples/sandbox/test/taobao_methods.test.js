'use strict'
const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')
const { sandboxFor, NOON } = require('./support')
const { taobaoCaller, truth } = require('./taobao_support')
const methods = require('../platforms/taobao/methods')
const { rootOf } = require('../platforms/taobao/sign')
const { shanghaiText } = require('../clock')

const SECOND = NOON / 1000
const WINDOW = { start_time: shanghaiText(SECOND), end_time: shanghaiText(SECOND + 86400) }
const TYPES = 'auto_delivery,ec,cod,step,fixed,auction,eticket,tmall_i18n,pre_auth_type,o2o_offlinetrade'

/** Parameters with which every method that reads has something to say. */
async function readings (sandbox, call) {
  const item = (await truth(sandbox, 'products')).find(one => one.state === 'onsale' && one.skus.length > 0)
  const orders = await truth(sandbox, 'orders')
  const { tid, oaid } = orders.find(one => one.consign_time)
  const [{ refund_id: refundId }] = await truth(sandbox, 'refunds')
  await call('taobao.promotion.coupon.add', { ...WINDOW, denominations: 5 })
  const activity = { ...WINDOW, name: 'a', decrease_amount: 100 }
  const { activity_id: mjs } = await call('taobao.promotionmisc.mjs.activity.add', activity)
  const { activity_id: single } = await call('taobao.promotionmisc.item.activity.add', activity)
  await call('taobao.promotionmisc.activity.range.add', { activity_id: mjs, ids: '601' })
  await call('taobao.picture.upload', { image_input_title: 'a.gif' }, { files: { img: Buffer.from('474946383961', 'hex') } })
  await call('taobao.tmc.user.permit')
  sandbox.control.change({ platform: 'taobao', newOrders: 1 })
  const found = (await call('taobao.tbk.dg.material.optional', { adzone_id: 1, cat: item.cid })).result_list.map_data[0].item_id
  const modified = { start_modified: shanghaiText(SECOND - 86400), end_modified: shanghaiText(SECOND) }
  const list = { fields: 'num_iid,title' }
  const adzone = { adzone_id: 1 }
  return {
    'taobao.time.get': {}, 'taobao.appip.get': {}, 'taobao.user.seller.get': { fields: 'nick,seller_credit' }, 'taobao.shop.seller.get': { fields: 'sid' },
    'taobao.sellercats.list.get': {}, 'taobao.itemcats.get': { parent_cid: 0, fields: 'cid,name' }, 'taobao.itemcats.authorize.get': { fields: 'item_cats' },
    'taobao.items.onsale.get': list, 'taobao.items.inventory.get': list, 'taobao.item.seller.get': { num_iid: item.num_iid, fields: 'sku,item_imgs,prop_imgs' },
    'taobao.items.seller.list.get': { num_iids: item.num_iid, fields: 'sku' }, 'taobao.items.custom.get': { outer_id: item.outer_id, fields: 'sku' }, 'taobao.item.skus.get': { num_iids: item.num_iid, fields: 'price' },
    'taobao.trades.sold.get': { fields: 'tid,orders', type: TYPES }, 'taobao.trades.sold.increment.get': { fields: 'tid,orders', type: TYPES, ...modified },
    'taobao.trades.sold.incrementv.get': { fields: 'tid,orders', type: TYPES, start_create: modified.start_modified, end_create: modified.end_modified },
    'taobao.trade.fullinfo.get': { tid, fields: 'orders,promotion_details' }, 'taobao.trade.get': { tid, fields: 'orders' }, 'taobao.trade.amount.get': { tid, fields: 'tid,payment,orders' },
    'taobao.top.oaid.decrypt': { query_list: JSON.stringify([{ tid, oaid, scene: '2001' }]) },
    'taobao.logistics.companies.get': { fields: 'code' }, 'taobao.logistics.trace.search': { tid }, 'taobao.refunds.receive.get': { fields: 'refund_id', type: TYPES }, 'taobao.refund.get': { refund_id: refundId, fields: 'status' },
    'alibaba.item.publish.market.get': {}, 'alibaba.item.publish.schema.get': { cat_id: item.cid }, 'alibaba.item.publish.props.get': { cat_id: item.cid, prop_id: 'p-20000' }, 'alibaba.item.edit.schema.get': { item_id: item.num_iid },
    'taobao.picture.get': {}, 'taobao.promotion.coupons.get': {}, 'taobao.promotionmisc.mjs.activity.get': { activity_id: mjs }, 'taobao.promotionmisc.mjs.activity.list.get': {},
    'taobao.promotionmisc.item.activity.get': { activity_id: single }, 'taobao.promotionmisc.item.activity.list.get': {}, 'taobao.promotionmisc.activity.range.list.get': { activity_id: mjs },
    'taobao.tbk.dg.material.optional': { ...adzone, cat: item.cid }, 'taobao.tbk.dg.material.optional.upgrade': { ...adzone, cat: item.cid }, 'taobao.tbk.item.info.get': { num_iids: found },
    'taobao.tbk.order.details.get': { start_time: shanghaiText(SECOND - 3 * 3600), end_time: shanghaiText(SECOND) }, 'taobao.tbk.tpwd.create': { url: 'https://a.invalid' }, 'taobao.tbk.dg.general.link.convert': { ...adzone, item_id_list: found },
    'taobao.tbk.coupon.get': { me: 'x' }, 'taobao.tbk.activity.info.get': { ...adzone, activity_material_id: 'm' },
    'taobao.tmc.user.get': { nick: sandbox.taobao.shops[0].nick, fields: 'topics' }, 'taobao.tmc.messages.consume': {}, 'taobao.tmc.messages.confirm': { s_message_ids: '1' }
  }
}

test('taobao: every method that reads answers under its root, in JSON of both forms and in XML', async t => {
  const sandbox = await sandboxFor(t)
  const { raw, call } = taobaoCaller(sandbox)
  const params = await readings(sandbox, call)
  assert.deepEqual(Object.keys(params).sort(), [...methods.keys()].filter(name => !methods.get(name).write).sort())
  for (const [name, given] of Object.entries(params)) {
    const full = JSON.parse((await raw(name, given)).text)
    assert.deepEqual(Object.keys(full), [rootOf(name)], `${name} ${JSON.stringify(full)}`)
    const simple = await raw(name, given, { simplify: true })
    assert.equal(typeof JSON.parse(simple.text).request_id, 'string', name)
    const xml = await raw(name, given, { common: { format: 'xml' } })
    assert.ok(xml.text.includes(`<${rootOf(name)}>`) && !xml.text.includes('[object'), name)
  }
})

test('taobao: every method refuses what it does not know and, without parameters, does nothing', async t => {
  const sandbox = await sandboxFor(t)
  const { raw, refused } = taobaoCaller(sandbox)
  for (const name of methods.keys()) {
    assert.deepEqual(await refused(name, { sandbox_unknown: 1 }), [41, 'isv.invalid-parameter:sandbox_unknown'], name)
    assert.equal((await raw(name)).status, 200, name)
  }
  // The one write that may have no parameters.
  assert.deepEqual(sandbox.control.writes({ platform: 'taobao' }).items.map(one => one.method), ['taobao.tmc.user.permit'])
})

test('taobao: every method is in the README', () => {
  const readme = fs.readFileSync(path.join(__dirname, '../platforms/taobao/README.md'), 'utf8')
  const written = [...readme.slice(readme.indexOf('## Methods'), readme.indexOf('Not played')).matchAll(/`([^`]+)`/g)].map(found => found[1])
  assert.deepEqual(written.sort(), [...methods.keys()].sort())
})
