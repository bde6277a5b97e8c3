// A connector for the sandbox, on the platform's own SDK, in the way its documentation builds one. It exists to be
// compared with: the service must answer the same commands with the same line shapes. It is simple on purpose (one page
// after the other, no retries) and shares nothing with the service but connector-spec.json.
'use strict'

// The SDK of the server that runs this: another copy, found in some folder above, would not know a call's settings.
const sdk = require.main.require('@sailpoint/connector-sdk')
const { createConnector, readConfig, ConnectorError, ConnectorErrorType, PatchOp } = sdk

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const PROFILE_PREFIX = '00e'
const PAGE = 200

class Scim {
  constructor(config) {
    this.config = config
  }

  async send(method, path, body) {
    this.token ??= await this.signIn()
    const response = await fetch(this.config.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/scim+json' },
      body: body && JSON.stringify(body),
    })
    if (response.status === 404) throw new ConnectorError(`${path} does not exist`, ConnectorErrorType.NotFound)
    if (!response.ok) throw new ConnectorError(`${method} ${path}: ${response.status} ${await response.text()}`)
    const text = await response.text()
    return text && JSON.parse(text)
  }

  patch(path, ...operations) {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
    return this.send('PATCH', path, { schemas, Operations: operations })
  }

  async signIn(grant = { grant_type: 'client_credentials' }) {
    const { clientId, clientSecret, baseUrl } = this.config
    if (!baseUrl) throw new ConnectorError('baseUrl is missing')
    const form = { ...grant, client_id: clientId, client_secret: clientSecret }
    const response = await fetch(new URL('/services/oauth2/token', baseUrl), {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    if (!response.ok) throw new ConnectorError(`no token: ${await response.text()}`)
    return (await response.json()).access_token
  }

  async *all(resource, filter) {
    const filtered = filter ? `&filter=${encodeURIComponent(filter)}` : ''
    for (let start = 1, total = 1; start <= total; ) {
      const page = await this.send('GET', `/${resource}?startIndex=${start}&count=${PAGE}${filtered}`)
      if (page.totalResults > 0 && page.Resources.length === 0) throw new ConnectorError(`${resource}: an empty page`)
      yield* page.Resources
      total = page.totalResults
      start += page.Resources.length
    }
  }

  one(resource, id) {
    return this.send('GET', path(resource, id))
  }
}

const path = (resource, id) => `/${resource}/${encodeURIComponent(id)}`

const primary = (values = []) => (values.find(({ primary }) => String(primary) === 'true') ?? values[0])?.value
const ids = (values = []) => values.map(({ value }) => value).sort()

function account(user) {
  const enterprise = user[ENTERPRISE] ?? {}
  return {
    identity: user.id,
    key: { simple: { id: user.id } },
    disabled: !user.active,
    locked: false,
    attributes: {
      id: user.id,
      userName: user.userName,
      displayName: user.displayName,
      nickName: user.nickName,
      givenName: user.name?.givenName,
      familyName: user.name?.familyName,
      formattedName: user.name?.formatted,
      email: primary(user.emails),
      phone: primary(user.phoneNumbers),
      title: user.title,
      department: enterprise.department,
      employeeNumber: enterprise.employeeNumber,
      organization: enterprise.organization,
      managerId: enterprise.manager?.value,
      managerName: enterprise.manager?.displayName,
      externalId: user.externalId,
      locale: user.locale,
      timezone: user.timezone,
      preferredLanguage: user.preferredLanguage,
      userType: user.userType,
      active: user.active,
      created: user.meta.created,
      lastModified: user.meta.lastModified,
      profile: user.entitlements?.find(({ value }) => value.startsWith(PROFILE_PREFIX))?.display,
      userRoles: ids(user.roles),
      groups: ids(user.groups),
      entitlements: ids(user.entitlements),
    },
  }
}

const ENTITLEMENT_TYPES = {
  group: { resource: 'Groups', attributes: () => ({}) },
  entitlement: { resource: 'Entitlements', attributes: ({ type }) => ({ kind: type }) },
}

// What the source wants of an object: what the input's schema names, or everything.
function wanted(output, schema) {
  if (!schema) return output
  const names = schema.attributes.map(({ name }) => name)
  const attributes = Object.fromEntries(Object.entries(output.attributes).filter(([name]) => names.includes(name)))
  return { ...output, attributes }
}

// A list as the platform asks for one: with a state, what changed since it. Dates are of whole seconds: what was told of the
// last one stands in the state, so that a change within it is told and nothing twice. The length is kept in the settings.
async function list(scim, resource, { own, input, res, show }) {
  const { since, told = '{}' } = (input.stateful && input.state) || {}
  const [filters, before] = [[own, since && `meta.lastModified ge "${since}"`].filter(Boolean), JSON.parse(told)]
  let [count, latest, now] = [0, since ?? '', since ? before : {}]
  for await (const one of scim.all(resource, filters.join(' and '))) {
    const [output, changed] = [show(one), one.meta?.lastModified]
    count += 1
    if (changed > latest) [latest, now] = [changed, {}]
    if (changed === latest) now = { ...now, [one.id]: JSON.stringify(output) }
    if (before[one.id] !== JSON.stringify(output)) res.send(output)
  }
  if (input.stateful) res.saveState({ since: latest, told: JSON.stringify(now) })
  if (!since) res.patchConfig([{ op: PatchOp.Add, path: '/listed', value: { [resource]: count } }])
}

function entitlement(type, resource) {
  return {
    identity: resource.id,
    key: { simple: { id: resource.id } },
    type,
    attributes: {
      id: resource.id,
      displayName: resource.displayName,
      description: resource.description,
      ...ENTITLEMENT_TYPES[type].attributes(resource),
    },
  }
}

async function user(scim, attributes) {
  const filter = encodeURIComponent(`displayName eq "${attributes.profile}"`)
  const [profile] = (await scim.send('GET', `/Entitlements?filter=${filter}`)).Resources
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE],
    userName: attributes.userName,
    name: { familyName: attributes.familyName, givenName: attributes.givenName },
    emails: [{ type: 'work', primary: true, value: attributes.email }],
    title: attributes.title,
    [ENTERPRISE]: { department: attributes.department },
    entitlements: [{ value: profile.id, primary: true }],
  }
}

