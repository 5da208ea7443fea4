'use strict'
// Registered applications, fact sheet 2: shop applications, and promoters (多多进宝), who are another identity.
const { Apps } = require('../../apps')

const FIELDS = ['appKey', 'appSecret', 'name', 'redirectUri', 'callsPerSecond', 'shopCallsPerSecond', 'shops', 'rotation', 'graceMs', 'promoter', 'ipAllowed', 'scope', 'decryptsPerDay']
const ROTATIONS = ['plain', 'strict', 'graceful', 'keep']
const DECRYPTS_PER_DAY = 100 // 16: of an application of a software vendor, outside of the platform's cloud

class PinduoduoApps extends Apps {
  constructor (options) {
    super('pinduoduo', FIELDS, options)
  }

  check ({ rotation }) {
    if (!ROTATIONS.includes(rotation)) throw new RangeError(`unknown rotation: ${rotation}`)
  }

  makeUp () {
    const { random, options } = this
    return {
      appKey: random.hex(32),
      appSecret: random.hex(40),
      name: `店桥演示应用${this.byKey.size + 1}`,
      redirectUri: options.redirectUri,
      callsPerSecond: options.callsPerSecond,
      promoter: false,
      ipAllowed: true,
      scope: null, // the methods a merchant grants; null is all of them
      decryptsPerDay: DECRYPTS_PER_DAY,
      rotation: 'plain',
      graceMs: 60_000,
      shops: null
    }
  }
}

module.exports = { Apps: PinduoduoApps }
