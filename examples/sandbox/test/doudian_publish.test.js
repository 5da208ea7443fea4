'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, caller, NOON } = require('./support')

const SECOND = NOON / 1000
const INVALID = 'isv.business-failed:2010401'
const STATE = 'isv.business-failed:2010402'

function json (value) {
  return JSON.stringify(value)
}

function sku (colour, price, stock, more = {}) {
  return { spec_detail_name1: colour, spec_detail_name2: 'S', price, stock_num: stock, code: `K-${colour}`, outer_sku_id: `OA-${colour}`, ...more }
}

/** A first leaf below a category of that name, found as a client would. */
async function leafBelow (call, name) {
  let rows = (await call('shop.getShopCategory', { cid: 0 })).data.filter(row => row.name === name)
  while (!rows[0].is_leaf) rows = (await call('shop.getShopCategory', { cid: rows[0].id })).data
  return rows[0].id
}

/** What the category asks for, from its own rules. */
async function propertiesOf (call, leaf) {
  const { data: rules } = (await call('product.getCatePropertyV2', { category_leaf_id: leaf })).data
  const value = ({ type, options: [first] }) => (type === 'text' ? { value: 0, name: '自填', diy_type: 0 } : { value: first.value_id, name: first.name, diy_type: 0 })
  return Object.fromEntries(rules.filter(rule => rule.required === 1).map(rule => [rule.property_id, [value(rule)]]))
}

async function picture (call, sandbox, number = 1) {
  const { data } = await call('material.uploadImageSync', { folder_id: '0', url: `https://oa.example.invalid/${number}.jpg`, material_name: `图${number}` })
  sandbox.control.setClock({ advanceMs: sandbox.control.review().materialMs })
  return (await call('material.queryMaterialDetail', { material_id: data.material_id })).data.material_info.byte_url
}

async function begin (t, options) {
  const sandbox = await sandboxFor(t, { reviewMs: 1000, ...options })
  const client = caller(sandbox)
  const { call, raw } = client
  const leaf = await leafBelow(call, '女装')
  const url = await picture(call, sandbox)
  const draft = {
    product_type: 0, category_leaf_id: leaf, name: '法式碎花连衣裙收腰显瘦', pic: url, description: url, reduce_type: 1, freight_id: 0, weight: 0.5, weight_unit: 0,
    delivery_delay_day: 2, presell_type: 0, mobile: '4008001234', commit: true, standard_brand_id: 596120136, specs: '颜色|黑,白^尺码|S',
    spec_prices: json([sku('黑', 12900, 7), sku('白', 13900, 8)]), product_format_new: json(await propertiesOf(call, leaf)), outer_product_id: 'OA-7', start_sale_type: 0
  }
  const add = async (changes = {}) => {
    const answer = await raw('product.addV2', { ...draft, ...changes })
    return { id: /"product_id":(\d+)/.exec(answer.text)?.[1], ...JSON.parse(answer.text) }
  }
  const later = () => sandbox.control.setClock({ advanceMs: 1000 })
  const states = async id => {
    const { status, check_status: check, draft_status: draftStatus } = (await call('product.detail', { product_id: id })).data
    return `${status}/${check}/${draftStatus}`
  }
  const listed = async (params = {}) => ids((await raw('product.listV2', { page: 1, size: 100, ...params })).text)
  const all = kind => sandbox.control.truth({ kind, limit: 10_000 }).items
  const records = async (status, more = {}) => (await call('product.auditList', { publish_status: status, page: 0, size: 100, ...more })).data
  return { sandbox, ...client, draft, add, later, states, listed, all, records }
}

function ids (text) {
  return [...text.matchAll(/"product_id":(\d+)/g)].map(found => found[1])
}

