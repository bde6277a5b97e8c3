// The platform's SDK: the copy that belongs to the program that runs this, else the one in this file.
//
// Of several copies in a process only the runner's is told a call's settings, and it knows errors by its own class:
// with another copy a `notFound` would be reported as any failure.
'use strict'

function ofRunner() {
  try {
    return require.main.require('@sailpoint/connector-sdk')
  } catch {
    return undefined // it has none: then it takes that of any connector
  }
}

module.exports = ofRunner() ?? require('@sailpoint/connector-sdk')
