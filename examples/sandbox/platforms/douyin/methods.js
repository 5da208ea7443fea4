'use strict'
// The calls that are played, by path. `of` says in whose name one is made (a user's, the application's, nobody's yet),
// `generation` is the answer's (1.5), `body` the only encoding that is taken, `kinds` are what the fault plan goes by.
const tokenCalls = require('./token_calls')
const external = require('./external')
const posts = require('./posts')
const publish = require('./publish')
const share = require('./share')
const uploadCalls = require('./upload_calls')

const { EMPTY_PAIR } = tokenCalls

function oauth (run, body, kinds, more) {
  return { verb: 'POST', of: 'none', run, body, generation: 'oauth', kinds: ['any', ...kinds], ...more }
}

function user (verb, scope, body, run, ...kinds) {
  return { verb, of: 'user', scope, run, body, generation: 'v1', kinds: ['any', 'shop', ...kinds] }
}

function client (verb, scope, body, run, generation = 'v1') {
  return { verb, of: 'client', scope, run, body, generation, kinds: ['any'] }
}

/** One call for each kind of figures of posts, or of accounts. */
function figures (of) {
  return Object.entries(external[of]).map(([name, run]) => [`/data/external/${of}/${name}/`, user('GET', `data.external.${of}`, 'none', run, 'records')])
}

const VIDEO = '/api/douyin/v1/video'
const CREATE = 'video.create.bind'

const METHODS = new Map(Object.entries({
  '/oauth/access_token/': oauth(tokenCalls.accessToken, 'form', ['token'], { empty: EMPTY_PAIR }),
  '/oauth/refresh_token/': oauth(tokenCalls.refreshToken, 'form', ['token'], { empty: EMPTY_PAIR }),
  '/oauth/renew_refresh_token/': oauth(tokenCalls.renewRefreshToken, 'form', ['token'], { empty: { refresh_token: '', expires_in: 0 } }),
  '/oauth/client_token/': oauth(tokenCalls.clientToken, 'json', ['token'], { empty: { access_token: '', expires_in: 0 } }),
  '/oauth/stable_client_token/': oauth(tokenCalls.stableClientToken, 'json', ['token'], { empty: { access_token: '', expires_in: 0 } }),
  '/oauth/userinfo/': oauth(tokenCalls.userInfo, 'form', [], { eitherWay: true }),

  [`${VIDEO}/upload_video/`]: user('POST', CREATE, 'multipart', uploadCalls.video, 'write'),
  [`${VIDEO}/init_video_part_upload/`]: user('POST', CREATE, 'none', uploadCalls.init, 'write'),
  [`${VIDEO}/upload_video_part/`]: user('POST', CREATE, 'multipart', uploadCalls.part, 'write'),
  [`${VIDEO}/complete_video_part_upload/`]: user('POST', CREATE, 'none', uploadCalls.complete, 'write'),
  [`${VIDEO}/create_video/`]: user('POST', CREATE, 'json', publish.createVideo, 'write'),
  [`${VIDEO}/upload_image/`]: user('POST', CREATE, 'multipart', uploadCalls.image, 'write'),
  [`${VIDEO}/create_image_text/`]: user('POST', CREATE, 'json', publish.createImages, 'write'),
  [`${VIDEO}/video_list/`]: user('GET', 'video.list.bind', 'none', posts.list, 'records', 'list'),
  [`${VIDEO}/video_data/`]: user('POST', 'video.data.bind', 'json', posts.data, 'records'),

  ...Object.fromEntries([...figures('item'), ...figures('user')]),

  '/open/getticket/': client('GET', 'open.get.ticket', 'none', share.getTicket),
  '/share-id/': client('GET', 'aweme.share', 'none', share.shareId),
  '/api/douyin/v1/schema/get_share/': client('POST', 'h5.share', 'json', share.getShare, 'new')
}))

/** What control calls it: the path without its beginning and without slashes around it. */
function nameOf (path) {
  return path.replace(/^\/(api\/douyin\/v1\/)?|\/$/g, '')
}

module.exports = { METHODS, nameOf }
