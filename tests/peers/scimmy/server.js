// A SCIM server on scimmy-routers and Express 4, as its documentation builds one: users and groups in memory, a user's
// `groups` worked out from the members of the groups. Everything else (paths, filters, PATCH, paging, errors) is the
// library's own doing, which is what the service is tried against.
'use strict'

const { randomUUID } = require('node:crypto')
// The packages lie where setup.sh put them, which is the working directory.
const need = require('node:module').createRequire(`${process.cwd()}/`)
const express = need('express')
const SCIMMY = need('scimmy')
const { SCIMMYRouters } = need('scimmy-routers')

const users = new Map()
const groups = new Map()

const absent = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`)

// Keeps a resource under its id. What the server itself sets does not come from a client.
function keep(store, id, data) {
  const before = store.get(id)
  if (id && !before) throw absent(id)
  const now = new Date().toISOString()
  const { schemas, meta, ...attributes } = JSON.parse(JSON.stringify(data))
  const kept = { ...attributes, id: id ?? randomUUID(), meta: { created: before?.meta.created ?? now, lastModified: now } }
  store.set(kept.id, kept)
  return kept
}

// A user name is taken whatever its case (RFC 7643 §4.1.1).
function checkUserName({ userName }, id) {
  const taken = [...users.values()].some((user) => user.id !== id && user.userName.toLowerCase() === userName.toLowerCase())
  if (taken) throw new SCIMMY.Types.Error(409, 'uniqueness', `The user name ${userName} is taken`)
}

function withGroups(user) {
  const holds = ({ members = [] }) => members.some(({ value }) => value === user.id)
  const held = [...groups.values()].filter(holds)
  return { ...user, groups: held.map(({ id, displayName }) => ({ value: id, display: displayName, type: 'direct' })) }
}

// One resource, or those that the filter lets through.
function find(store, { id, filter }, shown = (resource) => resource) {
  if (id) {
    if (!store.has(id)) throw absent(id)
    return shown(store.get(id))
  }
  const all = [...store.values()].map(shown)
  return filter ? filter.match(all) : all
}

function remove(store, { id }) {
  if (!store.delete(id)) throw absent(id)
}

SCIMMY.Schemas.User.definition.extend(SCIMMY.Schemas.EnterpriseUser.definition, false)
SCIMMY.Resources.declare(SCIMMY.Resources.User, {
  ingress: ({ id }, data) => {
    checkUserName(data, id)
    return withGroups(keep(users, id, data))
  },
  egress: (resource) => find(users, resource, withGroups),
  degress: (resource) => {
    remove(users, resource)
    for (const group of groups.values()) group.members = group.members?.filter(({ value }) => value !== resource.id)
  },
})
SCIMMY.Resources.declare(SCIMMY.Resources.Group, {
  ingress: ({ id }, data) => keep(groups, id, data),
  egress: (resource) => find(groups, resource),
  degress: (resource) => remove(groups, resource),
})

const token = 'scimmy'
const app = express()
app.use('/scim/v2', new SCIMMYRouters({
  type: 'bearer',
  handler: (request) => {
    if (request.header('Authorization') !== `Bearer ${token}`) throw new Error('the bearer token is missing or wrong')
  },
}))
app.listen(Number(process.argv[2]), '127.0.0.1')
