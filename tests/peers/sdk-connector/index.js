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
    return response.json()
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
    return this.send('GET', `/${resource}/${encodeURIComponent(id)}`)
  }
}

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

exports.connector = async () => {
  const scim = new Scim(await readConfig())
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
    .stdEntitlementList(async (context, input, res) => {
      const { resource } = ENTITLEMENT_TYPES[input.type]
      for await (const one of scim.all(resource)) res.send(entitlement(input.type, one))
    })
    .stdEntitlementRead(async (context, input, res) => {
      const { resource } = ENTITLEMENT_TYPES[input.type]
      res.send(entitlement(input.type, await scim.one(resource, input.key.simple.id)))
    })
}
