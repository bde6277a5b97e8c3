// A SCIM server on Better Auth and its SCIM plugin, as their documentation builds one, in memory: `serve.mjs PORT`. Filters,
// paging, PATCH and errors are the plugin's own doing, which is what the service is tried against.
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'

// The packages lie where setup.sh put them, which is the working directory.
const need = (file) => import(pathToFileURL(`${process.cwd()}/node_modules/${file}`))
const { betterAuth } = await need('better-auth/dist/index.mjs')
const { getAuthTables } = await need('better-auth/dist/db/index.mjs')
const { memoryAdapter } = await need('better-auth/dist/adapters/memory-adapter/index.mjs')
const { toNodeHandler } = await need('better-auth/dist/integrations/node.mjs')
const { scim } = await need('@better-auth/scim/dist/index.mjs')

const port = Number(process.argv[2])
const database = {}
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'for this process alone, and long enough',
  database: memoryAdapter(database),
  // Without it Better Auth itself finds no more than 100 members of a group.
  advanced: { database: { defaultFindManyLimit: 5000 } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [scim({ connections: [{ id: 'peers', credentials: [{ type: 'bearer', id: 'peers', token: 'better-auth' }] }] })],
}
for (const [name, table] of Object.entries(getAuthTables(options))) database[table.modelName ?? name] = []
createServer(toNodeHandler(betterAuth(options))).listen(port, '127.0.0.1')
