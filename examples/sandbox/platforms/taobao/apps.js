'use strict'
// Registered applications, and how long what they are given lives (fact sheet 2.5).
const { Random, deriveSeed } = require('../../random')

const DAY_S = 86400
const FIELDS = ['appKey', 'appSecret', 'name', 'redirectUri', 'callsPerSecond', 'shopCallsPerSecond', 'dailyCalls', 'decryptsPerDay', 'kind', 'rotates', 'denied', 'shops', 'accessSeconds', 'refreshSeconds', 'tierSeconds']

// `refreshSeconds` 0: cannot be refreshed, the seller has to authorise again.
const KINDS = {
  service: { accessSeconds: 30 * DAY_S, refreshSeconds: 60 * DAY_S }, // as long as the subscription
  backOffice: { accessSeconds: 365 * DAY_S, refreshSeconds: 0 },
  test: { accessSeconds: DAY_S, refreshSeconds: 0 }
}

class Apps {
  constructor (options) {
    this.options = options
    this.random = new Random(deriveSeed(options.seed, 'taobao', 'apps'))
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
    const known = this.byKey.get(String(given.appKey))
    const kind = given.kind ?? known?.kind ?? 'service'
    if (!KINDS[kind]) throw new RangeError(`unknown kind of app: ${kind}`)
    const app = { ...this.makeUp(), ...KINDS[kind], ...known, ...(given.kind ? KINDS[kind] : {}), ...given }
    app.appKey = String(app.appKey)
    app.redirectUri = new URL(app.redirectUri).href
    app.shops = app.shops?.map(String) ?? null
    this.byKey.set(app.appKey, app)
    return app
  }

  makeUp () {
    const { random, options } = this
    return {
      appKey: `2${random.digits(7)}`,
      appSecret: random.hex(32),
      name: `店桥演示应用${this.byKey.size + 1}`,
      redirectUri: options.redirectUri,
      callsPerSecond: options.callsPerSecond,
      dailyCalls: null,
      decryptsPerDay: null,
      kind: 'service',
      rotates: true,
      denied: [],
      tierSeconds: {},
      shops: null
    }
  }
}

module.exports = { Apps }
