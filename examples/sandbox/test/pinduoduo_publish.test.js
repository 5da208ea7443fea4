'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { sandboxFor, pddCaller } = require('./pinduoduo_support')

const platform = 'pinduoduo'
const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('picture')])

async function started (t) {
  const sandbox = await sandboxFor(t)
  sandbox.control.review({ platform, ms: 1000 })
  const client = pddCaller(sandbox)
  const truth = kind => sandbox.control.truth({ platform, kind, limit: 10_000 }).items
  const later = () => sandbox.control.setClock({ advanceMs: 1000 })
  return { sandbox, truth, later, draft: await draftOf(client), ...client }
}

/** A whole draft, made as a client would: category, rules, specifications, pictures. */
async function draftOf ({ ok }) {
  let { goods_cats_list: [cat] } = await ok('pdd.goods.authorization.cats', { parent_cat_id: 0 })
  while (!cat.leaf) [cat] = (await ok('pdd.goods.authorization.cats', { parent_cat_id: cat.cat_id })).goods_cats_list
  const rule = await ok('pdd.goods.cat.rule.get', { cat_id: cat.cat_id })
  const needed = rule.goods_properties_rule.properties.filter(one => one.required)
  const { goods_spec_list: [parent] } = await ok('pdd.goods.spec.get', { cat_id: cat.cat_id })
  const specs = []
  for (const name of ['藏青色', '奶白']) specs.push((await ok('pdd.goods.spec.id.get', { parent_spec_id: parent.parent_spec_id, spec_name: name })).spec_id)
  const { image_url: picture } = await ok('pdd.goods.image.upload', { image: `data:image/png;base64,${PNG.toString('base64')}` })
  const { logistics_template_list: [template] } = await ok('pdd.goods.logistics.template.get')
  const sku = (spec, number) => ({ spec_id_list: JSON.stringify([spec]), price: 2190, multi_price: 1990, quantity: 100, weight: 500, limit_quantity: 999, is_onsale: 1, thumb_url: picture, out_sku_sn: `L-${number}`, sku_properties: [] })
  return {
    cat_id: cat.cat_id, goods_name: '测试商品 红枣夹核桃500g', goods_type: 1, country_id: 0, market_price: 9900, cost_template_id: template.template_id,
    shipment_limit_second: 172800, is_pre_sale: false, is_refundable: true, is_folt: true, second_hand: false, carousel_gallery: [picture], detail_gallery: [picture],
    goods_properties: needed.map(one => ({ ref_pid: one.ref_pid, vid: one.values[0].vid })), out_goods_id: 'OUT-1', sku_list: specs.map(sku)
  }
}

const byOuterId = ok => ok('pdd.goods.list.get', { outer_goods_id: 'OUT-1' })

test('published goods are in no list before their review, and on sale after it', async t => {
  const { ok, draft, later, truth, sandbox } = await started(t)
  const { goods_id: id, goods_commit_id: commit } = await ok('pdd.goods.add', draft)
  const stand = () => ok('pdd.goods.commit.detail.get', { goods_commit_id: commit, goods_id: id })
  assert.equal((await byOuterId(ok)).total_count, 0)
  const waiting = await ok('pdd.goods.commit.list.get', { check_status: 1 })
  assert.deepEqual(waiting.list.map(one => [one.commit_id, one.goods_id, one.check_status]), [[commit, id, 1]])
  const { goods_status: status, outer_goods_id: outerId } = await stand()
  assert.deepEqual([status, outerId], [1, 'OUT-1'])
  assert.equal(truth('products').some(one => one.goods_id === id), false)
  later()
  assert.deepEqual([(await stand()).goods_status, (await byOuterId(ok)).goods_list[0].goods_id], [2, id])
  const goods = truth('products').find(one => one.goods_id === id)
  assert.deepEqual([goods.status, goods.market_price, goods.goods_quantity], [1, 9900, 200])
  const detail = await ok('pdd.goods.detail.get', { goods_id: id })
  assert.deepEqual(detail.sku_list.map(one => [one.multi_price, one.out_sku_sn, one.spec[0].spec_name]), [[1990, 'L-0', '藏青色'], [1990, 'L-1', '奶白']])
  assert.deepEqual(sandbox.control.writes({ platform }).items.map(one => one.method), ['pdd.goods.image.upload', 'pdd.goods.add'])
})

