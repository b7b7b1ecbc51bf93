/** Opens enforcers as a configuration describes them. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseConfig } from "../config/parse-config.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { add } from "./enforcer.contract.ts";
import { openEnforcer } from "./open-enforcer.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-open-"));
after(() => rmSync(FOLDER, { recursive: true }));

async function openAll(text: string): Promise<readonly (Enforcer | string)[]> {
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "test", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.error));
  const named = parsed.value.enforcers.filter(({ name }) => text.includes(`[enforcers.${name}]`));
  return Promise.all(
    named.map(async (config) => {
      const more = { ipv6Prefixes: [64], isAllowed: () => false, emit: () => undefined };
      const opened = await openEnforcer({ config, ...more });
      return opened.ok ? opened.value : `${opened.error.reason}: ${opened.error.fix}`;
    }),
  );
}

test("lists, commands and services are opened with their settings", async () => {
  const [list, log, token] = ["list", "log", "token"].map((name) => join(FOLDER, name));
  writeFileSync(token ?? "", "admin:secret", { mode: 0o600 });
  const opened = await openAll(`
[enforcers.a-list]
kind = "file"
path = "${list}"
template = "drop {ip}"
comment = "//"
every = "0s"
[enforcers.b-command]
kind = "command"
ban = ["/bin/sh", "-c", "echo $0 $1 >>${log}", "{ip}", "{seconds}"]
unban = ["/bin/true"]
capacity = 5
[enforcers.c-router]
kind = "edge"
service = "mikrotik"
token_file = "${token}"
base_url = "https://router.example.org"
parameters = { list = "banned" }
capacity = 100
`);
  const now = instant(Date.now());
  const [file, command, edge] = opened.map((one) =>
    typeof one === "string" ? assert.fail(one) : one,
  );
  assert.deepEqual(await file?.apply([add("192.0.2.1")], now), []);
  assert.match(
    readFileSync(list ?? "", "utf8"),
    /^\/\/ Written by bailiff.*\ndrop 192\.0\.2\.1\n$/,
  );
  assert.deepEqual(await command?.apply([add("192.0.2.1")], now), []);
  assert.equal(readFileSync(log ?? "", "utf8"), "192.0.2.1 0\n");
  assert.equal(command?.abilities.capacity, 5);
  assert.equal(edge?.abilities.capacity, 100);
  assert.deepEqual(
    [file, command, edge].map((one) => one?.name),
    ["a-list", "b-command", "c-router"],
  );
  for (const one of [file, command, edge]) await one?.close();
});

test("what a service lacks is explained", async () => {
  assert.deepEqual(await openAll('[enforcers.cf]\nkind = "edge"\nservice = "cloudflare-list"\n'), [
    'the parameter "account" is missing: Cloudflare account list has these parameters: account (identifier of the account), list (identifier of the list, of the kind "ip")',
  ]);
  assert.deepEqual(
    await openAll(
      '[enforcers.cf]\nkind = "edge"\nservice = "cloudflare-zone"\nparameters = { zone = "z" }\n',
    ),
    [
      'neither token_file nor credential is set: set "token_file" or "credential" to a credential of the service',
    ],
  );
});
