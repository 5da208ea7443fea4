'use strict'
// Days in Beijing, for figures that are ready the next morning (fact sheet 1.8).
const { shanghaiText } = require('../../clock')

const DAY_S = 86_400
const OFFSET_S = 8 * 3600
const READY_S = 10 * 3600

/** The second the day of `second` began at. */
function dayStart (second) {
  return Math.floor((second + OFFSET_S) / DAY_S) * DAY_S - OFFSET_S
}

/** The last `count` days whose figures are ready, the oldest first: `{ date, from, to }`. */
function readyDays (count, second) {
  const today = dayStart(second)
  const end = second - today >= READY_S ? today : today - DAY_S
  return Array.from({ length: count }, (_, place) => {
    const from = end - (count - place) * DAY_S
    return { date: shanghaiText(from).slice(0, 10), from, to: from + DAY_S }
  })
}

module.exports = { readyDays, DAY_S }