// The user's own attributes that can be changed here, each with its place in a SCIM user.
const OWN = {
  title: (value) => ({ title: value }),
  department: (value) => ({ [ENTERPRISE]: { department: value } }),
}

// Carries out one change; says whether anything was to be done.
async function change(scim, user, { op, attribute, value }) {
  const place = path('Users', user.id)
  const held = OWN[attribute] ? [] : ids(user[attribute])
  const wanted = [value].flat().filter((id) => held.includes(id) === (op === 'Remove'))
  const values = wanted.map((id) => ({ value: id }))
  if (OWN[attribute] && op === 'Remove') {
    await scim.patch(place, { op: 'remove', path: attribute })
  } else if (OWN[attribute] && op === 'Set') {
    if (account(user).attributes[attribute] === value) return false
    await scim.patch(place, { op: 'replace', value: OWN[attribute](value) })
  } else if (attribute === 'groups') {
    const members = { members: [{ value: user.id }] }
    for (const id of wanted) await scim.patch(path('Groups', id), { op: op.toLowerCase(), path: 'members', value: members })
    return wanted.length > 0
  } else if (attribute === 'entitlements') {
    if (wanted.length === 0) return false
    const operation = op === 'Remove' ? { op: 'remove', path: 'entitlements' } : { op: 'add' }
    await scim.patch(place, { ...operation, value: { entitlements: values } })
  } else {
    throw new ConnectorError(`${op} of ${attribute} is not possible`)
  }
  return true
}

// What forms can offer: each set with where its rows are.
const DATA_SETS = {
  profiles: { label: 'Profiles', resource: 'Entitlements', has: ({ type }) => type === 'Profile' },
  permissionSets: { label: 'Permission sets', resource: 'Entitlements', has: ({ type }) => type === 'PermissionSet' },
  groups: { label: 'Groups', resource: 'Groups' },
  users: { label: 'Users', resource: 'Users' },
}

async function rows(scim, { sourceDataKey, queryInput: { query = '', limit = Infinity } = {} }) {
  const set = DATA_SETS[sourceDataKey]
  if (!set) throw new ConnectorError(`there is no data set ${sourceDataKey}`)
  const found = []
  for await (const one of scim.all(set.resource)) {
    const shown = [one.displayName, one.userName].filter(Boolean)
    const isWanted = shown.some((text) => text.toLowerCase().includes(query.toLowerCase()))
    if (isWanted && (set.has?.(one) ?? true)) found.push({ key: one.id, label: shown[0], subLabel: shown[1] })
  }
  return found.slice(0, limit)
}

