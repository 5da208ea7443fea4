'use strict'
// The table of faults. One row is what README.md documents and what control accepts; what a fault does on the wire is
// in fault_wire.js and fault_answer.js, and in the platform for the stages `gate`, `rows` and `call`.
//
// stage   reading  strikes while the request is read, before anybody knows what it asks
//         late     the connection is cut, and the call is processed some time later
//         instead  the call is never processed, this is sent in place of an answer
//         delay    the call waits, then goes on
//         call     changes how the call is processed
//         gate     the platform refuses in its own words, after its checks passed
//         rows     the data changes while it is listed
//         ambient  acts as long as it is switched on, not call by call
//         answer   the right answer's JSON is changed
//         bytes    the right answer's bytes are changed
//         wire     the right answer is sent badly
// on      which calls can meet it: any, token, shop (calls with an access token), write, records, list
// options the options it reads, with their defaults

function fault (stage, on, does, users, options = {}) {
  return { stage, on, does, users, options }
}

const FAULTS = {
  http_429: fault('instead', 'any', 'status 429 with Retry-After', 'waits as told, at most an hour, then goes on', { retryAfter: '2' }),
  http_401: fault('instead', 'any', 'status 401, small JSON body', 'error, not a refresh loop'),
  http_403: fault('instead', 'any', 'status 403, HTML of a firewall', 'error that is not retried for ever'),
  http_500: fault('instead', 'any', 'status 500, HTML', 'read repeated within its budget, then TRANSIENT'),
  retry_after_date: fault('instead', 'any', '`status` with Retry-After as the HTTP date `inMs` from now by platform time', 'waits as told, by the platform\'s clock', { status: 429, inMs: 2000 }),
  retry_after_past: fault('instead', 'any', '`status` with Retry-After as an HTTP date `agoMs` ago', 'its own pause, no spin', { status: 429, agoMs: 86_400_000 }),
  retry_after_negative: fault('instead', 'any', '`status` with Retry-After: -5', 'as retry_after_past', { status: 429 }),
  retry_after_ten_years: fault('instead', 'any', '`status` with Retry-After of ten years in seconds', 'waits an hour at most', { status: 429 }),
  retry_after_text: fault('instead', 'any', '`status` with Retry-After: `text`', 'as retry_after_past', { status: 429, text: 'soon, please' }),
  http_502: fault('instead', 'any', 'status 502, HTML', 'as http_500'),
  http_503: fault('instead', 'any', 'status 503, HTML, with Retry-After if `retryAfter` is given', 'as http_500; waits as told', { retryAfter: null }),
  http_504: fault('instead', 'any', 'status 504, empty', 'as http_500'),
  html_200: fault('instead', 'any', 'status 200 with a login page', 'read repeated, then TRANSIENT; never decoded as data'),
  empty_200: fault('instead', 'any', 'status 200, no body', 'as html_200'),
  redirect_302: fault('instead', 'any', 'status 302 to another address', 'error; never followed, nothing sent there', { location: 'http://127.0.0.1:9/elsewhere' }),
  redirect_307: fault('instead', 'any', 'status 307 to another address, which asks for the same body there', 'as redirect_302; the token is not sent on', { location: 'http://127.0.0.1:9/elsewhere' }),
  redirect_308: fault('instead', 'any', 'status 308 to `location`, or another path of the same platform', 'as redirect_302', { location: null }),
  reset_reading: fault('reading', 'any', 'connection reset while the body is read; surely not executed', 'read repeated; write of unknown outcome, settled by reading back'),
  hang_reading: fault('reading', 'any', 'the head of the request is read, its body never; no answer', 'as hang; surely not executed'),
  late_write: fault('late', 'write', 'connection reset after the request was read; the write is executed `ms` later', 'unknown outcome; a look too early finds nothing, so absence is not concluded at once', { ms: 1000, jitterMs: 0 }),
  reset: fault('instead', 'any', 'connection reset after the request was read, before it was executed', 'read repeated; write of unknown outcome'),
  close_silently: fault('instead', 'any', 'connection closed without a byte of answer', 'as reset'),
  garbage_status: fault('instead', 'any', 'bytes that are no HTTP', 'as reset'),
  hang: fault('instead', 'any', 'no answer at all', 'deadline, then TRANSIENT; other shops go on'),
  gzip_bomb: fault('instead', 'any', 'gzip that grows to `megabytes`', 'stopped at the size limit, memory stays low', { megabytes: 256 }),
  endless_body: fault('instead', 'any', 'a body that never ends', 'stopped at the size limit', { megabytes: 10_000 }),
  many_headers: fault('instead', 'any', '`count` header lines', 'error, connection dropped', { count: 10_000 }),

  latency: fault('delay', 'any', 'answers after `ms`, give or take `jitterMs`', 'slower, nothing else', { ms: 200, jitterMs: 0 }),
  token_slow: fault('delay', 'token', 'the token endpoint answers after `ms`, give or take `jitterMs`', 'one refresh in flight, everybody waits for it; the old token is used while it works', { ms: 2000, jitterMs: 0 }),
  clock_jump: fault('call', 'any', "from this call on the platform's clock is `offsetMs` further, or back if negative", 'no window is skipped, no cursor moves beyond platform time, tokens are refreshed', { offsetMs: 3_600_000 }),
  clock_skew: fault('call', 'any', 'for this call the platform and its Date header are `offsetMs` off', 'time refusals and windows by platform time, no lost rows', { offsetMs: 86_400_000 }),
  has_next_forever: fault('call', 'list', 'every page is the first page again, and the total promises more', 'sync stops, says so, moves no cursor'),

  limited: fault('gate', 'any', "the platform's rate limit", 'waits and lowers its rate', { seconds: 1 }),
  business_error: fault('gate', 'any', 'a refusal on business grounds', 'REJECTED with the platform code, no retry'),
  service_error: fault('gate', 'any', 'the platform says it is busy', 'retried, then TRANSIENT'),
  unknown_code: fault('gate', 'any', 'a code no document names', 'error that keeps the code, counted'),
  no_permission: fault('gate', 'shop', 'the app lacks the right for this method', 'PLATFORM_CONFIG, not retried'),
  secret_changed: fault('gate', 'any', 'every signature is refused, as after a change of the app secret', 'the app is paused with one alarm, no storm of retries'),
  not_found: fault('gate', 'records', 'the record is said not to exist', 'not an error of the run; checked again before anything is taken as deleted'),
  expired_token: fault('gate', 'shop', 'the access token ends now, though its time was not up', 'one refresh, one repeat, nothing seen by the caller'),
  revoked: fault('gate', 'shop', 'the merchant closed the authorisation, until authorised again', 'REAUTHORIZE for this shop only, no more calls'),

  rows_move: fault('rows', 'list', '`count` rows of the selection change just before the page is cut', 'no row missed at the end of the run', { count: 5 }),
  late_rows: fault('ambient', 'any', 'lists show a change only `lateMs` after its update time', 'no row missed: windows end behind and overlap', { lateMs: 60_000 }),

  lost_code: fault('answer', 'write', 'the write is executed and answered with a code no document names', 'unknown outcome, settled by reading back; the code is counted'),
  odd_time: fault('answer', 'records', 'the update time of `count` records is `text`', 'quarantine of that record', { count: 1, text: '0000-00-00 00:00:00' }),
  huge_id: fault('answer', 'records', 'the id of `count` records is beyond 2^64', 'kept as text, digit by digit', { count: 1 }),
  nul_in_text: fault('answer', 'records', 'one record has \\u0000 in a text', 'kept in the raw record, nothing is cut off', { count: 1 }),
  raw_control: fault('answer', 'records', 'one record has a bare control character in a text', 'that record alone is mended or quarantined', { count: 1 }),
  huge_record: fault('answer', 'records', 'one record has a text of `megabytes`', 'quarantine of that record or the size limit, memory stays low', { count: 1, megabytes: 5 }),
  token_other_shop: fault('answer', 'token', 'the token answer names another shop', 'refused, the old grant stays', { shopId: '99999999' }),
  token_no_refresh: fault('answer', 'token', 'the token answer has an empty refresh token', 'the old refresh token is kept'),
  token_odd_expiry: fault('answer', 'token', 'expires_in is `expiresIn`', 'clamped, refreshed soon, no overflow', { expiresIn: '-1' }),
  broken_record: fault('answer', 'records', '`count` records are unreadable: `how` is object_for_number, missing_id, comma_price or text_for_record, by turns if absent', 'that record in quarantine, the page goes on', { count: 1, how: null }),
  numbers_as_strings: fault('answer', 'any', 'every number is a string, code and total too', 'nothing'),
  unknown_status: fault('answer', 'records', '`count` records have status 777', 'kept as unknown, never mapped', { count: 1 }),
  null_fields: fault('answer', 'records', 'optional fields of `count` records are null', 'defaults, or quarantine of that record', { count: 1, fields: null }),
  missing_fields: fault('answer', 'records', 'optional fields of `count` records are absent', 'as null_fields', { count: 1, fields: null }),
  new_fields: fault('answer', 'records', 'every record has fields nobody knows', 'nothing'),
  lone_surrogate: fault('answer', 'records', 'one record has half a surrogate pair in a text', 'the record is kept with a replacement, the page goes on', { count: 1 }),
  huge_number: fault('answer', 'records', 'one record has a price of 1e400', 'quarantine of that record', { count: 1 }),
  deep_nesting: fault('answer', 'any', 'an extra field nested `depth` deep', 'error, no crash', { depth: 100_000 }),
  duplicate_rows: fault('answer', 'list', 'the page holds `count` rows twice', 'each once in the store', { count: 3 }),
  wrong_total: fault('answer', 'list', 'the total is `total`, or half of the truth', 'all rows, whatever the total says', { total: null }),
  empty_page: fault('answer', 'list', 'the page has no rows, the total stays', 'not taken for the end without a second look'),

  wrong_content_type: fault('wire', 'any', 'right JSON under `type`', 'nothing', { type: 'text/plain' }),
  cut_body: fault('wire', 'any', 'content-length is right, `share` of it is sent, then closed', 'read repeated; no part of it is used', { share: 0.5 }),
  chunked_cut: fault('wire', 'any', 'chunked, closed without the last chunk after `share`', 'as cut_body', { share: 0.5 }),
  hang_headers: fault('wire', 'any', 'status and headers of the right answer, and nothing of its body', 'idle deadline; a read is repeated, a write is of unknown outcome though it was executed'),
  hang_connect: fault('wire', 'any', 'the right answer; of the next connection that is opened nothing is read', 'as hang_reading'),
  slow_body: fault('wire', 'any', '`bytes` per `intervalMs`', 'idle and total deadlines hold', { bytes: 1, intervalMs: 200 }),

  lost_reset: fault('wire', 'write', 'the write is executed, then the connection is reset', 'unknown outcome, settled by reading back; never sent again blindly'),
  lost_close: fault('wire', 'write', 'the write is executed, then the connection is closed without a byte of answer', 'as lost_reset'),
  lost_cut: fault('wire', 'write', 'the write is executed, `share` of the answer is sent, then closed', 'as lost_reset; no part of the answer is used', { share: 0.5 }),
  lost_500: fault('wire', 'write', 'the write is executed and answered with status 500, HTML', 'as lost_reset'),
  token_lost: fault('wire', 'token', 'a new pair is issued, then the connection is reset', 'the same refresh token once more; then the old access token while it works; then REAUTHORIZE with the reason'),
  interim_102: fault('wire', 'any', 'status 102 before the right answer', 'nothing'),
  close_after: fault('wire', 'any', 'the right answer, then the kept connection is closed without notice', 'nothing; the next read opens a new connection'),

  duplicate_keys: fault('bytes', 'any', 'the answer has its first key twice, the right value last', 'nothing: the last one counts'),
  trailing_bytes: fault('bytes', 'any', 'bytes after the JSON', 'as cut_body'),
  byte_order_mark: fault('bytes', 'any', 'a BOM before the JSON', 'nothing'),
  invalid_utf8: fault('bytes', 'any', 'a GBK word in the message', 'error about the encoding, or only that text replaced'),
  cut_json: fault('bytes', 'any', 'half of the JSON with a fitting content-length', 'as cut_body', { share: 0.5 })
}

module.exports = { FAULTS }
