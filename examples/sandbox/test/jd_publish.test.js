'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { jdSandbox } = require('./jd_support')
const { NOON } = require('./support')

const ADD = 'jingdong.ware.write.add'
const PNG = Buffer.from('89504e470d0a1a0a00', 'hex').toString('base64')

/** A sandbox whose audits take five seconds, a picture in its zone, and a draft that passes. */
async function begin (t, options) {
  const world = await jdSandbox(t, { reviewMs: 5000, ...options })
  const { call, truth } = world
  const { picture_url: imgUrl } = await call('jingdong.imgzone.picture.upload', { image_data: PNG, picture_name: 'a.png' })
  const categoryId = truth('products')[0].categoryId
  const attributes = (await call('jingdong.category.read.findAttrsByCategoryIdUnlimitCate', { cid: categoryId })).findattrsbycategoryidunlimitcate_result
  const attribute = name => attributes.find(one => one.name === name).id
  const values = async name => (await call('jingdong.category.read.findValuesByAttrIdUnlimit', { categoryAttrId: attribute(name) })).findvaluesbyattridunlimit_result
  const [material] = await values('材质')
  const [black, white] = await values('颜色')
  const ware = {
    title: '测试商品（新）', categoryId, transportId: 12345, images: [{ colorId: '0000000000', imgIndex: 1, imgUrl }], mobileDesc: '<p>好</p>', introduction: '<p>很好</p>', outerId: 'OA-1',
    multiCateProps: [{ attrId: String(attribute('材质')), attrValues: [String(material.id)] }], features: [{ key: 'k', value: 'v' }], marketPrice: 199
  }
  const sku = (value, outerId, jdPrice) => ({ saleAttrs: [{ attrId: String(attribute('颜色')), attrValues: [String(value.id)] }], jdPrice, stockNum: '7', outerId })
  const draft = { ware, skus: [sku(black, 'OA-1-1', 99.9), sku(white, 'OA-1-2', '109.90')] }
  const wareOf = id => truth('products').find(one => one.wareId === id)
  const audit = async id => (await call('jingdong.ware.audit.getWareAuditDetail', { wareAuditParam: { wareId: id } })).response
  return { ...world, draft, imgUrl, wareOf, audit }
}

async function publish ({ call }, draft) {
  const { ware, success } = await call(ADD, draft)
  assert.equal(success, true)
  return String(ware.wareId)
}

test('a new ware waits for audit and then stands in the warehouse', async t => {
  const world = await begin(t)
  const { sandbox, draft, wareOf, audit, truth, call, writes } = world
  const id = await publish(world, draft)
  assert.deepEqual([wareOf(id).wareStatus, wareOf(id).jdPrice, wareOf(id).created, wareOf(id).marketPrice], [513, '99.90', NOON, '199.00'])
  assert.equal((await audit(id)).success, false)
  const skus = truth('skus').filter(sku => sku.wareId === id)
  assert.deepEqual(skus.map(sku => [sku.outerId, sku.jdPrice, sku.stockNum, sku.saleAttrs[0].attrValueAlias]), [['OA-1-1', '99.90', 7, ['曜石黑']], ['OA-1-2', '109.90', 7, ['月光白']]])
  assert.equal((await call('jingdong.sku.read.searchSkuList', { outId: 'OA-1-1' })).page.data[0].wareId, Number(id)) // how a lost answer is found again
  sandbox.control.setClock({ advanceMs: 4999 })
  assert.equal((await call('jingdong.ware.read.findWareById', { wareId: id })).ware.wareStatus, 513)
  sandbox.control.setClock({ advanceMs: 1 })
  assert.equal((await call('jingdong.ware.read.findWareById', { wareId: id })).ware.wareStatus, 1)
  assert.equal(wareOf(id).modified, NOON + 5000)
  assert.deepEqual(writes().map(one => [one.method, one.target]).slice(1), [[ADD, id]])
  assert.equal((await call('jingdong.ware.write.upOrDown', { wareId: id, opType: 1 })).success, true)
  assert.equal(wareOf(id).wareStatus, 8)
})

test('a ware that asks for it goes on sale after the audit', async t => {
  const world = await begin(t)
  const id = await publish(world, { ...world.draft, ware: { ...world.draft.ware, wareStatus: 8 } })
  world.sandbox.control.setClock({ advanceMs: 5000 })
  assert.deepEqual([world.wareOf(id).wareStatus, world.wareOf(id).onlineTime], [8, NOON + 5000])
})

