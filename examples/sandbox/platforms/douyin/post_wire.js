'use strict'
// Posts as answers show them, and their numbers, which only grow (fact sheet 1.7).
const { Random } = require('../../random')

const HOUR_S = 3600
const ZERO = { digg_count: 0, comment_count: 0, share_count: 0, forward_count: 0, download_count: 0, play_count: 0 }

/** What a post's numbers are at a moment: quick at first, then slower. */
function statisticsAt (post, second) {
  if (post.publicSince === null || second <= post.publicSince) return ZERO
  const random = new Random(post.look)
  const hours = (second - post.publicSince) / HOUR_S
  const plays = Math.floor(random.between(20, 900) * Math.log2(1 + 6 * hours) + 2 * hours) + post.extraPlays
  const share = (low, high) => Math.floor(plays * random.between(low, high) / 1000)
  return {
    digg_count: share(20, 90), comment_count: share(2, 15), share_count: share(1, 9), forward_count: share(1, 5),
    download_count: share(0, 4), play_count: plays
  }
}

/** One post in video_list. */
function postRow (post, second) {
  return {
    item_id: post.id,
    video_id: post.videoId,
    title: post.text,
    cover: `https://p9.douyinpic.example.invalid/cover/${post.look}.jpeg`,
    create_time: post.createTime,
    is_reviewed: post.reviewed,
    is_top: post.top,
    media_type: post.mediaType,
    share_url: `https://www.iesdouyin.example.invalid/share/video/${post.look}/`,
    video_status: post.status,
    statistics: statisticsAt(post, second),
    ...post.set
  }
}

module.exports = { statisticsAt, postRow, ZERO }
