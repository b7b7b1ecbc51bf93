/**
 * Bans at an edge, as a daemon does: a jail behind a trusted proxy, whose bans go to a list of Cloudflare and to a deny
 * list. The client's address is banned in both, and the proxy's in none, nor in the kernel. The service is a local
 * program that answers as Cloudflare's documentation says.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunningProgram } from "../../src/demo/running-program.ts";
import { openStage, type Stage, untilTrue } from "./stage.ts";

const SERVICE = fileURLToPath(
  new URL("../../src/firewall/edge/serve-cloudflare.fixture.ts", import.meta.url),
);
const PORT = 8099;
const PROXY = "203.0.113.50";
const CLIENT = "192.0.2.60";
const OTHER = "192.0.2.61";

let stage: Stage;
let service: RunningProgram;
let [log, list] = ["", ""];

before(async () => {
  stage = await openStage({ sshd: "none" });
  const { folder } = stage.lab;
  [log, list] = [join(folder, "access.log"), join(folder, "denied")];
  writeFileSync(log, "");
  writeFileSync(join(folder, "token"), "cf-token-1\n", { mode: 0o600 });
  stage.configure(`[enforcers.cdn]
kind = "edge"
service = "cloudflare-list"
parameters = { account = "acc", list = "lst" }
token_file = "${join(folder, "token")}"
base_url = "http://127.0.0.1:${PORT}"
[enforcers.front]
kind = "file"
path = "${list}"
format = "nginx-deny"
[jails.access-log]
source = { file = ["${log}"] }
enforcer = ["cdn", "front"]
maxretry = 3
trusted_proxies = ["${PROXY}"]
lockout_guard = "0s"
increment = { enabled = false }
`);
  service = await startService();
  await stage.start();
});

after(async () => {
  await stop(service);
  await stage[Symbol.asyncDispose]();
});

async function startService(): Promise<RunningProgram> {
  const running = stage.lab.start("host", [process.execPath, SERVICE, String(PORT)]);
  assert.ok((await running.until("ready")) !== undefined, running.lines.join("\n"));
  return running;
}

async function stop(running: RunningProgram): Promise<void> {
  running.kill("SIGTERM");
  await running.ended;
}

/** Three failed logins of a client, as the proxy's server logs them. */
function fail(client: string): void {
  const time = new Date()
    .toUTCString()
    .replace(/^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/, "$1/$2/$3:$4 +0000");
  const line = `${PROXY} - alice [${time}] "GET / HTTP/1.1" 401 178 "-" "curl/8" "${client}"`;
  stage.write([line, line, line], log);
}

async function stateOf(subject: string): Promise<string | undefined> {
  return (await stage.bans()).find((ban) => ban.subject === subject)?.state;
}

function listed(): string {
  return existsSync(list) ? readFileSync(list, "utf8") : "";
}

test("the client is banned at the edge and in the list, and the proxy nowhere", async () => {
  fail(CLIENT);
  await stage.untilEvent("ban", { ip: CLIENT, jail: "access-log" });
  await untilTrue(async () => (await stateOf(CLIENT)) === "enforced", "the ban is enforced");
  assert.match(listed(), new RegExp(`^deny ${CLIENT};$`, "m"));
  const changes = service.lines.filter((line) => line.startsWith("POST"));
  assert.equal(changes.length, 1);
  assert.match(changes[0] ?? "", new RegExp(`"ip":"${CLIENT}","comment":"bailiff `));
  assert.deepEqual(await stage.blocked(), []);
  const all = [...service.lines, listed()].join("\n");
  assert.ok(!all.includes(PROXY), all);
  // Not toothless, as it would be if it banned behind the proxy alone.
  const isProtecting = async (): Promise<boolean> => {
    const { jails } = await stage.ask("status", {});
    return jails.every(({ state }) => state === "protecting");
  };
  await untilTrue(isProtecting, "the jail protects");
  const { output } = await stage.bailiff("doctor", "access-log");
  assert.match(output, /its enforcers refuse clients by address/);
  assert.match(output, /cdn: all bans present: .*Cloudflare account list: 1 entry, 0 of others/);
});

test("an edge that is down holds up neither the other list nor later bans", async () => {
  await stop(service);
  fail(OTHER);
  await stage.untilEvent("ban", { ip: OTHER });
  await untilTrue(() => listed().includes(OTHER), "the deny list has it");
  assert.equal(await stateOf(OTHER), "pending");
  service = await startService();
  // The new service has an empty list: both bans come back.
  await untilTrue(async () => (await stateOf(OTHER)) === "enforced", "the edge has it too");
  await untilTrue(
    () => [CLIENT, OTHER].every((ip) => service.lines.join("\n").includes(ip)),
    "every ban is in the list again",
  );
});

test("an unban reaches both, and no message contains the token", async () => {
  const { code, output } = await stage.bailiff("unban", CLIENT);
  assert.equal(code, 0, output);
  await untilTrue(() => service.lines.some((line) => line.startsWith("DELETE")), "it is removed");
  await untilTrue(() => !listed().includes(CLIENT), "the deny list lacks it");
  assert.match(listed(), new RegExp(`^deny ${OTHER};$`, "m"));
  const shown = await stage.bailiff("doctor");
  const said = [...stage.daemon.lines, shown.output].join("\n");
  assert.ok(!said.includes("cf-token"));
});
