'use strict'
// What a version of an item and of a SKU looks like on the wire (fact sheet 5.2).
const { Random } = require('../../random')
const { shanghaiText } = require('../../clock')
const { ON_SALE, VIOLATION, stockOf } = require('./item_seed')

/** Decimal yuan as a text (3.5). */
function yuan (fen) {
  const sign = fen < 0 ? '-' : ''
  const digits = String(Math.abs(fen)).padStart(3, '0')
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function properties ({ colour, size }) {
  return `1627207:${colour[0]};20509:${size[0]}`
}

function skuWire (version, sku) {
  const wire = {
    sku_id: BigInt(sku.id),
    num_iid: BigInt(version.id),
    properties: properties(sku),
    properties_name: `1627207:${sku.colour[0]}:颜色分类:${sku.colour[1]};20509:${sku.size[0]}:尺码:${sku.size[1]}`,
    quantity: sku.stock,
    with_hold_quantity: sku.hold,
    price: yuan(sku.price),
    outer_id: sku.outerId ?? `${version.outerId}-${sku.position}`,
    barcode: sku.barcode,
    status: 'normal',
    created: shanghaiText(sku.createTime),
    modified: shanghaiText(sku.updateTime)
  }
  return Object.assign(wire, version.skuSet?.[sku.id])
}

function picture (version, number) {
  const random = new Random(version.look + number)
  return `https://img.example.invalid/bao/uploaded/i${number % 4 + 1}/${random.hex(24)}.jpg`
}

function images (version) {
  const urls = [0, 1, 2].map(number => picture(version, number)).concat(version.pictures)
  return urls.map((url, position) => ({ id: BigInt(version.id) * 10n + BigInt(position), url, position, created: shanghaiText(version.createTime) }))
}

/** All fields of an item; callers get those they list in `fields`. */
function itemWire (version, shop) {
  const wire = {
    num_iid: BigInt(version.id),
    title: version.title,
    nick: shop.nick,
    type: 'fixed',
    cid: version.leaf.cid,
    seller_cids: '',
    props: `20000:${version.look % 9 + 30111};13021751:${version.index}`,
    props_name: `20000:${version.look % 9 + 30111}:品牌:云溪;13021751:${version.index}:货号:${version.outerId}`,
    property_alias: '',
    input_pids: '13021751',
    input_str: version.outerId,
    pic_url: picture(version, 0),
    num: stockOf(version),
    valid_thru: 7,
    list_time: shanghaiText(version.listTime),
    delist_time: shanghaiText(version.delistTime),
    price: yuan(version.price),
    has_discount: version.index % 5 === 0,
    has_invoice: true,
    has_warranty: false,
    has_showcase: version.index % 11 === 0,
    created: shanghaiText(version.createTime),
    modified: shanghaiText(version.updateTime),
    approve_status: version.state === ON_SALE ? 'onsale' : 'instock',
    postage_id: 0,
    product_id: shop.type === 'B' ? BigInt(version.id) + 5n : 0,
    outer_id: version.outerId,
    sold_quantity: version.sold,
    stuff_status: 'new',
    detail_url: `https://item.example.invalid/item.htm?id=${version.id}`,
    desc: version.desc ?? `<p><img src="${picture(version, 3)}"/></p>`,
    violation: version.state === VIOLATION,
    skus: version.skus.map(sku => skuWire(version, sku)),
    item_imgs: images(version),
    prop_imgs: []
  }
  return Object.assign(wire, version.set)
}

module.exports = { itemWire, skuWire, properties, yuan }
