// A connector for the sandbox, on the platform's own SDK, in the way its documentation builds one. It exists to be
// compared with: the service must answer the same commands with the same line shapes. It is simple on purpose (one page
// after the other, no retries) and shares nothing with the service but connector-spec.json.
'use strict'

// The SDK of the server that runs this: another copy, found in some folder above, would not know a call's settings.
const sdk = require.main.require('@sailpoint/connector-sdk')
const { createConnector, readConfig, ConnectorError, ConnectorErrorType } = sdk

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

  async signIn() {
    const { clientId, clientSecret, baseUrl } = this.config
    if (!baseUrl) throw new ConnectorError('baseUrl is missing')
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }
    const response = await fetch(new URL('/services/oauth2/token', baseUrl), {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    if (!response.ok) throw new ConnectorError(`no token: ${await response.text()}`)
    return (await response.json()).access_token
  }

  async *all(resource) {
    for (let start = 1, total = 1; start <= total; ) {
      const page = await this.send('GET', `/${resource}?startIndex=${start}&count=${PAGE}`)
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
  if (OWN[attribute] && op === 'Set') {
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

// The schema as it is found: what people decide about it later, as what they may write, is not in it.
function discovered({ accountSchema }) {
  const attributes = accountSchema.attributes.map(({ writable, ...attribute }) => attribute)
  return { ...accountSchema, attributes }
}

exports.connector = async () => {
  const scim = new Scim(await readConfig())
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
      for await (const user of scim.all('Users')) res.send(account(user))
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
      res.send(discovered(require(`${process.cwd()}/connector-spec.json`)))
    })
    .stdChangePassword(async (context, input, res) => {
      await scim.patch(path('Users', input.key.simple.id), { op: 'replace', value: { password: input.password } })
      res.send({})
    })
    .stdEntitlementList(async (context, input, res) => {
      const { resource } = ENTITLEMENT_TYPES[input.type]
      for await (const one of scim.all(resource)) res.send(entitlement(input.type, one))
    })
    .stdEntitlementRead(async (context, input, res) => {
      const { resource } = ENTITLEMENT_TYPES[input.type]
      res.send(entitlement(input.type, await scim.one(resource, input.key.simple.id)))
    })
}
