// The program of this bundle as a file: in a folder that only this user reaches, under a name made of its content.
'use strict'

const { createHash, randomBytes } = require('node:crypto')
const fs = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const tls = require('node:tls')
const zlib = require('node:zlib')
const bundle = require('./bundle.json')
const { ConnectorError } = require('./sdk')

// Where systems keep the authorities that they trust; the program looks there.
const AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

// Temporary folders are shared: one that somebody else made first is not used.
exports.folder = () => {
  const path = join(tmpdir(), `${bundle.name}-${process.getuid()}-${bundle.program.sha256.slice(0, 16)}`)
  try {
    fs.mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (error.code !== 'EEXIST') throw new ConnectorError(`The program in this bundle cannot be kept: ${error.message}`)
  }
  const found = fs.lstatSync(path)
  if (found.isDirectory() && found.uid === process.getuid() && (found.mode & 0o077) === 0) return path
  throw new ConnectorError(`${path} belongs to somebody else, or others may write there: remove it.`)
}

exports.program = () => {
  const path = join(exports.folder(), 'program')
  if (fs.existsSync(path) && sha256(fs.readFileSync(path)) === bundle.program.sha256) return path
  const bytes = zlib.brotliDecompressSync(Buffer.from(bundle.program.brotli, 'base64'))
  if (sha256(bytes) !== bundle.program.sha256) throw new ConnectorError('The program in this bundle is damaged.')
  write(path, bytes, 0o500)
  return path
}

// Runtimes without authorities of their own get those of Node.js.
exports.authorities = () => {
  if (AUTHORITIES.some(fs.existsSync)) return {}
  const path = join(exports.folder(), 'authorities.pem')
  write(path, tls.rootCertificates.join('\n'), 0o400)
  return { SSL_CERT_FILE: path }
}

// As a whole or not at all: other processes may do the same.
function write(path, content, mode) {
  const draft = `${path}-${randomBytes(8).toString('hex')}`
  fs.writeFileSync(draft, content, { flag: 'wx', mode })
  fs.renameSync(draft, path)
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