test('the same goods sent twice are two goods', async t => {
  const { ok, draft, later } = await started(t)
  const [first, second] = [await ok('pdd.goods.add', draft), await ok('pdd.goods.add', draft)]
  later()
  assert.notEqual(first.goods_id, second.goods_id)
  assert.equal((await byOuterId(ok)).total_count, 2)
})

test('a rejected publication stays hidden and says why; a banned one is off sale for good', async t => {
  const { ok, refused, draft, later, sandbox } = await started(t)
  sandbox.control.review({ platform, outcome: 'reject' })
  const rejected = await ok('pdd.goods.add', draft)
  later()
  const stand = await ok('pdd.goods.commit.detail.get', { goods_commit_id: rejected.goods_commit_id, goods_id: rejected.goods_id })
  assert.deepEqual([stand.goods_status, stand.commit_message.length > 0, (await byOuterId(ok)).total_count], [3, true, 0])

  sandbox.control.review({ platform, outcome: 'ban' })
  const banned = await ok('pdd.goods.add', draft)
  later()
  const { list: [row] } = await ok('pdd.goods.latest.commit.status.get', { goods_id_list: [banned.goods_id] })
  assert.deepEqual([row.check_status, row.reject_comment.includes('禁售')], [3, true])
  assert.equal((await ok('pdd.goods.detail.get', { goods_id: banned.goods_id })).status, 2)
  assert.equal((await refused('pdd.goods.sale.status.set', { goods_id: banned.goods_id, is_onsale: 1 })).sub_code, '40002101')
  assert.throws(() => sandbox.control.review({ platform, outcome: 'maybe' }), /unknown outcome/)
})

test('a draft waits for its submission; an edit adds stock and counts after its review', async t => {
  const { ok, refused, draft, later } = await started(t)
  const { goods_id: id, goods_commit_id: commit } = await ok('pdd.goods.edit.goods.commit', draft)
  later()
  const stand = async () => (await ok('pdd.goods.commit.status.get', { goods_commit_id_list: [commit] })).list[0].check_status
  assert.equal(await stand(), 0)
  await ok('pdd.goods.submit.goods.commit', { goods_commit_id: commit, goods_id: id, operate_type: 0 })
  assert.equal(await stand(), 1)
  assert.equal((await refused('pdd.goods.submit.goods.commit', { goods_commit_id: commit, goods_id: id, operate_type: 0 })).error_code, 50001)
  later()
  assert.equal(await stand(), 2)
  const edit = { ...draft, goods_id: id, goods_name: '新名字', sku_list: draft.sku_list.map(sku => ({ ...sku, quantity: -30 })) }
  await ok('pdd.goods.information.update', edit)
  const before = await ok('pdd.goods.detail.get', { goods_id: id })
  later()
  const after = await ok('pdd.goods.detail.get', { goods_id: id })
  assert.deepEqual([before.goods_name, after.goods_name], [draft.goods_name, '新名字'])
  assert.deepEqual([before.sku_list, after.sku_list].map(list => list.map(sku => sku.quantity)), [[100, 100], [70, 70]])
  assert.deepEqual(after.sku_list.map(sku => sku.sku_id), before.sku_list.map(sku => sku.sku_id))
})

