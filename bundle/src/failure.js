// What is told to the platform when a command fails: the service's own words where it has any.
'use strict'

const { ConnectorError, ConnectorErrorType } = require('./sdk')

const LONGEST = 64 * 1024

// An error line, or the whole of an early answer.
exports.ofLine = ({ data }) => {
  const type = data?.type === 'notFound' ? ConnectorErrorType.NotFound : ConnectorErrorType.Generic
  return new ConnectorError(data?.message ?? 'The service failed without saying why.', type)
}

// An answer that is no success.
exports.ofAnswer = async (answer) => {
  if (answer.statusCode === 401) return new ConnectorError('The service wants its own token: set serviceToken to it.')
  answer.setEncoding('utf8')
  let body = ''
  for await (const piece of answer) {
    body += piece
    if (body.length > LONGEST) break
  }
  try {
    const parsed = JSON.parse(body)
    if (parsed.type === 'error') return exports.ofLine(parsed)
  } catch {
    // not the service's: something on the way to it
  }
  const words = body.replace(/<[^>]*>|\s+/g, ' ').trim().slice(0, 200)
  const who = `Something between the platform and the service answered ${answer.statusCode}, not the service itself`
  return new ConnectorError(`${who}. ${words}`.trim())
}

exports.notReadable = (service, why) =>
  new ConnectorError(`The answer of ${service} cannot be read: ${why}. Is it a service of the same version?`)

exports.notAnswered = (service, error) => {
  const why = error.code && !error.message.includes(error.code) ? `${error.code}, ${error.message}` : error.message
  if (error.unsent) return new ConnectorError(`There is no connection to ${service}: ${why}. Nothing was done.`)
  const what = `The command got no complete answer from ${service}: ${why}.`
  return new ConnectorError(`${what} Whether it was carried out is not known; it may be sent again.`)
}
