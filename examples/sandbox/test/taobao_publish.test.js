'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor } = require('./support')
const { taobaoCaller, truth } = require('./taobao_support')
const { parseDocument, writeDocument } = require('../platforms/taobao/xml')

const P = { platform: 'taobao' }
const CAT = 50010850
const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000320000002580806000000', 'hex')

function value (id, type, text) {
  return { name: 'field', attributes: { id, type }, children: [{ name: 'value', text }] }
}

function values (id, type, texts) {
  return { name: 'field', attributes: { id, type }, children: [{ name: 'values', children: texts.map(text => ({ name: 'value', text })) }] }
}

function complex (id, type, rows) {
  return { name: 'field', attributes: { id, type }, children: rows.map(children => ({ name: 'complex-values', children })) }
}

function sku (colour, size, price, quantity, more = []) {
  return [value('p-1627207', 'singleCheck', colour), value('p-20509', 'singleCheck', size), value('sku_price', 'input', price), value('sku_quantity', 'input', quantity), ...more]
}

const FIELDS = {
  title: value('title', 'input', '连衣裙 <夏> & "新"'),
  price: value('price', 'input', '59.90'),
  quantity: value('quantity', 'input', '12'),
  outer_id: value('outer_id', 'input', 'OA-7'),
  description: value('description', 'input', '<p>描述</p>'),
  images: values('images', 'multiInput', ['https://img.example.invalid/1.jpg']),
  'p-20000': value('p-20000', 'singleCheck', '30111'),
  sku: complex('sku', 'multiComplex', [sku('28320', '28314', '59.90', '7'), sku('28341', '28314', '69.90', '5')])
}

/** A submission of FIELDS with some replaced; an undefined one is left out. */
function param (changes = {}) {
  return writeDocument({ name: 'itemParam', children: Object.values({ ...FIELDS, ...changes }).filter(Boolean) })
}

async function stage (t, { shop = 0, ...options } = {}) {
  const sandbox = await sandboxFor(t, options)
  const client = taobaoCaller(sandbox, { shopId: sandbox.taobao.shops[shop].shopId })
  const item = async id => (await truth(sandbox, 'products')).find(one => one.num_iid === String(id))
  const submit = (schema = param(), more = {}) => client.call('alibaba.item.publish.submit', { cat_id: CAT, market: 'taobao', schema, ...more })
  return { sandbox, ...client, item, submit }
}

test('taobao: the rules of a category are XML, and a submission has to obey them', async t => {
  const { call, refused } = await stage(t)
  assert.equal((await call('alibaba.item.publish.market.get')).markets, 'taobao')
  const rules = parseDocument((await call('alibaba.item.publish.schema.get', { cat_id: CAT, market: 'taobao' })).result)
  assert.equal(rules.name, 'itemRule')
  const title = rules.children.find(field => field.attributes.id === 'title')
  const names = title.children.find(child => child.name === 'rules').children.map(rule => [rule.attributes.name, rule.attributes.value])
  assert.deepEqual(names, [['requiredRule', 'true'], ['maxLengthRule', '60']])
  assert.deepEqual([...new Set(rules.children.map(field => field.attributes.type))].sort(), ['input', 'label', 'multiCheck', 'multiComplex', 'multiInput', 'singleCheck'])
  const submit = changes => refused('alibaba.item.publish.submit', { cat_id: CAT, market: 'taobao', schema: param(changes) })
  const properties = [15, 'isv.item-update-service-error:ITEM_PROPERTIES_ERROR']
  for (const changes of [
    { title: undefined }, { title: value('title', 'input', '长'.repeat(31)) }, { price: value('price', 'input', '0') }, { price: value('price', 'input', '1.234') },
    { 'p-20000': value('p-20000', 'singleCheck', '1') }, { images: values('images', 'multiInput', Array(6).fill('https://a.invalid/b')) }, { extra: value('nope', 'input', '1') },
    { title: value('title', 'singleCheck', 'x') }, { sku: complex('sku', 'multiComplex', [sku('28320', '28314', '59.90', '7'), sku('28320', '28314', '59.90', '7')]) }
  ]) assert.deepEqual(await submit(changes), properties, JSON.stringify(changes))
  assert.deepEqual(await submit({ price: value('price', 'input', '1.00') }), [15, 'isv.item-update-service-error:IC_CHECKSTEP_ITME_NOT_IN_SKU_PRICE'])
  assert.deepEqual(await refused('alibaba.item.publish.submit', { cat_id: CAT, schema: '<itemParam>' }), [41, 'isv.invalid-parameter:schema'])
  assert.deepEqual(await refused('alibaba.item.publish.submit', { cat_id: 16, schema: param() }), [41, 'isv.invalid-parameter:cat_id'])
  assert.deepEqual(await refused('alibaba.item.publish.submit', { cat_id: 50008613, schema: param() }), [15, 'isv.error-food-security-required'])
})

