// node-easywechat as a client that the benchmark can drive: `node easywechat_client.js FOLDER BASE_URL`, where FOLDER has its
// `node_modules`.
//
// It prints a greeting and then answers each line `IN_FLIGHT CALLS` with what the calls took, one JSON object in a line.

"use strict";

const path = require("node:path");
const readline = require("node:readline");

const [folder, baseURL] = process.argv.slice(2);
const installed = path.join(folder, "node_modules", "node-easywechat");
const { OpenPlatform } = require(installed);
const { version } = require(path.join(installed, "package.json"));

const MERCHANT = "wx0123456789abcdef";
const BODY = {
  env: "shop-prod-1a2b3c4d5e6f7g8h",
  function_name: "nightly-report-of-orders-and-refunds-of-tuesday",
};

const platform = new OpenPlatform({
  app_id: "wx00platform0bench",
  secret: "appsecret",
  token: "token",
  aes_key: "A".repeat(43),
  http: { baseURL },
});

/** Lets each caller make `each` calls, and gives what each call took in nanoseconds. */
async function shareOut(client, inFlight, each) {
  const nanos = [];
  const makeCalls = async () => {
    for (let call = 0; call < each; call += 1) {
      const begun = process.hrtime.bigint();
      const response = await client.request("post", "tcb/createfunction", { json: BODY });
      if (response.toObject().errcode !== 0) throw new Error("an error code");
      nanos.push(Number(process.hrtime.bigint() - begun));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, makeCalls));
  return nanos.sort((one, other) => one - other);
}

async function main() {
  const merchant = await platform.getMiniAppWithAccessToken(MERCHANT, "61_" + "0".repeat(134));
  const client = merchant.getClient();
  console.log(JSON.stringify({ is: `node-easywechat ${version}, Node ${process.versions.node}` }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [inFlight, calls] = line.split(" ").map(Number);
    await shareOut(client, inFlight, 2);
    const cpu = process.cpuUsage();
    const begun = process.hrtime.bigint();
    const nanos = await shareOut(client, inFlight, Math.ceil(calls / inFlight));
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    const used = process.cpuUsage(cpu);
    console.log(
      JSON.stringify({
        calls: nanos.length,
        seconds,
        cpu_seconds: (used.user + used.system) / 1e6,
        p50_micros: nanos[Math.floor(nanos.length / 2)] / 1e3,
        p99_micros: nanos[Math.floor(((nanos.length - 1) * 99) / 100)] / 1e3,
        rss_bytes: process.memoryUsage.rss(),
      }),
    );
  }
}

main();
