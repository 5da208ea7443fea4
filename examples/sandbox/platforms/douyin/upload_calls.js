'use strict'
// The calls that bring files, fact sheet 1.6.
const { accept } = require('./envelope')
const { Refused } = require('./params')

/** The one file of a multipart body. */
function fileOf (call, name) {
  const file = call.sink.files.get(name)
  if (!file || call.sink.files.size !== 1) throw new Refused('parameterMissing', `缺少文件 ${name}`)
  if (file.reader.size === 0) throw new Refused('parameterInvalid', `${name} 是空文件`)
  return file
}

function shown ({ id, width, height }) {
  return { video_id: id, width, height }
}

function video (call, world, { account, query, params }) {
  query.only('open_id')
  params.only()
  return accept({ video: shown(world.uploads.whole(account, fileOf(call, 'video'), call.second)) })
}

function image (call, world, { account, query, params }) {
  query.only('open_id')
  params.only()
  const { id, width, height } = world.uploads.image(account, fileOf(call, 'image'), call.second)
  return accept({ image: { image_id: id, width, height } })
}

function init (call, world, { account, query }) {
  query.only('open_id')
  return accept({ upload_id: world.uploads.begin(account, call.second) })
}

function part (call, world, { account, query, params }) {
  query.only('open_id', 'upload_id', 'part_number')
  params.only()
  const number = query.integer('part_number')
  if (number < 1) throw new Refused('parameterInvalid', 'part_number 从 1 开始')
  world.uploads.part(account, query.text('upload_id'), number, fileOf(call, 'video'), call.second)
  return accept({})
}

function complete (call, world, { account, query }) {
  query.only('open_id', 'upload_id')
  return accept({ video: shown(world.uploads.complete(account, query.text('upload_id'), call.second)) })
}

module.exports = { video, image, init, part, complete }
