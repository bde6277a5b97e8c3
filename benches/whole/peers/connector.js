// What both connectors share: a token that is kept until it expires, a page, and a user as an account with the attributes
// that the service under test gives.
const axios = require('axios')
const http = require('http')

const agent = new http.Agent({ keepAlive: true })
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
let held

async function token(config) {
    if (!held || Date.now() >= held.until) {
        const answer = await axios.post(config.tokenUrl, new URLSearchParams({ grant_type: 'client_credentials' }), { httpAgent: agent })
        held = { value: answer.data.access_token, until: Number(answer.data.issued_at) + 7_200_000 }
    }
    return held.value
}

async function get(config, path, params) {
    const headers = { Authorization: `Bearer ${await token(config)}` }
    return (await axios.get(config.baseUrl + path, { params, headers, httpAgent: agent })).data
}

const page = (config, startIndex) => get(config, '/Users', { startIndex, count: config.pageSize })
const user = (config, id) => get(config, `/Users/${encodeURIComponent(id)}`)

const values = (list) => (list ?? []).map((one) => one.value).sort()
const first = (list) => (list?.find((one) => one.primary) ?? list?.[0])?.value

function account(user) {
    const work = user[enterprise] ?? {}
    return {
        identity: user.id,
        key: { simple: { id: user.id } },
        disabled: !user.active,
        locked: false,
        attributes: {
            id: user.id, userName: user.userName, displayName: user.displayName, nickName: user.nickName,
            givenName: user.name?.givenName, familyName: user.name?.familyName, formattedName: user.name?.formatted,
            email: first(user.emails), phone: first(user.phoneNumbers), title: user.title,
            department: work.department, employeeNumber: work.employeeNumber, organization: work.organization,
            managerId: work.manager?.value, managerName: work.manager?.displayName, externalId: user.externalId,
            locale: user.locale, timezone: user.timezone, preferredLanguage: user.preferredLanguage,
            userType: user.userType, active: user.active, created: user.meta?.created,
            lastModified: user.meta?.lastModified, userRoles: values(user.roles), groups: values(user.groups),
            entitlements: values(user.entitlements),
        },
    }
}

module.exports = { page, user, account }
