// Products, and one product with its SKUs.
import { get, attempt } from './api.js'
import { element, facts, number, row, short, table } from './dom.js'
import { count, fullTime, time, yuan } from './format.js'
import { badge, PRODUCT_STATUS } from './words.js'
import { showDetail } from './detail.js'
import { shopName } from './shops.js'

const LABELS = ['商品', '状态', '最低价', '库存', '商家编码', '更新时间']

export function productRow (product) {
  const open = element('button.link', { type: 'button' }, product.name)
  open.addEventListener('click', attempt(async () => showProduct(await get(`/products/${encodeURIComponent(product.id)}`))))
  return row(LABELS, [
    open, short(badge(PRODUCT_STATUS, product.status)), number(yuan(product.priceFen)), number(count(product.stock)),
    short(product.outerId), short(time(product.platformUpdatedAt))
  ])
}

function showProduct (product) {
  const labels = ['规格', '编码', '价格', '库存']
  const skus = product.skus.map(sku => row(labels, [sku.specs.join(' / '), sku.code ?? sku.outerId, number(yuan(sku.priceFen)), number(count(sku.stock))]))
  showDetail(product.name, [
    facts([
      ['店铺', shopName(product.shopId)], ['状态', badge(PRODUCT_STATUS, product.status)], ['平台商品号', product.platformProductId], ['商家编码', product.outerId],
      ['创建', fullTime(product.platformCreatedAt)], ['更新', fullTime(product.platformUpdatedAt)], ['SKU 读取', fullTime(product.skusSyncedAt)]
    ]),
    table(labels, [2, 3], skus)
  ])
}
