'use strict'
// Registered applications. Keys and secrets have 32 characters, the key in capitals (fact sheet 3).
const { Apps } = require('../../apps')

const DEFAULT_TOKEN_SECONDS = 31_535_999 // 5.2: a released app; 86400 for one in test
const FIELDS = ['appKey', 'appSecret', 'name', 'redirectUri', 'callsPerSecond', 'callsPerDay', 'shops', 'buyerData', 'rotation', 'tokenSeconds', 'denied']

// What the app may see of buyers. `open`: it runs inside JD's cloud. `encrypted`: the masked forms with ciphertext only.
// `refused`: it runs elsewhere, and every order call that carries buyer data answers 73 (1.13).
const BUYER_DATA = ['open', 'encrypted', 'refused']

// What a refresh does to the refresh token. `plain`: a new one, the old one is unknown from then on. `keep`: the same.
const ROTATIONS = ['plain', 'keep']

class JdApps extends Apps {
  constructor (options) {
    super('jd', FIELDS, options)
  }

  check ({ buyerData, rotation }) {
    if (!BUYER_DATA.includes(buyerData)) throw new RangeError(`unknown buyerData: ${buyerData}`)
    if (!ROTATIONS.includes(rotation)) throw new RangeError(`unknown rotation: ${rotation}`)
  }

  address (uri) {
    if (!URL.canParse(uri)) throw new RangeError(`no address: ${uri}`)
    return uri
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

module.exports = { Apps: JdApps }
