'use strict'
// What can be said on the command line.
const { parseArgs } = require('node:util')

const HELP = `npm run demo -- [flags]

  --once          end after the comparison: 0 when nothing differs
  --products N    products in each of the sandbox's shops (300)
  --orders N      orders in each of the sandbox's shops (3000)
  --port N        port of the OA (a free one)
  --help          this text`

const OPTIONS = {
  once: { type: 'boolean', default: false },
  products: { type: 'string', default: '300' },
  orders: { type: 'string', default: '3000' },
  port: { type: 'string', default: '0' },
  help: { type: 'boolean', default: false }
}

function wholeNumber (name, text, least, most) {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < least || number > most) throw new RangeError(`--${name} must be a whole number from ${least} to ${most}`)
  return number
}

function readFlags (args) {
  const { values } = parseArgs({ args, options: OPTIONS })
  return {
    once: values.once,
    help: values.help,
    products: wholeNumber('products', values.products, 1, 1_000_000),
    orders: wholeNumber('orders', values.orders, 1, 10_000_000),
    port: wholeNumber('port', values.port, 0, 65535)
  }
}

module.exports = { readFlags, HELP }
