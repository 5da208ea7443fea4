'use strict'
// Installs and builds what the demo needs, and leaves alone what is there already.
const fs = require('node:fs')
const path = require('node:path')
const { spawn } = require('node:child_process')
const { once } = require('node:events')

const ROOT = path.join(__dirname, '..', '..')
const SOURCES = ['src', 'build.rs', 'Cargo.toml', 'Cargo.lock', 'package.json']

function newestChange (file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...fs.readdirSync(file).map(name => newestChange(path.join(file, name))))
}

function addons () {
  return fs.readdirSync(ROOT).filter(name => name.endsWith('.node'))
}

function isBuilt () {
  const built = addons().map(name => fs.statSync(path.join(ROOT, name)).mtimeMs)
  const changed = Math.max(...SOURCES.map(name => newestChange(path.join(ROOT, name))))
  return built.length > 0 && Math.max(...built) > changed
}

async function npm (...args) {
  console.log(`> npm ${args.join(' ')}`)
  const child = spawn('npm', args, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' })
  const stop = () => child.kill()
  process.once('exit', stop)
  const [code] = await once(child, 'exit')
  process.off('exit', stop)
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}`)
}

/** Makes sure that `require` of the repository's root works. A first build takes some minutes. */
async function build () {
  if (!fs.existsSync(path.join(ROOT, 'node_modules'))) await npm('ci')
  if (!isBuilt()) await npm('run', 'build')
}

module.exports = { build, ROOT }
