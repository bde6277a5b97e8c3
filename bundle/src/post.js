// Sends one request, and gives back the answer when its head has come; the body is read by who asked.
'use strict'

const http = require('node:http')
const https = require('node:https')
const bundle = require('./bundle.json')

const CONNECT_MS = 15_000
// The service sends a line at least each 30 seconds.
const SILENCE_MS = 120_000

// An id that goes through the logs on both sides, if it is fit for a header.
function requestId(context) {
  const id = context?.requestId ?? context?.invocationId
  return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id) ? { 'x-request-id': id } : {}
}

exports.post = (service, body, context, signal) => {
  const headers = {
    ...service.headers,
    ...requestId(context),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': `${bundle.name}-${bundle.way}/${bundle.version}`,
  }
  const secure = service.url?.protocol === 'https:'
  // A connection of its own: one that is kept may be closed just when a command that cannot be repeated is sent on it.
  const options = { socketPath: service.socketPath, method: 'POST', headers, agent: false, signal, timeout: CONNECT_MS }
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(service.url ?? 'http://localhost/', options)
    let limit = CONNECT_MS
    let sent = false
    request.on('socket', (socket) =>
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        limit = SILENCE_MS
        sent = true
        request.setTimeout(limit)
      }),
    )
    request.on('timeout', () => {
      const error = new Error(`nothing came for ${limit / 1000} s`)
      // An answer that has begun would only be called aborted.
      if (request.res) request.res.destroy(error)
      request.destroy(error)
    })
    request.on('error', (error) => reject(Object.assign(error, { unsent: !sent })))
    request.on('response', resolve)
    request.end(body)
  })
}
