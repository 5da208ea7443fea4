'use strict'
// Figures by day, fact sheet 1.8. Names of counters beyond `date` are not in the sheet; these are the sandbox's.
const { accept } = require('./envelope')
const { Refused } = require('./params')
const { statisticsAt } = require('./post_wire')
const { readyDays, DAY_S } = require('./days')

const TYPES = [7, 15, 30]
const MAX_AGE_S = 30 * DAY_S
const MANY_FANS = 1000
const COUNTERS = { like: 'digg_count', comment: 'comment_count', play: 'play_count', share: 'share_count' }

/** Totals are texts for some accounts, as they are in some samples. */
function total (account, world, count) {
  return world.rules.stringNumbers ?? account.seed % 2 === 0 ? String(count) : count
}

function gained (post, counter, { from, to }) {
  return statisticsAt(post, to)[counter] - statisticsAt(post, from)[counter]
}

function postOf (account, query, second) {
  const post = account.posts.current(query.text('item_id'))
  if (!post || post.deleted) throw new Refused('notFound')
  if (second - post.createTime > MAX_AGE_S) throw new Refused('parameterInvalid', '只支持查询最近 30 天内创建的视频')
  return post
}

/** Figures of one post, from the day it was made on. */
function item (rowOf) {
  return (call, world, { account, query }) => {
    query.only('open_id', 'item_id', 'date_type')
    const post = postOf(account, query, call.second)
    const days = readyDays(query.choice('date_type', undefined, ...TYPES), call.second).filter(day => day.to > post.createTime)
    return accept({ result_list: days.map(day => ({ date: day.date, ...rowOf(post, day, count => total(account, world, count)) })) })
  }
}

const itemBase = item((post, { to }, asTotal) => {
  const { play_count: plays, digg_count: likes, comment_count: comments, share_count: shares } = statisticsAt(post, to)
  return { total_play: asTotal(plays), total_like: asTotal(likes), total_comment: asTotal(comments), total_share: asTotal(shares), avg_play_duration: 3.5 + post.look % 100 / 10 }
})

function itemCounter (name) {
  return item((post, day) => ({ [name]: gained(post, COUNTERS[name], day) }))
}

function postsOf (account) {
  return [...account.posts.records.values()].map(record => record.current).filter(post => !post.deleted)
}

function sumOf (posts, counter, day) {
  return posts.reduce((sum, post) => sum + gained(post, counter, day), 0)
}

/** Figures of an account; some need that many follow it. */
function user (rowOf, needsFans = false) {
  return (call, world, { account, query }) => {
    query.only('open_id', 'date_type')
    if (needsFans && account.fans <= MANY_FANS) throw new Refused('noPermission', `粉丝数需大于 ${MANY_FANS}`)
    const posts = postsOf(account)
    const days = readyDays(query.choice('date_type', undefined, ...TYPES), call.second)
    return accept({ result_list: days.map(day => ({ date: day.date, ...rowOf(posts, day, count => total(account, world, count), account) })) })
  }
}

const userItem = user((posts, day, asTotal) => ({
  new_issue: posts.filter(post => post.createTime >= day.from && post.createTime < day.to).length,
  new_play: sumOf(posts, 'play_count', day),
  total_issue: asTotal(posts.filter(post => post.createTime < day.to).length)
}))
const userFans = user((posts, day, asTotal, { fans }) => {
  const gain = Math.floor(sumOf(posts, 'digg_count', day) / 20)
  return { new_fans: gain, total_fans: asTotal(fans + gain) }
}, true)
const userProfile = user((posts, day) => ({ profile_uv: Math.floor(sumOf(posts, 'play_count', day) / 10) }), true)

function userCounter (name) {
  return user((posts, day) => ({ [`new_${name}`]: sumOf(posts, COUNTERS[name], day) }))
}

module.exports = {
  item: { base: itemBase, like: itemCounter('like'), comment: itemCounter('comment'), play: itemCounter('play'), share: itemCounter('share') },
  user: { item: userItem, fans: userFans, like: userCounter('like'), comment: userCounter('comment'), share: userCounter('share'), profile: userProfile }
}