test('taobao: what is published is in review, then on sale, and found by the seller\'s own code all along', async t => {
  const { call, refused, submit, item, sandbox } = await stage(t)
  const { item_id: id, market, create_time: created } = await submit()
  assert.deepEqual([market, created], ['taobao', '2026-03-03 12:00:00'])
  assert.deepEqual(sandbox.control.review(P).pending.map(one => one.productId), [String(id)])
  const found = async () => (await call('taobao.items.custom.get', { outer_id: 'OA-7', fields: 'num_iid,title,approve_status,sku' })).items.item
  const [first] = await found()
  assert.deepEqual([first.num_iid, first.title, first.approve_status, first.skus.sku.length], [id, '连衣裙 <夏> & "新"', 'instock', 2])
  assert.deepEqual(await refused('alibaba.item.operate.upshelf', { item_id: id, quantity: 1 }), [15, 'isv.item-update-service-error:IC_CHECKSTEP_ITEM_AUDITING'])
  sandbox.control.setClock({ advanceMs: 200 })
  assert.equal((await found())[0].approve_status, 'onsale')
  assert.equal((await item(id)).state, 'onsale')
  const { item_id: again } = await submit()
  assert.notEqual(again, id)
  assert.equal((await found()).length, 2)
})

test('taobao: a rejected item stays down with a reason until it is submitted anew; a banned one is listed as a violation', async t => {
  const { call, refused, submit, item, sandbox } = await stage(t, { reviewMs: 1000 })
  sandbox.control.review({ ...P, outcome: 'reject' })
  const { item_id: id } = await submit()
  sandbox.control.setClock({ advanceMs: 1000 })
  assert.equal((await item(id)).state, 'never_on_shelf')
  assert.deepEqual(await refused('taobao.item.update.listing', { num_iid: id, num: 1 }), [15, 'isv.item-update-service-error:IC_CHECKSTEP_ITEM_REJECTED'])
  const { result } = await call('alibaba.item.edit.schema.get', { item_id: id })
  assert.match(result, /<field id="audit_result"[^>]*>.*审核不通过/)
  sandbox.control.review({ ...P, outcome: 'ban' })
  await call('alibaba.item.edit.submit', { item_id: id, schema: param({ title: value('title', 'input', '新标题') }) })
  assert.deepEqual([(await item(id)).title, (await item(id)).reason], ['新标题', null])
  sandbox.control.setClock({ advanceMs: 1000 })
  const { items } = await call('taobao.items.inventory.get', { banner: 'violation_off_shelf', fields: 'num_iid', page_size: 200 })
  assert.ok(items.item.some(one => one.num_iid === id))
  sandbox.control.review({ ...P, outcome: 'approve' })
  await call('alibaba.item.edit.submit', { item_id: id, schema: param({ start: value('start', 'singleCheck', '2') }) })
  sandbox.control.setClock({ advanceMs: 1000 })
  assert.deepEqual([(await item(id)).state, (await item(id)).reason], ['never_on_shelf', null])
})

test('taobao: the quick edit changes what it names and adds no SKU', async t => {
  const { call, refused, submit, item, sandbox } = await stage(t)
  const { item_id: id } = await submit()
  sandbox.control.setClock({ advanceMs: 200 })
  const fast = (...rows) => writeDocument({ name: 'itemParam', children: [complex('sku', 'multiComplex', rows)] })
  const [first] = (await item(id)).skus
  await call('alibaba.item.edit.fastupdate', { item_id: id, schema: fast([value('sku_id', 'input', first.sku_id), value('sku_quantity', 'input', '99')]) })
  const after = await item(id)
  assert.deepEqual(after.skus.map(one => [one.quantity, one.price]), [[99, '59.90'], [5, '69.90']])
  assert.equal(after.state, 'onsale')
  assert.deepEqual(await refused('alibaba.item.edit.fastupdate', { item_id: id, schema: fast(sku('28326', '28314', '1.00', '1')) }), [15, 'isv.item-update-service-error:IC_CHECKSTEP_SKU_NOT_EXIST'])
  await call('alibaba.item.edit.submit', { item_id: id, schema: param({ sku: complex('sku', 'multiComplex', [sku('28320', '28314', '59.90', '1'), sku('28326', '28314', '79.90', '2')]) }) })
  const skus = (await item(id)).skus
  assert.deepEqual([skus.length, skus[0].sku_id, skus[1].price], [2, first.sku_id, '79.90'])
})

