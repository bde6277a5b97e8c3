// A connector as the vendor's tutorial leads one to write it: one page after the other.
const { createConnector, readConfig } = require('@sailpoint/connector-sdk')
const { page, user, account } = require('./connector.js')

module.exports.connector = async () =>
    createConnector()
        .stdAccountList(async (_context, _input, response) => {
            const config = await readConfig()
            for (let start = 1, total = 1; start <= total; ) {
                const { totalResults, Resources } = await page(config, start)
                for (const one of Resources) response.send(account(one))
                total = totalResults
                start += Resources.length
            }
        })
        .stdAccountRead(async (_context, input, response) => {
            response.send(account(await user(await readConfig(), input.identity)))
        })