test('an audit can reject with words, and an edit is audited again', async t => {
  const world = await begin(t)
  const { sandbox, draft, wareOf, audit, call } = world
  sandbox.control.review({ platform: 'jd', outcome: 'reject', reason: '标题含有极限词' })
  const id = await publish(world, draft)
  sandbox.control.setClock({ advanceMs: 5000 })
  assert.equal(wareOf(id).wareStatus, 1025)
  assert.equal((await audit(id)).data.auditReasons[0].thirdName, '标题含有极限词')
  sandbox.control.review({ platform: 'jd', outcome: 'approve', reason: null, ms: 1000 })
  assert.equal((await call('jingdong.ware.write.updateWare', { ware: { wareId: id, title: '改好的标题' } })).success, true)
  assert.deepEqual([wareOf(id).wareStatus, wareOf(id).title], [513, '改好的标题'])
  assert.deepEqual(sandbox.control.review({ platform: 'jd' }).pending.map(one => one.id), [id])
  sandbox.control.setClock({ advanceMs: 1000 })
  assert.deepEqual([wareOf(id).wareStatus, (await audit(id)).success], [1, false])
})

test('the platform can ban instead, and says why', async t => {
  const world = await begin(t)
  const { sandbox, draft, wareOf, call, code } = world
  sandbox.control.review({ platform: 'jd', outcome: 'ban' })
  const id = await publish(world, draft)
  sandbox.control.setClock({ advanceMs: 5000 })
  assert.equal(wareOf(id).wareStatus, 4)
  assert.ok((await call('jingdong.ware.read.findOpReason', { wareId: id })).opReason.note.includes('违规'))
  assert.equal(await code('jingdong.ware.write.updateWareTitle', { wareId: id, title: '再试' }), '61')
  assert.throws(() => sandbox.control.review({ platform: 'jd', outcome: 'maybe' }), /unknown outcome/)
})

test('an edited ware on sale stays on sale while it waits; a deleted one is left alone by the audit', async t => {
  const { sandbox, call, truth, wareOf } = await begin(t)
  const { wareId } = truth('products').find(one => one.wareStatus === 8)
  await call('jingdong.ware.write.updateWareTitle', { wareId, title: '新标题' })
  assert.deepEqual([wareOf(wareId).wareStatus, wareOf(wareId).title], [520, '新标题'])
  sandbox.control.setClock({ advanceMs: 5000 })
  assert.equal(wareOf(wareId).wareStatus, 8)
  await call('jingdong.ware.write.updateWareTitle', { wareId, title: '又改' })
  await call('jingdong.ware.write.upOrDown', { wareId, opType: 2 })
  await call('jingdong.ware.write.delete', { wareId })
  sandbox.control.setClock({ advanceMs: 5000 })
  assert.equal(wareOf(wareId).wareStatus, -1)
})

test('an edit that follows another waits for its own audit', async t => {
  const { sandbox, call, truth, wareOf } = await begin(t)
  const { wareId } = truth('products').find(one => one.wareStatus === 8)
  await call('jingdong.ware.write.updateWareTitle', { wareId, title: '一' })
  sandbox.control.setClock({ advanceMs: 3000 })
  await call('jingdong.ware.write.updateWareTitle', { wareId, title: '二' })
  sandbox.control.setClock({ advanceMs: 2000 })
  assert.equal(wareOf(wareId).wareStatus, 520)
  sandbox.control.setClock({ advanceMs: 3000 })
  assert.equal(wareOf(wareId).wareStatus, 8)
})

test('the same draft sent twice makes two wares', async t => {
  const world = await begin(t)
  const ids = [await publish(world, world.draft), await publish(world, world.draft)]
  assert.notEqual(ids[0], ids[1])
  assert.equal((await world.call('jingdong.sku.read.searchSkuList', { outId: 'OA-1-1' })).page.totalItem, 2)
})

