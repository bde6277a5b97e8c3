// The service as a program in this bundle: one long-lived child of the process, on a socket of its owner's.
//
// It is started by the first command, and again if it is gone; it ends when this process does, since its input ends.
'use strict'

const { spawn } = require('node:child_process')
const { randomBytes } = require('node:crypto')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const { join } = require('node:path')
const { createInterface } = require('node:readline')
const { setTimeout: sleep } = require('node:timers/promises')
const bundle = require('./bundle.json')
const { ConnectorError } = require('./sdk')
const { authorities, folder, program } = require('./unpack')

const START_MS = 20_000
const LOOK_AGAIN_MS = 20
const ALIVE_MS = 10_000
const LAST_WORDS = 5
const USE_RELAY = `Make the bundle with "${bundle.name} bundle --relay", and run the service elsewhere.`
// Proxies and authorities, no more: the environment has the source's settings, and may have options of the program.
const PASSED = /^((https?|all|no)_proxy|ssl_cert_(file|dir))$/i

// The process's, since a runner may load this file for each command.
const state = (globalThis[Symbol.for(`${bundle.name} ${bundle.program.sha256}`)] ??= {})

exports.service = async (settings) => {
  const { socketPath } = await running()
  return { name: "this connector's own program", socketPath, headers: {}, settings }
}

exports.check = (version) => {
  if (version === bundle.version) return
  const both = `This bundle is version ${bundle.version} and the program in it ${version}`
  throw new ConnectorError(`${both}: make and upload the bundle anew.`)
}

// The program that runs. Its end may not have been heard of yet, so it is asked.
async function running() {
  const known = state.program
  if (known && (await isAlive(await known))) return known
  // Of several commands that see it gone the first starts it again.
  if (state.program === known) {
    known?.then(end, () => {})
    const started = start()
    state.program = started
    started.catch(() => {
      if (state.program === started) state.program = undefined
    })
  }
  return state.program
}

// It may also be there and not answer.
function end({ child, socketPath }) {
  child.kill('SIGKILL')
  fs.rmSync(socketPath, { force: true })
}

async function start() {
  const { platform, arch } = process
  if (platform !== 'linux' || arch !== bundle.program.arch) {
    const both = `The program in this bundle is for linux ${bundle.program.arch}, this runtime is ${platform} ${arch}`
    throw new ConnectorError(`${both}. ${USE_RELAY}`)
  }
  const socketPath = join(folder(), `${process.pid}-${randomBytes(4).toString('hex')}`)
  const child = await launch(program(), ['serve', '--listen', `unix:${socketPath}`, '--stop-with-input'])
  const words = passOnLogs(child)
  const started = { child, socketPath }
  await answering(started, words)
  for (const part of [child, child.stdin, child.stderr]) part.unref()
  return started
}

async function launch(path, args) {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED.test(name)))
  let child
  try {
    child = spawn(path, args, { env: { ...authorities(), ...environment }, stdio: ['pipe', 'ignore', 'pipe'] })
    await once(child, 'spawn')
  } catch (error) {
    throw new ConnectorError(`This runtime does not let a program be started (${error.code ?? error}). ${USE_RELAY}`)
  }
  // Whether it runs is asked; unheard, an error would end this process.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  return child
}

// It logs as the SDK does, a JSON object a line, and its lines go where the SDK's go. Gives back the last ones.
function passOnLogs(child) {
  const words = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    console.log(line)
    words.push(line)
    words.splice(0, words.length - LAST_WORDS)
  })
  return words
}

async function answering(started, words) {
  const { child } = started
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(LOOK_AGAIN_MS)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const how = child.signalCode ?? `code ${child.exitCode}`
      throw new ConnectorError(`The program in this bundle ended at once (${how}): ${words.join(' ')} ${USE_RELAY}`)
    }
    if (await isAlive(started)) return
  }
  child.kill('SIGKILL')
  const late = `The program in this bundle did not answer within ${START_MS / 1000} s`
  throw new ConnectorError(`${late}: ${words.join(' ')} ${USE_RELAY}`)
}

function isAlive({ socketPath }) {
  return new Promise((resolve) => {
    const options = { socketPath, path: '/healthz', agent: false, timeout: ALIVE_MS }
    const request = http.get(options, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    request.on('timeout', () => request.destroy(new Error('it does not answer')))
    request.on('error', () => resolve(false))
  })
}
