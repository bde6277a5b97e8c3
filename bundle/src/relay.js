// The service that runs elsewhere: where it is and what it wants to see stands in the source's own settings.
'use strict'

const bundle = require('./bundle.json')
const { ConnectorError, logger } = require('./sdk')

const EXAMPLE = 'as in https://connector.example.com'
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
// The process's, since a runner may load this file for each command.
const told = (globalThis[Symbol.for(`${bundle.name} versions that were told of`)] ??= new Set())

// Those two settings are not the service's, and the token goes into a header alone.
exports.service = async ({ serviceUrl, serviceToken, ...settings }) => ({
  name: 'the service at serviceUrl',
  url: address(serviceUrl),
  headers: serviceToken ? { authorization: `Bearer ${token(serviceToken)}` } : {},
  settings,
})

// Service and bundle are upgraded one after the other, so that this is no failure.
exports.check = (version) => {
  if (version === bundle.version || told.has(version)) return
  told.add(version)
  const both = `the service is version ${version} and this bundle ${bundle.version}`
  logger.warn(`${both}: upload the bundle that the service's version makes`)
}

function address(text) {
  if (!text) throw new ConnectorError(`serviceUrl is missing: where the service runs, ${EXAMPLE}`)
  let url
  try {
    url = new URL(String(text).trim())
  } catch {
    throw new ConnectorError(`serviceUrl is no URL: it must be ${EXAMPLE}`)
  }
  if (url.username || url.password) throw new ConnectorError('serviceUrl must hold no user name: use serviceToken')
  // Each command carries the source's secrets.
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))) return url
  throw new ConnectorError(`serviceUrl must begin with https://, ${EXAMPLE}`)
}

function token(text) {
  const token = String(text).trim()
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new ConnectorError('serviceToken must be visible ASCII characters without spaces, as the service was given it')
}
