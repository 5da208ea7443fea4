'use strict'
// The methods that are played. `of` says who may call one: `shop` needs a token, `promoter` an application of a promoter,
// `any` neither. `kinds` are what the fault plan goes by, `file` methods live on the upload gateway.
const { accept } = require('./envelope')
const { shanghaiText } = require('../../clock')
const tokenCalls = require('./token_calls')
const catalog = require('./catalog')
const commitCalls = require('./commit_calls')
const ddk = require('./ddk')
const decrypt = require('./decrypt')
const goods = require('./goods')
const goodsWrites = require('./goods_writes')
const images = require('./images')
const mallVideos = require('./mall_video_calls')
const marketing = require('./marketing')
const orders = require('./orders')
const publish = require('./publish')
const refunds = require('./refunds')
const shipping = require('./shipping')
const { mallInfo, cpsProtocol } = require('./shops')

function timeGet (call, world, { params }) {
  params.only()
  return accept({ time: shanghaiText(Math.floor(call.now / 1000)) })
}

function method (of, run, ...kinds) {
  return { of, run, kinds: of === 'shop' ? ['any', 'shop', ...kinds] : ['any', ...kinds], file: false, offline: false }
}

const read = run => method('shop', run)
const record = run => method('shop', run, 'records')
const list = run => method('shop', run, 'records', 'list')
const write = run => method('shop', run, 'write')
const upload = run => ({ ...write(run), file: true })
const promoted = (run, ...kinds) => method('promoter', run, ...kinds)
// 12.1: no longer in the catalogue, so 20034 is what to expect.
const withdrawn = () => ({ ...write(), offline: true })

const METHODS = new Map(Object.entries({
  'pdd.time.get': method('any', timeGet),
  'pdd.pop.auth.token.create': method('any', tokenCalls.create, 'token'),
  'pdd.pop.auth.token.refresh': method('any', tokenCalls.refresh, 'token'),
  'pdd.mall.info.get': read(mallInfo),
  'pdd.mall.cps.protocol.status.query': read(cpsProtocol),

  'pdd.goods.list.get': list(goods.list),
  'pdd.goods.detail.get': record(goods.detail),
  'pdd.goods.skus.get': read(goods.skus),
  'pdd.goods.sale.status.set': write(goodsWrites.saleStatus),
  'pdd.goods.quantity.update': write(goodsWrites.quantity),
  'pdd.goods.sku.price.update': write(goodsWrites.skuPrice),
  'pdd.goods.authorization.cats': read(catalog.authorizationCats),
  'pdd.goods.cats.get': read(catalog.catsGet),
  'pdd.goods.cat.rule.get': read(catalog.catRule),
  'pdd.goods.spec.get': read(catalog.specGet),
  'pdd.goods.spec.id.get': read(catalog.specIdGet),
  'pdd.goods.logistics.template.get': read(catalog.templateGet),
  'pdd.goods.image.upload': write(images.base64),
  'pdd.goods.img.upload': upload(images.file),
  'pdd.goods.filespace.image.upload': upload(images.library),
  'pdd.goods.add': write(publish.add),
  'pdd.goods.information.update': write(publish.update),
  'pdd.goods.edit.goods.commit': write(publish.draft),
  'pdd.goods.submit.goods.commit': write(publish.submit),
  'pdd.goods.commit.detail.get': read(commitCalls.detail),
  'pdd.goods.commit.list.get': read(commitCalls.list),
  'pdd.goods.commit.status.get': read(commitCalls.status),
  'pdd.goods.latest.commit.status.get': read(commitCalls.latest),

  'pdd.live.img.mall.upload': upload(images.file),
  'pdd.live.video.mall.upload.part.init': upload(mallVideos.init),
  'pdd.live.video.mall.upload.part': upload(mallVideos.part),
  'pdd.live.video.mall.upload.part.complete': upload(mallVideos.complete),
  'pdd.live.video.mall.upload.part.check': { ...read(mallVideos.check), file: true },
  'pdd.live.video.mall.create': write(mallVideos.create),
  'pdd.live.video.mall.querymallvideoauditstatus': record(mallVideos.auditStatus),

  'pdd.order.list.get': list(orders.list),
  'pdd.order.basic.list.get': list(orders.basicList),
  'pdd.order.number.list.increment.get': list(orders.increment),
  'pdd.order.information.get': record(orders.information),
  'pdd.order.status.get': read(orders.status),
  'pdd.order.note.update': write(shipping.note),
  'pdd.logistics.companies.get': read(shipping.companiesGet),
  'pdd.logistics.online.send': write(shipping.send),
  'pdd.refund.list.increment.get': list(refunds.increment),
  'pdd.refund.information.get': record(refunds.information),
  'pdd.refund.status.check': read(refunds.statusCheck),
  'pdd.open.decrypt.batch': read(decrypt.batch),
  'pdd.open.decrypt.mask.batch': read(decrypt.maskBatch),

  'pdd.promotion.limited.activity.create': write(marketing.create),
  'pdd.promotion.limited.activity.cancel': write(marketing.cancel),
  'pdd.promotion.limited.discount.list.get': read(marketing.list),
  'pdd.promotion.goods.coupon.list.get': read(marketing.goodsCoupons),
  'pdd.promotion.merchant.coupon.list.get': read(marketing.shopCoupons),
  'pdd.promotion.goods.coupon.create': withdrawn(),
  'pdd.promotion.home.coupon.create': withdrawn(),
  'pdd.promotion.coupon.close': withdrawn(),
  'pdd.promotion.coupon.quantity.add': withdrawn(),

  'pdd.ddk.goods.search': promoted(ddk.search, 'records'),
  'pdd.ddk.goods.detail': promoted(ddk.detail),
  'pdd.ddk.goods.pid.generate': promoted(ddk.pidGenerate),
  'pdd.ddk.member.authority.query': promoted(ddk.authority),
  'pdd.ddk.rp.prom.url.generate': promoted(ddk.channelUrl),
  'pdd.ddk.goods.promotion.url.generate': promoted(ddk.promotionUrl),
  'pdd.ddk.order.list.increment.get': promoted(ddk.orderIncrement, 'records', 'list'),
  'pdd.ddk.order.list.range.get': promoted(ddk.orderRange, 'records')
}))

/** What a merchant grants: every method that needs a shop's token. */
const SHOP_METHODS = [...METHODS].filter(([, { of }]) => of === 'shop').map(([name]) => name)

module.exports = { METHODS, SHOP_METHODS }