// The options of a setting: those of the form, or the profiles.
async function options(scim, key, { sourceConfig }) {
  if (key === 'defaultProfile') {
    const found = await rows(scim, { sourceDataKey: 'profiles' })
    return found.map(({ key, label }) => ({ label, value: key })).sort((a, b) => (a.label < b.label ? -1 : 1))
  }
  const items = (part) => [part, ...(part.items ?? []).flatMap(items)]
  const setting = sourceConfig.flatMap(items).find((item) => item.key === key && item.options)
  if (!setting) throw new ConnectorError(`${key} is no setting with options`)
  return setting.options
}

// Says every so often that the command is still working, as long as it is.
async function beating(res, everyMs, work) {
  const beat = setInterval(() => res.keepAlive(), everyMs)
  try {
    await work()
  } finally {
    clearInterval(beat)
  }
}

const specification = () => require(`${process.cwd()}/connector-spec.json`)

// The schema as it is found: what people decide about it later, as what they may write, is not in it.
function discovered({ accountSchema }) {
  const attributes = accountSchema.attributes.map(({ writable, ...attribute }) => attribute)
  return { ...accountSchema, attributes }
}

exports.connector = async () => {
  const config = await readConfig()
  const scim = new Scim(config)
  const switched = (active) => async (context, input, res) => {
    const { id } = input.key.simple
    await scim.one('Users', id)
    await scim.patch(path('Users', id), { op: 'replace', value: { active } })
    res.send(account(await scim.one('Users', id)))
  }
  return createConnector()
    .stdTestConnection(async (context, input, res) => {
      await scim.send('GET', '/ServiceProviderConfigs')
      res.send({})
    })
    .stdAccountList(async (context, input, res) => {
      const show = (user) => wanted(account(user), input.schema)
      const work = () => list(scim, 'Users', { own: config.userFilter, input, res, show })
      await beating(res, config.keepAliveMs ?? 30_000, work)
    })
    .stdAccountRead(async (context, input, res) => {
      res.send(account(await scim.one('Users', input.key.simple.id)))
    })
    .stdAccountCreate(async (context, input, res) => {
      const created = await scim.send('POST', '/Users', await user(scim, input.attributes))
      res.send(account(await scim.one('Users', created.id)))
    })
    .stdAccountUpdate(async (context, input, res) => {
      const { id } = input.key.simple
      let changed = false
      for (const one of input.changes) changed = (await change(scim, await scim.one('Users', id), one)) || changed
      res.send(changed ? account(await scim.one('Users', id)) : {})
    })
    .stdAccountEnable(switched(true))
    .stdAccountDisable(switched(false))
    .stdAccountUnlock(async () => {
      throw new ConnectorError('SCIM has no lock')
    })
    .stdAccountDelete(async (context, input, res) => {
      await scim.send('DELETE', path('Users', input.key.simple.id))
      res.send({})
    })
    .stdAccountDiscoverSchema(async (context, input, res) => {
      res.send(discovered(specification()))
    })
    .stdChangePassword(async (context, input, res) => {
      await scim.patch(path('Users', input.key.simple.id), { op: 'replace', value: { password: input.password } })
      res.send({})
    })
    .stdEntitlementList(async (context, input, res) => {
      const { resource } = ENTITLEMENT_TYPES[input.type]
      await list(scim, resource, { input, res, show: (one) => entitlement(input.type, one) })
    })
    .stdEntitlementRead(async (context, input, res) => {
      const { resource } = ENTITLEMENT_TYPES[input.type]
      res.send(entitlement(input.type, await scim.one(resource, input.key.simple.id)))
    })
    .stdAuthenticate(async (context, { username, password }, res) => {
      await scim.signIn({ grant_type: 'password', username, password })
      for await (const user of scim.all('Users', `userName eq "${username}"`)) res.send(account(user))
    })
    .stdSourceDataDiscover(async (context, input, res) => {
      res.send(Object.entries(DATA_SETS).map(([key, { label, resource }]) => ({ key, label, subLabel: resource })))
    })
    .stdSourceDataRead(async (context, input, res) => {
      res.send(await rows(scim, input))
    })
    .stdConfigOptions(async (context, { key }, res) => {
      res.send({ options: { [key]: await options(scim, key, specification()) } })
    })
}
