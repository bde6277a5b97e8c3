// The lines of a body. One that does not end in a line break is an error, as is one that breaks off.
'use strict'

// The service keeps its lines far below this.
const LONGEST = 16 * 1024 * 1024

exports.lines = async function* lines(body) {
  body.setEncoding('utf8')
  let rest = ''
  for await (const piece of body) {
    const found = (rest + piece).split('\n')
    rest = found.pop()
    if (rest.length > LONGEST) throw new Error(`a line is longer than ${LONGEST} characters`)
    yield* found
  }
  if (rest !== '') throw new Error('the last line has no end')
}
