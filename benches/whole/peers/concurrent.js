// The same at its best: the first page tells the total, then several pages are fetched at a time.
const { createConnector, readConfig } = require('@sailpoint/connector-sdk')
const { page, user, account } = require('./connector.js')

module.exports.connector = async () =>
    createConnector()
        .stdAccountList(async (_context, _input, response) => {
            const config = await readConfig()
            const { totalResults, Resources } = await page(config, 1)
            for (const one of Resources) response.send(account(one))
            const starts = []
            for (let start = 1 + Resources.length; start <= totalResults; start += Resources.length) starts.push(start)
            const worker = async () => {
                for (let start; (start = starts.shift()) !== undefined; ) {
                    for (const one of (await page(config, start)).Resources) response.send(account(one))
                }
            }
            await Promise.all(Array.from({ length: config.concurrency }, worker))
        })
        .stdAccountRead(async (_context, input, response) => {
            response.send(account(await user(await readConfig(), input.identity)))
        })
