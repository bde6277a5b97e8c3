// The platform's behaviour checks a second time, independent of `scim-connector validate`: they know the service by its
// invocations alone. Where the vendor's command line and `validate` differ, this does as the vendor's does: it sends the
// source's schema with every command, changes the attributes of the last account that is listed, grants every group, and
// checks the first value of a list only.
//
//   node run.js URL SETTINGS [CHECK-TO-SKIP …]      SETTINGS: the source's settings, as JSON
//
// Prints a line for each check; ends with 1 if one fails.
'use strict'

const { isDeepStrictEqual } = require('node:util')

const [url, settings, ...excluded] = process.argv.slice(2)
const source = JSON.parse(settings)

// A command's outputs. Each line has a type and data (the vendor's reads the whole body in an older form if one has not);
// an error line, or a body that breaks off, is a failure.
async function invoke(type, input, config = source) {
  const response = await fetch(`${url}/checks/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer the-vendors-own' },
    body: JSON.stringify({ connectorRef: 'checks', tag: 'latest', type, input, config }),
  })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`${type}: ${response.status} ${body}`)
  const lines = body.split('\n').filter(Boolean).map((line) => JSON.parse(line))
  for (const line of lines) {
    if (!('type' in line && 'data' in line)) throw new Error(`${type}: a line lacks type or data: ${JSON.stringify(line)}`)
    if (line.type === 'error') throw new Error(`${type}: ${line.data.message}`)
  }
  return lines.filter(({ type }) => type === 'output').map(({ data }) => data)
}

async function invokeForOne(type, input) {
  const outputs = await invoke(type, input)
  if (outputs.length !== 1) throw new Error(`${type}: ${outputs.length} outputs`)
  return outputs[0]
}

const random = (below) => Math.floor(Math.random() * below)
const address = () => `test.${random(1e9)}@example.com`

// A value for a field of the creation template.
function fieldValue({ key, type, initialValue: { type: origin, attributes = {} } }) {
  if (origin === 'static') return attributes.value
  if (origin === 'generator' && attributes.name === 'Create Password') return `RandomPassword.${random(1e9)}`
  if (origin === 'generator' && attributes.name === 'Create Unique Account ID') {
    const counted = attributes.template.replaceAll('$(uniqueCounter)', random(1e9))
    return counted.replace(/\$\(.*?\)/g, () => `string${random(100)}`)
  }
  if (type === 'boolean') return true
  if (type !== 'string') throw new Error(`no value can be made up for ${key}, a field of the type ${type}`)
  return key === 'email' || key === 'name' ? address() : `string.${random(1e9)}`
}

// Attributes in an order of their own do not make a difference, nor does the order of the values of one.
function sorted(account) {
  const value = (value) => (Array.isArray(value) ? value.map(String).sort() : value)
  const attributes = Object.entries(account.attributes).map(([name, held]) => [name, value(held)])
  return { ...account, attributes: Object.fromEntries(attributes) }
}

function some(objects, count = 8) {
  const shuffled = objects.map((object) => [Math.random(), object]).sort(([a], [b]) => a - b)
  return shuffled.slice(0, count).map(([, object]) => object)
}

class Checks {
  constructor(specification) {
    this.spec = specification
    this.schema = specification.accountSchema
    this.template = specification.accountCreateTemplate.fields
    this.groups = this.schema.attributes.find(({ entitlement }) => entitlement).name
  }

  list() {
    return invoke('std:account:list', { schema: this.schema })
  }

  read({ identity, key }) {
    return invokeForOne('std:account:read', { identity, key, schema: this.schema })
  }

  create(fields) {
    const attributes = Object.fromEntries(fields.map((field) => [field.key, fieldValue(field)]))
    const creation = { identity: attributes.email ?? address(), attributes, schema: this.schema }
    return invokeForOne('std:account:create', creation).then((account) => ({ account, attributes }))
  }

  createMinimal() {
    return this.create(this.template.filter(({ required }) => required))
  }

  update({ identity, key }, op, attribute, value) {
    const changes = [{ op, attribute, value }]
    return invokeForOne('std:account:update', { identity, key, changes, schema: this.schema })
  }

  async remove({ identity, key }) {
    await invokeForOne('std:account:delete', { identity, key })
  }

  listGroups() {
    return invoke('std:entitlement:list', { type: 'group' })
  }

  // The problems in that what was sent comes back as something else.
  kept(attributes, account, when) {
    const names = Object.keys(attributes).filter((name) => name in account.attributes)
    const back = (name) => [account.attributes[name]].flat()
    const lost = names.filter((name) => !isDeepStrictEqual(back(name), [attributes[name]].flat()))
    return lost.map((name) => `${when}: ${name} is ${account.attributes[name]}, not ${attributes[name]}`)
  }

  async createAndDelete(fields) {
    const { account, attributes } = await this.create(fields)
    const read = await this.read(account)
    const problems = [...this.kept(attributes, account, 'created'), ...this.kept(attributes, read, 'read')]
    await this.remove(account)
    return problems
  }

  // The problems in that objects are of other types than their schema says.
  ofTypes(objects, { attributes }) {
    const known = new Map(attributes.map((attribute) => [attribute.name, attribute]))
    const problems = new Set()
    for (const [name, value] of objects.flatMap(({ attributes }) => Object.entries(attributes))) {
      const { type, multi = false } = known.get(name) ?? {}
      const one = Array.isArray(value) ? value[0] : value
      if (type === undefined) problems.add(`${name} is not in the schema`)
      else if (multi !== Array.isArray(value)) problems.add(`${name} is ${multi ? 'one value' : 'several values'}`)
      else if (one !== undefined && one !== null && typeof one !== type) problems.add(`${name} is a ${typeof one}`)
    }
    return [...problems]
  }

  // One function for each check: its problems. What is thrown is one, too.
  all = {
    'account-create-empty': () => fails('std:account:create', { attributes: {}, schema: this.schema }),
    'account-create-minimal': () => this.createAndDelete(this.template.filter(({ required }) => required)),
    'account-create-maximal': () => this.createAndDelete(this.template),
    'account-create-list-delete': async () => {
      const before = await this.list()
      const { account } = await this.createMinimal()
      const between = await this.list()
      const read = await this.read(account)
      await this.remove(account)
      const { identity, key } = account
      const after = await this.list()
      return [
        isDeepStrictEqual(account, read) ? [] : `created as ${JSON.stringify(account)}, read as ${JSON.stringify(read)}`,
        between.length === before.length + 1 ? [] : `${before.length} accounts and one more are ${between.length}`,
        await fails('std:account:read', { identity, key, schema: this.schema }),
        after.length === before.length ? [] : `${before.length} accounts before, ${after.length} after the deletion`,
      ].flat()
    },
    'account-list-and-read': async () => {
      const problems = []
      for (const listed of some(await this.list())) {
        const read = await this.read(listed)
        if (isDeepStrictEqual(sorted(listed), sorted(read))) continue
        problems.push(`listed as ${JSON.stringify(listed)}, read as ${JSON.stringify(read)}`)
      }
      return problems
    },
    'account-not-found': () => fails('std:account:read', nobody),
    'account-schema-check': async () => this.ofTypes(await this.list(), this.schema),
    'account-update-single-attrs': async () => {
      const account = (await this.list()).at(-1)
      const problems = []
      for (const { name, multi } of this.schema.attributes.filter(({ writable, entitlement }) => writable && !entitlement)) {
        const value = name === 'email' ? address() : `string.${random(1 << 24).toString(16)}`
        await this.update(account, multi ? 'Add' : 'Set', name, value)
        const now = (await this.read(account)).attributes[name]
        if (now !== value) problems.push(`${name} is ${now}, not ${value}`)
      }
      return problems
    },
    'account-update-entitlement': async () => {
      const groups = (await this.listGroups()).map(({ key }) => key.simple.id)
      const { account } = await this.createMinimal()
      const problems = []
      for (const [op, ids] of [['Add', groups], ['Remove', groups]]) {
        for (const id of ids) {
          await this.update(account, op, this.groups, id)
          const held = (await this.read(account)).attributes[this.groups]
          if (held.includes(id) !== (op === 'Add')) problems.push(`after ${op} of ${id} the groups are ${held}`)
        }
      }
      await this.remove(account)
      return problems
    },
    'entitlement-not-found': () => fails('std:entitlement:read', { ...nobody, type: 'group' }),
    'entitlement-list-read': async () => {
      const problems = []
      for (const listed of some(await this.listGroups())) {
        const { identity, key } = listed
        const read = await invokeForOne('std:entitlement:read', { identity, key, type: 'group' })
        if (!isDeepStrictEqual(listed, read)) problems.push(`${JSON.stringify(listed)} is read as ${JSON.stringify(read)}`)
      }
      return problems
    },
    'entitlement-schema-check': async () => this.ofTypes(await this.listGroups(), this.spec.entitlementSchemas[0]),
    'test-connection-empty': () => fails('std:test-connection', {}, {}),
    'test-connection-success': async () => {
      await invokeForOne('std:test-connection', {})
      return []
    },
  }
}

const nobody = { identity: '__sailpoint__not__found__', key: { simple: { id: '__sailpoint__not__found__' } } }

// The problem in that a command succeeds which should not.
async function fails(type, input, config) {
  const outputs = await invoke(type, input, config).catch(() => undefined)
  return outputs === undefined ? [] : [`${type} succeeds: ${JSON.stringify(outputs)}`]
}

async function main() {
  const { specification } = await invokeForOne('std:spec:read', {})
  const checks = new Checks(specification)
  for (const [id, run] of Object.entries(checks.all)) {
    if (excluded.includes(id)) {
      console.log(`SKIPPED ${id}`)
      continue
    }
    const problems = await run().catch((error) => [error.message])
    console.log(problems.length === 0 ? `PASSED ${id}` : `FAILED ${id}: ${problems.join('; ')}`)
    if (problems.length > 0) process.exitCode = 1
  }
}

main()
