// One command: handed to the service, whose lines go on to the platform as they come, no faster than it takes them.
'use strict'

const { once } = require('node:events')
const bundle = require('./bundle.json')
const { notAnswered, notReadable, ofAnswer, ofLine } = require('./failure')
const { lines } = require('./lines')
const { post } = require('./post')
const { ConnectorError, readConfig } = require('./sdk')

const way = bundle.way === 'relay' ? require('./relay') : require('./embed')

const LINES = 'application/x-ndjson'
const WORDS = ['string', 'number', 'boolean']

// How each line goes on.
const PASS_ON = {
  output: (res, data) => res.send(data),
  state: (res, data) => res.saveState(data),
  keepAlive: (res) => res.keepAlive(),
  config: (res, data) => res.patchConfig(data),
}

exports.forward = (command) => async (context, input, res) => {
  const config = (await readConfig()) ?? {}
  const service = await way.service(config)
  const caller = watch(res)
  try {
    const answer = await post(service, invocation(command, context, input, service.settings), context, caller.signal)
    if (answer.statusCode !== 200) throw await ofAnswer(answer)
    // Anything else is no such service, and its empty answer no empty list.
    const { 'content-type': type, 'x-connector-version': version } = answer.headers
    if (!type?.startsWith(LINES)) throw notReadable(service.name, 'it is no stream of lines')
    way.check(version ?? 'unknown')
    for await (const line of lines(answer)) {
      passOn(line, res, service.name)
      await caller.ready()
    }
    if (!answer.complete) throw new Error('the answer broke off')
  } catch (error) {
    if (caller.signal.aborted) throw new ConnectorError('Nobody waits for this command any more: it was cancelled.')
    throw error instanceof ConnectorError ? error : notAnswered(service.name, error)
  } finally {
    caller.forget()
  }
}

// The platform's words on this call go along, for the service's log.
function invocation(type, context, input, config) {
  const words = Object.entries(context ?? {}).filter(([, value]) => WORDS.includes(typeof value))
  return JSON.stringify({ connectorRef: context?.id, ...Object.fromEntries(words), type, input, config })
}

function passOn(line, res, service) {
  let parsed
  try {
    parsed = JSON.parse(line)
  } catch {
    throw notReadable(service, 'a line is not JSON')
  }
  const { type, data } = parsed ?? {}
  if (type === 'error') throw ofLine(parsed)
  if (!Object.hasOwn(PASS_ON, type) || data === undefined) throw notReadable(service, 'a line is of no known type')
  PASS_ON[type](res, data)
}

// The platform's side: the SDK's response does not tell when its reader is slow or gone, but the stream in it does.
function watch(res) {
  const stream = res._writable
  const gone = new AbortController()
  const close = () => gone.abort()
  stream?.once('close', close)
  return {
    signal: gone.signal,
    ready: async () => {
      if (stream?.writableNeedDrain) await once(stream, 'drain', { signal: gone.signal })
    },
    // What is left of the answer, if the command failed before its end, is not wanted.
    forget: () => {
      stream?.removeListener('close', close)
      gone.abort()
    },
  }
}
