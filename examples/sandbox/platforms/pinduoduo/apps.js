'use strict'
// Registered applications, fact sheet 2: shop applications, and promoters (多多进宝), who are another identity.
const { Random, deriveSeed } = require('../../random')

const FIELDS = ['appKey', 'appSecret', 'name', 'redirectUri', 'callsPerSecond', 'shopCallsPerSecond', 'shops', 'rotation', 'graceMs', 'promoter', 'ipAllowed', 'scope', 'decryptsPerDay']
const ROTATIONS = ['plain', 'strict', 'graceful', 'keep']
const DECRYPTS_PER_DAY = 100 // 16: of an application of a software vendor, outside of the platform's cloud

class Apps {
  constructor (options) {
    this.options = options
    this.random = new Random(deriveSeed(options.seed, 'pinduoduo', 'apps'))
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

module.exports = { Apps }