test('what is published is in review, unseen by the plain list, and on sale after it', async t => {
  const { sandbox, call, add, later, states, listed, all, records } = await begin(t)
  const { id, code, data } = await add()
  assert.deepEqual([code, data.outer_product_id, data.create_time, data.sku.map(one => [one.outer_sku_id, one.code, one.spec_detail_ids.length])],
    [10000, 'OA-7', '2026-03-03 12:00:01', [['OA-黑', 'K-黑', 2], ['OA-白', 'K-白', 2]]])
  assert.ok(BigInt(id) > 2n ** 53n)
  assert.equal(await states(id), '0/2/2')
  assert.ok(!(await listed()).includes(id) && (await listed({ check_status: 2 })).includes(id))
  assert.ok(!all('products').some(one => one.product_id === id) && all('drafts').some(one => one.product_id === id))
  assert.deepEqual((await records(0)).records.map(one => [one.title, one.publish_status, one.publish_time, one.audit_time]), [['法式碎花连衣裙收腰显瘦', 0, SECOND + 1, 0]])
  later()
  assert.equal(await states(id), '0/3/0')
  assert.ok((await listed()).includes(id) && (await listed({ update_start_time: SECOND + 1 })).includes(id))
  const shown = all('products').find(one => one.product_id === id)
  assert.deepEqual([shown.outer_product_id, shown.discount_price, shown.update_time], ['OA-7', 12900, SECOND + 2])
  assert.deepEqual(all('skus').filter(one => one.product_id === id).map(one => [one.price, one.stock_num, one.spec_detail_name1, one.spec_detail_name2]), [[12900, 7, '黑', 'S'], [13900, 8, '白', 'S']])
  assert.deepEqual((await records(1)).records.map(one => one.audit_time), [SECOND + 2])
  assert.equal((await records(0)).total, 0)
  assert.equal((await call('sku.editPrice', { product_id: id, code: 'K-白', price: 100 })).code, 10000)
  assert.deepEqual(sandbox.control.writes({}).items.map(one => one.method), ['material.uploadImageSync', 'product.addV2', 'sku.editPrice'])
})

test('the detail tells what was sent', async t => {
  const { call, add, draft } = await begin(t)
  const { id } = await add({ after_sale_service: { supply_day_return_selector: '7-1' }, delivery_delay_day: 9999 })
  const { data } = await call('product.detail', { product_id: id })
  assert.deepEqual([data.name, data.pic, data.product_format_new, data.delivery_delay_day, data.standard_brand_id], [draft.name, [draft.pic], draft.product_format_new, 9999, 596120136])
  assert.deepEqual([data.specs.map(one => [one.name, one.values]), data.weight_value, JSON.parse(data.after_sale_service)], [[['颜色', ['黑', '白']], ['尺码', ['S']]], 0.5, { supply_day_return_selector: '7-1' }])
  assert.deepEqual(data.spec_prices.map(one => [one.price, one.stock_num, one.outer_sku_id]), [[12900, 7, 'OA-黑'], [13900, 8, 'OA-白']])
  assert.ok(data.description.includes(`<img src="${draft.description}"`))
})

test('the same product sent twice is two products', async t => {
  const { add, later, listed, all } = await begin(t)
  const [first, second] = [await add(), await add()]
  assert.notEqual(first.id, second.id)
  later()
  const shown = await listed()
  assert.ok(shown.includes(first.id) && shown.includes(second.id))
  assert.equal(all('products').filter(one => one.outer_product_id === 'OA-7').length, 2)
})

test('what is only saved waits until it is listed; what goes to the warehouse waits after its review', async t => {
  const { sandbox, call, add, later, states, listed } = await begin(t)
  const { id } = await add({ commit: false })
  later()
  assert.equal(await states(id), '0/1/1')
  assert.ok(!(await listed()).includes(id) && (await listed({ check_status: 1 })).includes(id))
  assert.deepEqual(sandbox.control.review().pending, [])
  assert.equal((await call('product.setOnline', { product_id: id })).code, 10000)
  later()
  assert.equal(await states(id), '0/3/0')
  const stored = await add({ start_sale_type: 1 })
  later()
  assert.equal(await states(stored.id), '1/7/0')
  await call('product.setOnline', { product_id: stored.id })
  later()
  assert.equal(await states(stored.id), '0/3/0')
})

