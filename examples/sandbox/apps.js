'use strict'
// Registered applications of one platform. A platform's class knows the fields, makes up what is not given
// (`makeUp()`) and checks what is (`check(app)`).
const { Random, deriveSeed } = require('./random')

class Apps {
  constructor (platform, fields, options) {
    this.fields = fields
    this.options = options
    this.random = new Random(deriveSeed(options.seed, platform, 'apps'))
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
      if (!this.fields.includes(name)) throw new RangeError(`unknown app field: ${name}`)
    }
    const app = this.merged(given, this.byKey.get(String(given.appKey)))
    this.check(app)
    app.appKey = String(app.appKey)
    app.redirectUri = this.address(app.redirectUri)
    app.shops = app.shops?.map(String) ?? null
    this.byKey.set(app.appKey, app)
    return app
  }

  merged (given, known) {
    return { ...this.makeUp(), ...known, ...given }
  }

  address (uri) {
    return new URL(uri).href
  }

  check () {}
}

module.exports = { Apps }
