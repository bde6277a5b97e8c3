// Preloaded into the SDK's development server, which listens on every address and has no setting for it: here it
// listens on the loopback interface alone.
'use strict'

const { Server } = require('node:net')

const listen = Server.prototype.listen
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, port, '127.0.0.1', ...rest)
}
