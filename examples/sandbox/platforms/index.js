'use strict'
// The platforms the sandbox plays, by id. A new one is a folder beside `doudian` and a line here.
module.exports = {
  doudian: require('./doudian').create,
  douyin: require('./douyin').create,
  jd: require('./jd').create,
  taobao: require('./taobao').create,
  pinduoduo: require('./pinduoduo').create
}