test('what breaks a rule of the category is refused and leaves nothing behind', async t => {
  const { code, draft, imgUrl, truth, writes } = await begin(t)
  const before = truth('products').length
  const { ware, skus } = draft
  const without = name => ({ ...ware, [name]: undefined })
  const wares = [
    [{ ...ware, title: '长'.repeat(51) }, '61'], [without('title'), '60'], [without('mobileDesc'), '60'], [without('transportId'), '60'], [{ ...ware, categoryId: 9700 }, '61'],
    [{ ...ware, multiCategoryId: 9700 }, '61'], [{ ...ware, images: [] }, '61'], [{ ...ware, images: [{ colorId: '0000000000', imgIndex: 2, imgUrl }] }, '61'],
    [{ ...ware, images: [{ colorId: '0000000000', imgIndex: 1, imgUrl: 'https://oa.example/a.png' }] }, '61'], [without('multiCateProps'), '61'],
    [{ ...ware, multiCateProps: [{ attrId: '1', attrValues: ['1'] }] }, '61'], [{ ...ware, multiCateProps: [{ ...ware.multiCateProps[0], attrValues: ['1'] }] }, '61'],
    [{ ...ware, introduction: 'x'.repeat(100_001) }, '61'], [{ ...ware, '@type': 'Ware' }, '60'], [{ ...ware, shopCategorys: Array.from({ length: 11 }, (_, id) => id) }, '61']
  ]
  for (const [changed, wanted] of wares) assert.equal(await code(ADD, { ware: changed, skus }), wanted, JSON.stringify(changed).slice(0, 200))
  for (const [changed, wanted] of [[[], '60'], [[{ ...skus[0], saleAttrs: [] }], '61'], [[skus[0], skus[0]], '61'], [[{ ...skus[0], jdPrice: 1.234 }], '60'], [[{ ...skus[0], stockNum: -1 }], '61']]) {
    assert.equal(await code(ADD, { ware, skus: changed }), wanted, JSON.stringify(changed))
  }
  assert.equal(await code(ADD, { wareQuery: { ware, skus } }), '60') // container names of the documentation are not sent
  assert.deepEqual([truth('products').length, writes().length], [before, 1])
})

test('SKUs are added and changed', async t => {
  const world = await begin(t)
  const { call, draft, truth, code } = world
  const id = await publish(world, draft)
  const own = () => truth('skus').filter(sku => sku.wareId === id)
  const [first] = own()
  const { saleAttrs } = draft.skus[0]
  const fresh = { ...draft.skus[0], saleAttrs: [{ ...saleAttrs[0], attrValues: ['97380103'], attrValueAlias: ['星空紫'] }], outerId: 'OA-1-3' }
  const { skuList } = await call('jingdong.sku.write.saveWareSkus', { wareId: id, skus: [{ skuId: first.skuId, jdPrice: '88' }, fresh] })
  assert.deepEqual(own().map(sku => [sku.outerId, sku.jdPrice]), [['OA-1-1', '88.00'], ['OA-1-2', '109.90'], ['OA-1-3', '99.90']])
  assert.equal(String(skuList[0].skuId), own()[2].skuId)
  await call('jingdong.sku.write.updateSkus', { wareId: id, skus: [{ skuId: first.skuId, stockNum: 3, outerId: 'OA-9' }] })
  assert.deepEqual([own()[0].stockNum, own()[0].outerId], [3, 'OA-9'])
  assert.equal(await code('jingdong.sku.write.updateSkus', { wareId: id, skus: [{ skuId: 1 }] }), '61')
})

test('pictures: formats and sizes are checked, uploads are found again', async t => {
  const { call, code, imgUrl } = await begin(t)
  const upload = bytes => call('jingdong.imgzone.picture.upload', { image_data: bytes.toString('base64') })
  assert.deepEqual([(await upload(Buffer.from('GIF89a'))).return_code, (await upload(Buffer.from('no picture'))).return_code], [1, 0])
  const large = Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.alloc(1024 * 1024 - 3)])
  assert.equal((await upload(large)).return_code, 1)
  assert.match((await upload(Buffer.concat([large, Buffer.alloc(1)]))).desc, /1M/)
  assert.equal(await code('jingdong.imgzone.picture.upload', { image_data: 'data:image/png;base64,AA' }), '60')
  const found = await call('jingdong.imgzone.picture.query', { picture_name: 'a.png', end_Date: '2026-03-03 12:00:00', page_num: 1 })
  assert.deepEqual([found.return_code, found.total_num, found.imgList[0].picture_url], [1, 1, imgUrl])
  assert.equal(await code('jingdong.imgzone.picture.query', { end_date: '2026-03-03 12:00:00' }), '60')
})

test('pictures of a ware are replaced by comma lists of equal length', async t => {
  const { call, code, truth, imgUrl, wareOf } = await begin(t)
  const { wareId } = truth('products').find(one => one.wareStatus === 8)
  const images = { wareId, colorId: '0000000000,0000000000', imgIndex: '1,2', imgUrl: `${imgUrl},${imgUrl}` }
  assert.equal((await call('jingdong.image.write.update', images)).success, true)
  assert.deepEqual([wareOf(wareId).images.length, wareOf(wareId).wareStatus], [2, 520])
  assert.equal(await code('jingdong.image.write.update', { ...images, imgIndex: '1' }), '61')
})
