'use strict'
// Registered applications. An app key has 19 digits, a secret looks like a UUID (fact sheet, first table).
const { Apps } = require('../../apps')

const FIELDS = ['appKey', 'appSecret', 'serviceId', 'name', 'redirectUri', 'callsPerSecond', 'shopCallsPerSecond', 'selfUse', 'shops', 'rotation', 'graceMs', 'decryptsPerDay']
const ROTATIONS = ['plain', 'strict', 'graceful']

class DoudianApps extends Apps {
  constructor (options) {
    super('doudian', FIELDS, options)
  }

  check ({ rotation }) {
    if (!ROTATIONS.includes(rotation)) throw new RangeError(`unknown rotation: ${rotation}`)
  }

  makeUp () {
    const { random, options } = this
    const number = this.byKey.size + 1
    return {
      appKey: `7${random.digits(18)}`,
      appSecret: `${random.hex(8)}-${random.hex(4)}-${random.hex(4)}-${random.hex(4)}-${random.hex(12)}`,
      serviceId: `${random.between(10000, 99999)}`,
      name: `店桥演示应用${number}`,
      redirectUri: options.redirectUri,
      callsPerSecond: options.callsPerSecond,
      selfUse: false,
      rotation: 'plain',
      graceMs: 60_000,
      decryptsPerDay: null,
      shops: null
    }
  }
}

module.exports = { Apps: DoudianApps }
