'use strict'
// Buyer data, fact sheet 16: ciphertext while the order awaits shipment and is not under review, masked twins beside it.
const words = require('./words')

const CONTACT_SHARE = 0.05 // orders without a receiver: the phone is in contact_mobile only
const NOTHING = { name: '', phone: '', address: '', street: '' }
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

// data_type of decrypted texts (16)
const TYPES = { name: 5, phone: 6, address: 7, street: 8 }

function cipher (random, length) {
  return `~AgAAA${random.text(BASE64, length)}==~`
}

/** The buyer an order's looks decide: plain, masked and encrypted. */
function buyerOf (random) {
  const [province, city, town, provinceId, cityId, townId] = random.pick(words.places)
  const surname = random.pick(words.surnames)
  const street = `${random.pick(words.roads)}${random.between(1, 300)}号${random.between(1, 30)}室`
  const phone = `1${random.pick(['38', '59', '86', '77'])}${random.digits(8)}`
  const plain = { name: surname + random.pick(words.givenNames), phone, address: province + city + town + street, street }
  const mask = { name: `${surname}**`, phone: `${phone.slice(0, 3)}****${phone.slice(7)}`, address: `${province}${city}${town}***`, street: '***' }
  const secret = { name: cipher(random, 38), phone: cipher(random, 42), address: cipher(random, 88), street: cipher(random, 64) }
  const area = { province, city, town, province_id: provinceId, city_id: cityId, town_id: townId }
  return { plain, mask, secret, area, isContact: random.chance(CONTACT_SHARE) }
}

function isOpen ({ state }) {
  return state === 'toShip'
}

/** The fields of an order. Masked twins stay: the sheet ends the ciphertext only. */
function buyerFields (version, { mask, secret, area, isContact }) {
  const shown = isOpen(version) && !isContact ? secret : NOTHING
  const masked = version.state === 'unpaid' || isContact ? NOTHING : mask
  return {
    receiver_name: shown.name, receiver_phone: shown.phone, receiver_address: shown.address, address: shown.street,
    receiver_name_mask: masked.name, receiver_phone_mask: masked.phone, receiver_address_mask: masked.address, address_mask: masked.street,
    contact_mobile: isOpen(version) && isContact ? secret.phone : '',
    country: '中国', ...area, pay_no: '', inner_transaction_id: ''
  }
}

module.exports = { buyerOf, buyerFields, isOpen, TYPES }
