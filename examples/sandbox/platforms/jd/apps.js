'use strict'
// Registered applications. Keys and secrets have 32 characters, the key in capitals (fact sheet 3).
const { Random, deriveSeed } = require('../../random')

const DEFAULT_TOKEN_SECONDS = 31_535_999 // 5.2: a released app; 86400 for one in test
const FIELDS = ['appKey', 'appSecret', 'name', 'redirectUri', 'callsPerSecond', 'callsPerDay', 'shops', 'buyerData', 'rotation', 'tokenSeconds', 'denied']

// What the app may see of buyers. `open`: it runs inside JD's cloud. `encrypted`: the masked forms with ciphertext only.
// `refused`: it runs elsewhere, and every order call that carries buyer data answers 73 (1.13).
const BUYER_DATA = ['open', 'encrypted', 'refused']

// What a refresh does to the refresh token. `plain`: a new one, the old one is unknown from then on. `keep`: the same.
const ROTATIONS = ['plain', 'keep']

class Apps {
  constructor (options) {
    this.options = options
    this.random = new Random(deriveSeed(options.seed, 'jd', 'apps'))
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
    const app = { ...this.makeUp(), ...this.byKey.get(String(given.appKey)), ...given }
    if (!BUYER_DATA.includes(app.buyerData)) throw new RangeError(`unknown buyerData: ${app.buyerData}`)
    if (!ROTATIONS.includes(app.rotation)) throw new RangeError(`unknown rotation: ${app.rotation}`)
    app.appKey = String(app.appKey)
    if (!URL.canParse(app.redirectUri)) throw new RangeError(`no address: ${app.redirectUri}`)
    app.shops = app.shops?.map(String) ?? null
    this.byKey.set(app.appKey, app)
    return app
  }

  makeUp () {
    const { random, options } = this
    return {
      appKey: random.hex(32).toUpperCase(),
      appSecret: random.hex(32),
      name: `店桥演示应用${this.byKey.size + 1}`,
      redirectUri: options.redirectUri,
      callsPerSecond: options.callsPerSecond,
      callsPerDay: null,
      shops: null,
      buyerData: 'open',
      rotation: 'plain',
      tokenSeconds: DEFAULT_TOKEN_SECONDS,
      denied: [] // methods that answer 24
    }
  }
}

module.exports = { Apps }
