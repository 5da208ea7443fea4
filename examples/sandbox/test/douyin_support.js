'use strict'
// A small client of the douyin sandbox for the tests, with files to upload. It can be told to break any single rule.
const { sandboxFor, exchange, NOON } = require('./support')

const BOUNDARY = 'sandbox-test-boundary'
const VIDEO = '/api/douyin/v1/video'
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.from([0, 0, 1, 0x90, 0, 0, 2, 0x58]), Buffer.alloc(40)])

function box (name, ...children) {
  const body = Buffer.concat(children)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + body.length)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, body])
}

/** An mp4 of about `bytes` bytes that says how long it plays; `tag` makes it another file. */
function mp4 ({ seconds = 12, bytes = 400, tag = 'a', brand = 'isom' } = {}) {
  const mvhd = Buffer.alloc(100)
  mvhd.writeUInt32BE(1000, 12)
  mvhd.writeUInt32BE(seconds * 1000, 16)
  return Buffer.concat([box('ftyp', Buffer.from(`${brand}0000`)), box('mdat', Buffer.alloc(bytes, tag)), box('moov', box('mvhd', mvhd))])
}

function multipart (files, fields = {}) {
  const texts = Object.entries(fields).map(([name, text]) => Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`))
  const parts = Object.entries(files).flatMap(([name, { bytes, type = 'application/octet-stream' }]) => [
    Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"; filename="f"\r\ncontent-type: ${type}\r\n\r\n`), bytes, Buffer.from('\r\n')
  ])
  return Buffer.concat([...texts, ...parts, Buffer.from(`--${BOUNDARY}--\r\n`)])
}

const MULTIPART = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }

function bodyOf ({ json, form, files, fields }) {
  if (json !== undefined) return [{ 'content-type': 'application/json' }, typeof json === 'string' ? json : JSON.stringify(json)]
  if (form) return [{ 'content-type': 'application/x-www-form-urlencoded' }, String(new URLSearchParams(form))]
  if (files) return [MULTIPART, multipart(files, fields)]
  return [{}, '']
}

/** A caller for one app and, unless `issue` is false, one account with a fresh token. */
function douyinCaller (sandbox, { app = sandbox.douyin, issue = true, shopId } = {}) {
  let token = issue ? sandbox.control.tokens({ platform: 'douyin', appKey: app.appKey, shopId, issue: true }).accessToken : undefined
  const openId = shopId ?? sandbox.douyin.shops[0].shopId

  /** `what` is `{ query, json | form | files, headers, user }`; in a query undefined leaves a member out. */
  const prepared = (verb, path, what = {}) => {
    const query = Object.entries({ ...(what.user === false ? {} : { open_id: openId }), ...what.query }).filter(([, value]) => value !== undefined)
    const [type, body] = bodyOf(what)
    const auth = what.user === false || token === undefined ? {} : { 'access-token': token }
    return { url: `${sandbox.douyin.api}${path}?${new URLSearchParams(query)}`, verb, headers: { ...type, ...auth, ...what.headers }, body }
  }
  const raw = (verb, path, what) => {
    const { url, ...request } = prepared(verb, path, what)
    return exchange(url, request)
  }
  const call = async (verb, path, what) => JSON.parse((await raw(verb, path, what)).text)
  /** The code of an answer, wherever it is. */
  const codeOf = ({ data, extra, err_no: errNo }) => errNo || Number(data?.error_code) || extra?.error_code || extra?.sub_error_code || 0
  const ok = async (verb, path, what) => {
    const answer = await call(verb, path, what)
    if (codeOf(answer)) throw new Error(`${path}: ${JSON.stringify(answer)}`)
    return answer.data
  }
  const code = async (verb, path, what) => codeOf(await call(verb, path, what))
  const oauth = (name, form) => call('POST', `/oauth/${name}/`, { user: false, form })
  const upload = async (bytes = mp4(), type = 'video/mp4') => (await ok('POST', `${VIDEO}/upload_video/`, { files: { video: { bytes, type } } })).video.video_id
  const create = async (text, video) => ok('POST', `${VIDEO}/create_video/`, { json: { video_id: video ?? await upload(), text } })
  const list = (query = {}) => ok('GET', `${VIDEO}/video_list/`, { query: { cursor: 0, count: 10, ...query } })
  return { prepared, raw, call, ok, code, oauth, upload, create, list, openId, use: text => { token = text } }
}

module.exports = { sandboxFor, douyinCaller, exchange, mp4, multipart, VIDEO, PNG, NOON }