test('a rejected product says why and can be sent anew; a banned one cannot', async t => {
  const { sandbox, add, call, draft, later, states, listed, records } = await begin(t)
  sandbox.control.review({ outcome: 'reject' })
  const { id } = await add()
  later()
  assert.equal(await states(id), '0/4/4')
  assert.ok(!(await listed()).includes(id) && (await listed({ check_status: 4 })).includes(id))
  const [record] = (await records(2, { product_id: id })).records
  assert.ok(record.audit_reason['商品标题'][0].includes('标题'))
  sandbox.control.review({ outcome: 'ban' })
  assert.equal((await call('product.editV2', { ...draft, product_id: id, name: '改过标题的法式碎花连衣裙' })).code, 10000)
  assert.deepEqual([await states(id), (await call('product.detail', { product_id: id })).data.name], ['0/2/2', '改过标题的法式碎花连衣裙'])
  assert.equal((await call('product.editV2', { ...draft, product_id: id })).sub_code, STATE)
  later()
  assert.equal(await states(id), '1/5/0')
  assert.deepEqual(Object.keys((await records(2)).records[0].audit_reason), ['商品封禁'])
  assert.equal((await call('product.editV2', { ...draft, product_id: id })).sub_code, STATE)
})

test('an edit of what is on sale is a draft beside it until it is approved, and SKUs keep their ids', async t => {
  const { sandbox, add, call, draft, later, states, all } = await begin(t)
  const { id } = await add()
  later()
  const before = all('skus').filter(one => one.product_id === id)
  const wish = { ...draft, product_id: id, name: '第二版法式碎花连衣裙女', specs: '颜色|白,红^尺码|S', spec_prices: json([sku('白', 9900, 1), sku('红', 19900, 2)]) }
  const title = async showDraft => (await call('product.detail', { product_id: id, show_draft: showDraft })).data.name
  sandbox.control.review({ outcome: 'reject' })
  assert.deepEqual((await call('product.editV2', wish)).data, {})
  assert.deepEqual([await states(id), await title('false'), await title('true')], ['0/3/2', draft.name, wish.name])
  later()
  assert.deepEqual([await states(id), await title('false'), await title('true')], ['0/3/4', draft.name, wish.name])
  await call('product.editV2', { ...wish, commit: false })
  assert.deepEqual([await states(id), await title('false')], ['0/3/1', draft.name])
  sandbox.control.review({ outcome: 'approve' })
  await call('product.editV2', wish)
  later()
  assert.deepEqual([await states(id), await title('false'), await title('true')], ['0/3/0', wish.name, wish.name])
  const after = all('skus').filter(one => one.product_id === id)
  assert.deepEqual(after.map(one => [one.spec_detail_name1, one.price]), [['白', 9900], ['红', 19900]])
  assert.equal(after[0].id, before.find(one => one.spec_detail_name1 === '白').id)
  assert.ok(!before.some(one => one.id === after[1].id))
})

test('lists may lag behind the detail', async t => {
  const { add, later, states, listed, sandbox } = await begin(t, { lateMs: 30_000 })
  const { id } = await add()
  later()
  assert.equal(await states(id), '0/3/0')
  assert.ok(!(await listed()).includes(id))
  sandbox.control.setClock({ advanceMs: 30_000 })
  assert.ok((await listed()).includes(id))
})

