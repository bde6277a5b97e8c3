// Makes dist/index.js, one file with no install step, of src/ and of what build.json says of this bundle.
'use strict'

const { createHash } = require('node:crypto')
const { readFileSync, writeFileSync } = require('node:fs')
const zlib = require('node:zlib')
const esbuild = require('esbuild')

// The program as text, since the platform may load index.js alone.
function packed(path) {
  const bytes = readFileSync(path)
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 7, [zlib.constants.BROTLI_PARAM_LGWIN]: 24 }
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    brotli: zlib.brotliCompressSync(bytes, { params }).toString('base64'),
  }
}

const { program, ...bundle } = JSON.parse(readFileSync('build.json', 'utf8'))
if (program) bundle.program = { arch: program.arch, ...packed(program.path) }
writeFileSync('src/bundle.json', JSON.stringify(bundle))

esbuild.buildSync({
  entryPoints: ['src/index.js'],
  outfile: 'dist/index.js',
  bundle: true,
  platform: 'node',
  target: 'node18',
  charset: 'utf8',
  legalComments: 'inline',
  logLevel: 'warning',
  banner: { js: `// ${bundle.name} ${bundle.version} (${bundle.way})` },
})