test('taobao: a Tmall shop publishes to Tmall, with a product', async t => {
  const { call, refused, submit } = await stage(t, { shops: 2, shop: 1 })
  const schema = param()
  assert.deepEqual(await refused('alibaba.item.publish.submit', { cat_id: CAT, market: 'taobao', schema }), [15, 'isv.parameters-mismatch'])
  assert.deepEqual(await refused('alibaba.item.publish.submit', { cat_id: CAT, market: 'tmall', schema }), [15, 'isv.item-update-service-error:SPU_NOT_EXIST'])
  assert.equal((await submit(schema, { market: 'tmall', spu_id: 77 })).market, 'tmall')
  assert.equal((await call('taobao.user.seller.get', { fields: 'type' })).user.type, 'B')
})

test('taobao: pictures come as files that are not signed', async t => {
  const { call, refused, item, sandbox } = await stage(t)
  const upload = (params, files = { img: PNG }, tweak = {}) => call('taobao.picture.upload', { image_input_title: '主图😀.png', picture_category_id: 0, ...params }, { files, ...tweak })
  const { picture } = await upload({})
  assert.deepEqual([picture.pixel, picture.sizes, picture.title], ['800x600', PNG.length, '主图😀'])
  assert.match(picture.picture_path, /^https:/)
  assert.equal((await upload({}, undefined, { signMethod: 'md5' })).picture.title, '主图😀(1)')
  assert.equal([...(await upload({ title: '长'.repeat(80) })).picture.title].length, 50)
  assert.deepEqual(await refused('taobao.picture.upload', { image_input_title: 'a' }, { files: { img: PNG } }), [41, 'isv.invalid-parameter:image_input_title'])
  assert.deepEqual(await refused('taobao.picture.upload', { image_input_title: 'a.png' }), [40, 'isv.missing-parameter:img'])
  assert.deepEqual(await refused('taobao.picture.upload', { image_input_title: 'a.png' }, { files: { img: Buffer.from('text') } }), [3, undefined])
  assert.deepEqual(await refused('taobao.picture.upload', { image_input_title: 'a.png' }, { files: { img: Buffer.concat([PNG, Buffer.alloc(3 * 1024 * 1024)]) } }), [3, undefined])
  const { pictures, total_results: total } = await call('taobao.picture.get', { page_size: 2 })
  assert.deepEqual([pictures.picture.length, total], [2, 3])
  const [known] = await truth(sandbox, 'products')
  await call('taobao.item.joint.img', { num_iid: known.num_iid, pic_path: picture.picture_path })
  await call('taobao.item.img.upload', { num_iid: known.num_iid }, { files: { image: PNG } })
  assert.equal((await item(known.num_iid)).item_imgs.length, known.item_imgs.length + 2)
  await call('taobao.picture.delete', { picture_ids: picture.picture_id })
  assert.equal((await call('taobao.picture.get')).total_results, 2)
})

test('taobao: messages tell of reviews and changes, and come again until they are confirmed', async t => {
  const { call, refused, submit, sandbox } = await stage(t)
  const take = async () => (await call('taobao.tmc.messages.consume', { quantity: 200 })).messages?.tmc_message ?? []
  assert.deepEqual(await take(), [])
  await call('taobao.tmc.user.permit')
  sandbox.control.review({ ...P, outcome: 'reject' })
  const { item_id: id } = await submit()
  sandbox.control.setClock({ advanceMs: 200 })
  const { orders: [tid] } = sandbox.control.change({ ...P, newOrders: 1, refunds: 1 })
  const first = await take()
  const topics = first.map(message => message.topic)
  for (const topic of ['taobao_item_ItemAdd', 'taobao_item_AuditResultNotify', 'taobao_trade_TradeCreate']) assert.ok(topics.includes(topic), topic)
  const audit = JSON.parse(first.find(message => message.topic === 'taobao_item_AuditResultNotify').content)
  assert.deepEqual([audit.audit_result, audit.item_id], [false, id])
  assert.match(audit.message, /审核不通过/)
  assert.ok(first.find(message => message.topic === 'taobao_trade_TradeCreate').content.includes(`"tid":${tid}`))
  assert.deepEqual(await take(), [])
  sandbox.control.setClock({ advanceMs: 300_000 })
  assert.deepEqual((await take()).map(message => message.id), first.map(message => message.id))
  await call('taobao.tmc.messages.confirm', { s_message_ids: first.map(message => message.id).join() })
  sandbox.control.setClock({ advanceMs: 300_000 })
  assert.deepEqual(await take(), [])
  assert.deepEqual(await refused('taobao.tmc.messages.consume', { group_name: 'vip' }), [41, 'isv.invalid-parameter:group_name'])
  sandbox.control.tokens({ ...P, revoke: true })
  assert.deepEqual((await take()).map(message => message.topic), ['taobao_top_AuthCancel'])
})