test('an edit puts goods on sale unless they are to stay as they are', async t => {
  const { ok, draft, later } = await started(t)
  const { goods_id: id } = await ok('pdd.goods.add', draft)
  later()
  await ok('pdd.goods.sale.status.set', { goods_id: id, is_onsale: 0 })
  const edit = { ...draft, goods_id: id, sku_list: draft.sku_list.map(sku => ({ ...sku, quantity: 0 })) }
  const stand = async () => (await ok('pdd.goods.detail.get', { goods_id: id })).status
  await ok('pdd.goods.information.update', { ...edit, sync_goods_operate: 1 })
  later()
  assert.equal(await stand(), 2)
  await ok('pdd.goods.information.update', edit)
  later()
  assert.equal(await stand(), 1)
})

// what is wrong → [changes to the draft, error_code]
const WRONG = {
  'no category': [{ cat_id: undefined }, 21002],
  'no leaf': [{ cat_id: 16500 }, 50001],
  'a category the shop may not use': [{ cat_id: 16531 }, 50001],
  'a required property left out': [{ goods_properties: [] }, 50001],
  'a value the property does not have': [{ goods_properties: [{ ref_pid: 310, vid: 1 }] }, 50001],
  'a picture from elsewhere': [{ carousel_gallery: ['https://img.example.invalid/1.jpg'] }, 50001],
  'a short description': [{ goods_desc: '太短' }, 50001],
  'a foreign freight template': [{ cost_template_id: 1 }, 50001],
  'a market price below the single price': [{ market_price: 2000 }, 50001],
  'sold ahead without a time': [{ is_pre_sale: true }, 21002],
  'sold ahead until noon': [{ is_pre_sale: true, pre_sale_time: 1772510400 }, 50001],
  'no SKU': [{ sku_list: [] }, 50001],
  'a flag that is none': [{ is_folt: 1 }, 21001],
  'a field nobody knows': [{ colour: 'red' }, 21001]
}

for (const [what, [changes, code]] of Object.entries(WRONG)) {
  test(`${what} is refused with ${code}`, async t => {
    const { refused, draft, sandbox } = await started(t)
    assert.equal((await refused('pdd.goods.add', { ...draft, ...changes })).error_code, code)
    assert.deepEqual(sandbox.control.writes({ platform }).items.map(one => one.method), ['pdd.goods.image.upload'])
  })
}

test('specifications are JSON in a text and have to exist, and a SKU needs its prices in order', async t => {
  const { refused, draft } = await started(t)
  const wish = changes => refused('pdd.goods.add', { ...draft, sku_list: [{ ...draft.sku_list[0], ...changes }] })
  assert.equal((await wish({ spec_id_list: '[20]' })).error_code, 50001)
  assert.equal((await wish({ spec_id_list: [20] })).error_code, 21001)
  assert.equal((await wish({ spec_id_list: '20' })).error_code, 21001)
  assert.equal((await wish({ multi_price: 2190 })).error_code, 50001)
  assert.equal((await wish({ limit_quantity: 5 })).error_code, 50001)
})

test('pictures as files and as base64 are the same picture', async t => {
  const { ok, refused, sandbox } = await started(t)
  const files = { file: PNG }
  const { url } = await ok('pdd.goods.img.upload', {}, { encoding: 'multipart', files })
  assert.equal((await ok('pdd.goods.image.upload', { image: PNG.toString('base64') })).image_url, url)
  const library = await ok('pdd.goods.filespace.image.upload', {}, { encoding: 'multipart', files })
  assert.deepEqual([library.url, typeof library.file_id], [url, 'number'])
  assert.equal((await refused('pdd.goods.img.upload', {}, { encoding: 'multipart', files: { part: PNG } })).error_code, 21002)
  assert.equal((await refused('pdd.goods.img.upload', {}, { encoding: 'multipart', files: { file: Buffer.from('GIF89a') } })).error_code, 21001)
  assert.equal((await refused('pdd.goods.image.upload', { image: PNG.toString('base64') }, { path: '/api/upload' })).error_code, 20035)
  assert.equal(sandbox.control.writes({ platform }).items.filter(one => one.changed).length, 1)
})
