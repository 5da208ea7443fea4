// The tuned program in a worker thread: the Express thread posts a message and waits.
'use strict'
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

if (isMainThread) {
  module.exports = {
    open (options) {
      const worker = new Worker(__filename, { workerData: options })
      const ask = name => new Promise((resolve, reject) => {
        worker.once('message', ({ error, value }) => (error ? reject(new Error(error)) : resolve(value)))
        worker.postMessage(name)
      })
      return { products: () => ask('products'), orders: () => ask('orders'), close: () => ask('close').then(() => worker.terminate()) }
    },
  }
} else {
  const program = require('./tuned').open(workerData)
  parentPort.on('message', name => program[name]().then(value => parentPort.postMessage({ value }), ({ message }) => parentPort.postMessage({ error: message })))
}
