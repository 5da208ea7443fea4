'use strict'
// Where records and their fields are in each answer, for the faults that spoil them (fault_answer.js). A post has one
// number that a client has to read, its time; so it stands for the price too.

const POST = { id: 'item_id', price: 'create_time', status: 'video_status', text: 'title', time: 'create_time', optional: ['cover', 'share_url', 'is_top', 'statistics'] }
const TOKEN = { shop: ['data', 'open_id'], refresh: ['data', 'refresh_token'], expires: ['data', 'expires_in'] }

const SHAPES = {
  'oauth/access_token': TOKEN,
  'oauth/refresh_token': TOKEN,
  'oauth/renew_refresh_token': TOKEN,
  'video/video_list': { ...POST, rows: ['data', 'list'], more: ['data', 'has_more'] },
  'video/video_data': { ...POST, rows: ['data', 'list'] }
}

/** Figures have days for records. */
const DAYS = { id: 'date', price: 'new_play', status: 'new_issue', text: 'date', time: 'date', optional: ['total_issue', 'new_fans'], rows: ['data', 'result_list'] }

function shapeOf (method) {
  return method.startsWith('data/external/') ? DAYS : SHAPES[method]
}

module.exports = { shapeOf }