test('pictures have an address only when their review has passed, and products may use no other of the centre', async t => {
  const { sandbox, call, add } = await begin(t)
  const upload = async (name, more = {}) => (await call('material.uploadImageSync', { folder_id: '0', url: `https://oa.example.invalid/${name}.jpg`, material_name: name, ...more })).data
  const look = async id => (await call('material.queryMaterialDetail', { material_id: id })).data.material_info
  const first = await upload('主图')
  assert.deepEqual([first.audit_status, first.byte_url, first.is_new, typeof first.material_id], [1, '', true, 'string'])
  sandbox.control.setClock({ advanceMs: 500 })
  assert.deepEqual([(await look(first.material_id)).audit_status, (await look(first.material_id)).byte_url], [2, ''])
  sandbox.control.setClock({ advanceMs: 500 })
  const passed = await look(first.material_id)
  assert.deepEqual([passed.audit_status, passed.materil_name, passed.material_type], [3, '主图', 'photo'])
  assert.match(passed.byte_url, /^https:/)
  const [again, distinct] = [await upload('主图'), await upload('主图', { need_distinct: true })]
  assert.notEqual(again.material_id, first.material_id)
  assert.deepEqual([distinct.material_id, distinct.byte_url, distinct.is_new], [first.material_id, passed.byte_url, false])
  sandbox.control.review({ materialOutcome: 'reject' })
  const refused = await upload('违禁')
  sandbox.control.setClock({ advanceMs: 1000 })
  const rejected = await look(refused.material_id)
  assert.deepEqual([rejected.audit_status, rejected.byte_url], [4, ''])
  assert.ok(rejected.audit_reject_desc.length > 0)
  assert.equal((await add({ pic: passed.byte_url.replace(/www800/, 'www801') })).sub_code, INVALID)
  assert.equal((await add({ pic: `${passed.byte_url}|https://cdn.example.invalid/other.jpg` })).code, 10000)
})

const WRONG = {
  'no name': [{ name: undefined }, 'isv.parameter-missing'],
  'a short name': [{ name: '连衣裙' }, INVALID],
  'a long name': [{ name: '连'.repeat(31) }, INVALID],
  'an emoji in the name': [{ name: '法式碎花连衣裙收腰🔥' }, INVALID],
  'no picture': [{ pic: '' }, 'isv.parameter-missing'],
  'six pictures': [{ pic: Array(6).fill('https://a.example.invalid/1.jpg').join('|') }, INVALID],
  'a picture that is no address': [{ pic: 'file:///tmp/1.jpg' }, INVALID],
  'a category that is no leaf': [{ category_leaf_id: 20000 }, 'isv.parameter-invalid'],
  'no properties': [{ product_format_new: undefined }, INVALID],
  'a property of another category': [{ product_format_new: json({ 1: [{ value: 1, name: 'x' }] }) }, INVALID],
  'properties as an object': [{ product_format_new: {} }, 'isv.parameter-format-invalid'],
  'prices as an array': [{ spec_prices: [] }, 'isv.parameter-format-invalid'],
  'prices that are no JSON': [{ spec_prices: '[{]' }, 'isv.parameter-format-invalid'],
  'a price in yuan': [{ spec_prices: json([sku('黑', 129.5, 7), sku('白', 13900, 8)]) }, INVALID],
  'a price of nothing': [{ spec_prices: json([sku('黑', 0, 7), sku('白', 13900, 8)]) }, INVALID],
  'a combination that is missing': [{ spec_prices: json([sku('黑', 12900, 7)]) }, INVALID],
  'a combination twice': [{ spec_prices: json([sku('黑', 12900, 7), sku('黑', 12900, 7)]) }, INVALID],
  'a value outside of specs': [{ spec_prices: json([sku('黑', 12900, 7), sku('紫', 13900, 8)]) }, INVALID],
  'a member of a SKU nobody knows': [{ spec_prices: json([sku('黑', 12900, 7, { colour: 1 }), sku('白', 13900, 8)]) }, 'isv.parameter-invalid'],
  'specs of another form': [{ specs: '颜色:黑,白' }, 'isv.parameter-format-invalid'],
  'a brand of others': [{ standard_brand_id: 1 }, INVALID],
  'a foreign freight template': [{ freight_id: 7 }, INVALID],
  'a delay nobody offers': [{ delivery_delay_day: 3 }, 'isv.parameter-invalid'],
  'commit as a number': [{ commit: 1 }, 'isv.parameter-format-invalid'],
  'a long code of the seller': [{ outer_product_id: 'x'.repeat(256) }, 'isv.parameter-invalid'],
  'a field nobody knows': [{ colour: 'red' }, 'isv.parameter-invalid']
}

