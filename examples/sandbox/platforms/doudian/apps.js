'use strict'
// Registered applications. An app key has 19 digits, a secret looks like a UUID (fact sheet, first table).
const { Random, deriveSeed } = require('../../random')

const FIELDS = ['appKey', 'appSecret', 'serviceId', 'name', 'redirectUri', 'callsPerSecond', 'shopCallsPerSecond', 'selfUse', 'shops', 'rotation', 'graceMs']
const ROTATIONS = ['plain', 'strict', 'graceful']

class Apps {
  constructor (options) {
    this.options = options
    this.random = new Random(deriveSeed(options.seed, 'doudian', 'apps'))
    this.byKey = new Map()
  }

  get (appKey) {
    return this.byKey.get(appKey)
  }

  values () {
    return this.byKey.values()
  }

  /** Registers an app, or changes the one with the same key. What is not given is made up. */
  save (given) {
    for (const name of Object.keys(given)) {
      if (!FIELDS.includes(name)) throw new RangeError(`unknown app field: ${name}`)
    }
    const made = this.makeUp()
    const app = { ...made, ...this.byKey.get(String(given.appKey)), ...given }
    if (!ROTATIONS.includes(app.rotation)) throw new RangeError(`unknown rotation: ${app.rotation}`)
    app.appKey = String(app.appKey)
    app.redirectUri = new URL(app.redirectUri).href
    app.shops = app.shops?.map(String) ?? null
    this.byKey.set(app.appKey, app)
    return app
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
      shops: null
    }
  }
}

module.exports = { Apps }
