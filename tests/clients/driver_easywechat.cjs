// Lets node-easywechat do what the lines on standard input say, and answers each with a line. README.md has the protocol.

'use strict';

const fs = require('fs');
const os = require('os');
const path = require('path');
const readline = require('readline');
const { createRequire } = require('module');

// The packages lie in a folder of the run, which is the first argument.
const from = createRequire(path.join(path.resolve(process.argv[2]), 'index.js'));
const { OpenPlatform } = from('node-easywechat');
const ServerRequest = from('node-easywechat/dist/Core/Http/ServerRequest');

class Driver {
    constructor({ base_url, appid, secret, token, encoding_aes_key }) {
        this.cache = fs.mkdtempSync(path.join(os.tmpdir(), 'easywechat-'));
        this.platform = new OpenPlatform({
            app_id: appid,
            secret,
            token,
            aes_key: encoding_aes_key,
            http: { baseURL: `${base_url}/`, proxy: false },
            file_cache: { path: this.cache },
        });
        this.refreshTokens = new Map();
    }

    async receive({ query, body }) {
        const request = new ServerRequest('POST', `/?${new URLSearchParams(query)}`, { 'content-type': 'text/xml' }, Buffer.from(body));
        this.platform.setRequest(request);
        const response = await this.platform.getServer().serve();
        if (response.getStatusCode() !== 200) throw new Error(`the server answers ${response.getStatusCode()}`);
        return this.platform.getVerifyTicket().getTicket();
    }

    ticket({ ticket }) {
        return this.platform.getVerifyTicket().setTicket(ticket);
    }

    component_token() {
        return this.platform.getComponentAccessToken().getToken();
    }

    async pre_auth_code() {
        return (await this.platform.createPreAuthorizationCode()).pre_auth_code;
    }

    async query_auth({ code }) {
        const authorization = await this.platform.getAuthorization(code);
        this.restore({ merchant: authorization.getAppId(), refresh_token: authorization.getRefreshToken() });
        return authorization.getAppId();
    }

    restore({ merchant, refresh_token }) {
        this.refreshTokens.set(merchant, refresh_token);
    }

    async refresh({ merchant }) {
        const answer = await this.platform.refreshAuthorizerToken(merchant, this.refreshTokens.get(merchant));
        return answer.authorizer_access_token;
    }

    async call({ merchant, path, body }) {
        const app = await this.platform.getMiniAppWithRefreshToken(merchant, this.refreshTokens.get(merchant));
        const answer = (await app.getClient().request('post', path, { json: body, throw: false })).toObject();
        if (answer.errcode) throw Object.assign(new Error(JSON.stringify(answer)), { errcode: answer.errcode });
        return { answer };
    }

    async together({ callers, ...call }) {
        const outcomes = await Promise.allSettled(Array.from({ length: callers }, () => this.call(call)));
        return outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    }

    encrypt({ message }) {
        return this.platform.getEncryptor().encrypt(message, '1320562132');
    }
}

async function main() {
    let driver = null;
    for await (const line of readline.createInterface({ input: process.stdin })) {
        if (!driver) {
            driver = new Driver(JSON.parse(line));
            continue;
        }
        const order = JSON.parse(line);
        let answer;
        try {
            answer = { done: (await driver[order.do](order)) ?? null };
        } catch (error) {
            answer = { code: codeOf(error), refused: `${error.name}: ${error.message}` };
        }
        process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
    if (driver) fs.rmSync(driver.cache, { recursive: true, force: true });
}

// It throws the answer of the service as the text of an error.
function codeOf(error) {
    if (error.errcode) return error.errcode;
    const found = /"errcode":(-?\d+)/.exec(error.message);
    return found ? Number(found[1]) : null;
}

main();