for (const [what, [changes, subCode]] of Object.entries(WRONG)) {
  test(`publishing with ${what} is refused and leaves no trace`, async t => {
    const { sandbox, add, all } = await begin(t)
    assert.equal((await add(changes)).sub_code, subCode)
    assert.deepEqual([sandbox.control.writes({}).items.map(one => one.method), all('drafts')], [['material.uploadImageSync'], []])
  })
}

test('food has a property of its own, and options are named rightly', async t => {
  const { call, add } = await begin(t)
  const leaf = await leafBelow(call, '食品')
  const properties = await propertiesOf(call, leaf)
  assert.ok('3707' in properties)
  const wish = changes => add({ category_leaf_id: leaf, product_format_new: json({ ...properties, ...changes }) })
  assert.equal((await wish({})).code, 10000)
  for (const changes of [{ 3707: undefined }, { 3707: [{ value: 1, name: '30天' }] }, { 3707: [{ value: 30701, name: '一个月', diy_type: 1 }] }, { 3707: [] }, { 2411: Array(4).fill({ value: 20411, name: '棉' }) }]) {
    assert.equal((await wish(changes)).sub_code, INVALID, json(changes))
  }
  assert.equal((await wish({ 2411: [{ value: 20411, name: '棉' }, { value: 0, name: '竹纤维', diy_type: 1 }] })).code, 10000)
})

test('faults strike publishing: a lost answer leaves a product, a refused call none', async t => {
  const { sandbox, call, raw, draft, all } = await begin(t)
  const made = () => all('drafts').length
  sandbox.control.fault({ fault: 'lost_reset', method: 'product.addV2', times: 1 })
  await assert.rejects(raw('product.addV2', draft), { code: 'ECONNRESET' })
  assert.equal(made(), 1)
  const [lost] = (await call('product.listV2', { page: 1, size: 100, check_status: 2, start_time: SECOND })).data.data.filter(one => one.outer_product_id === 'OA-7')
  assert.equal(lost.name, draft.name)
  sandbox.control.fault({ fault: 'reset', method: 'product.addV2', times: 1 })
  await assert.rejects(raw('product.addV2', draft), { code: 'ECONNRESET' })
  sandbox.control.fault({ fault: 'business_error', method: ['product.addV2', 'material.uploadImageSync'] })
  assert.equal((await call('product.addV2', draft)).sub_code, 'isv.business-failed:2010326')
  assert.equal((await call('material.uploadImageSync', { folder_id: '0', url: 'https://a.example.invalid/1', material_name: 'a' })).code, 50002)
  assert.equal(made(), 1)
  sandbox.control.clearFaults()
  sandbox.control.fault({ fault: 'unknown_status', method: 'product.auditList' })
  assert.equal((await call('product.auditList', { publish_status: 0, page: 0, size: 10 })).data.records[0].publish_status, 777)
})

test('the list of reviews pages from 0, newest first', async t => {
  const { call, add, later, records } = await begin(t)
  for (const number of [1, 2, 3]) {
    await add({ name: `第${number}件法式碎花连衣裙` })
    later()
  }
  const page = async number => (await call('product.auditList', { publish_status: 1, page: number, size: 2 })).data
  assert.deepEqual([(await page(0)).records.map(one => one.title), (await page(1)).records.map(one => one.title), (await page(0)).total],
    [['第3件法式碎花连衣裙', '第2件法式碎花连衣裙'], ['第1件法式碎花连衣裙'], 3])
  assert.equal((await records(0)).total, 0)
  for (const params of [{ publish_status: 3, page: 0, size: 1 }, { publish_status: 0, page: 100, size: 1 }, { publish_status: 0, page: 0, size: 101 }]) {
    assert.equal((await call('product.auditList', params)).sub_code, 'isv.parameter-invalid')
  }
})
