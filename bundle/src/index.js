// What the platform loads: a connector that answers each command of the specification by handing it on.
'use strict'

const bundle = require('./bundle.json')
const { forward } = require('./forward')
const { createConnector } = require('./sdk')

// The specification that was uploaded with this file: the service does not know of the settings that name it.
async function specification(context, input, res) {
  res.send({ specification: bundle.spec })
}

exports.connector = async () => {
  const connector = createConnector()
  for (const command of bundle.spec.commands) connector.command(command, forward(command))
  return connector.command('std:spec:read', specification)
}
