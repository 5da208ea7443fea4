'use strict'
// The seeded accounts: who posts. Their posts are made when first asked for.
const { Random, deriveSeed } = require('../../random')
const { Shelf } = require('../../shelf')
const { openId } = require('./ids')
const { seedPosts } = require('./post_seed')
const words = require('./words')

const AVATAR_HOST = 'https://p3.douyinpic.example.invalid/aweme'

class Account {
  /** `homeKey` is the application whose open_id is the account's `id` in control. */
  constructor (number, options, bornAt, homeKey) {
    this.number = number
    this.options = options
    this.bornAt = bornAt
    this.seed = deriveSeed(options.seed, 'douyin', 'account', number)
    this.homeKey = homeKey
    this.openIds = new Map() // appKey → open_id
    this.id = this.openIdFor(homeKey)
    const random = new Random(this.seed)
    this.unionId = openId(random)
    const name = words.nicknames[number % words.nicknames.length]
    this.name = number < words.nicknames.length ? name : `${name}${number + 1}`
    this.role = words.roles[number % words.roles.length]
    this.fans = random.between(100, 50_000)
    this.banned = false
    this.mayPost = true
    this.videos = new Map() // video_id → what uploads.js keeps of it
    this.images = new Map() // image_id → the same of a picture
    this.published = new Map() // Beijing day → number of posts
    this.made = null
  }

  /** One for each application, as the platform has it. */
  openIdFor (appKey) {
    if (!this.openIds.has(appKey)) this.openIds.set(appKey, openId(new Random(deriveSeed(this.seed, 'open_id', appKey))))
    return this.openIds.get(appKey)
  }

  isKnownAs (id) {
    return this.id === id || [...this.openIds.values()].includes(id)
  }

  /** Rows are not rendered once: their statistics grow. */
  get posts () {
    this.made ??= new Shelf(seedPosts(this, this.options.posts, this.bornAt, this.options.historyDays))
    return this.made
  }

  settle (now) {
    this.made?.settle(now)
  }

  info (appKey) {
    const avatar = `${AVATAR_HOST}/100x100/${this.number}.jpeg`
    return {
      open_id: this.openIdFor(appKey), union_id: this.unionId, nickname: this.name, avatar,
      avatar_larger: `${AVATAR_HOST}/1080x1080/${this.number}.jpeg`, e_account_role: this.role
    }
  }
}

module.exports = { Account }
