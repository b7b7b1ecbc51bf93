import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "../../config/parse-config.ts";
import { instant } from "../../domain/instant.ts";
import type { LineFields } from "../../domain/line-batch.ts";
import { createJail } from "../../jails/jail.ts";
import { ownsOf, readsAlone } from "./owned-lines.ts";
import { fixedSource, type ReadSource, type Watch, watchesOf } from "./source-plan.ts";

/** The jails of a configuration, each as a watch of the source it names; `auto` finds /var/log/found.log. */
async function watches(text: string): Promise<readonly Watch[]> {
  const config = await parseConfig([{ path: "b.toml", text }], {
    paths: { state: "/state", socket: "/socket" },
    ports: new Map(),
  });
  assert.ok(config.ok, JSON.stringify(config));
  const found: ReadSource = { kind: "file", files: ["/var/log/found.log"] };
  const jails = config.value.jails.map((jail) => ({
    jail: createJail(jail, {
      ...{
        name: jail.filter,
        mode: "normal",
        variant: "",
        programs: ["p"],
        rules: [],
        recordRules: [],
      },
    }),
    source: fixedSource(jail.source) ?? found,
  }));
  return watchesOf(jails);
}

function entry(journal: Readonly<Record<string, string>>): LineFields {
  const rest = { at: instant(0), host: "h", program: "dockerd", pid: 7 };
  return { ...rest, journal: new Map(Object.entries(journal)) };
}

async function owns(text: string): Promise<ReturnType<typeof ownsOf>> {
  const all = await watches(text);
  const [first] = all;
  assert.ok(first !== undefined);
  return ownsOf(first, all);
}

for (const [name, text, expected] of [
  ["a separate file", '[jails.app]\nsource = { file = ["/var/log/app.log"] }', true],
  ["a command", '[jails.app]\nsource = { command = ["/usr/bin/logs"] }', true],
  ["a file that auto found by the filter's own list", "[jails.app]", true],
  ["a log of many programs", '[jails.app]\nsource = { file = ["/var/log/auth.log"] }', false],
  ["one of them", '[jails.app]\nsource = { file = ["/srv/app.log", "/srv/messages"] }', false],
  [
    "a file that two filters read",
    '[jails.app]\nsource = { file = ["/srv/a.log"] }\n[jails.b]\nsource = { file = ["/srv/a.log"] }',
    false,
  ],
  [
    "two jails of one filter",
    '[jails.app]\nsource = { file = ["/srv/a.log"] }\n[jails.b]\nfilter = "app"\nsource = { file = ["/srv/a.log"] }',
    true,
  ],
  ["the whole journal of a priority", '[jails.app]\nsource = { journal = ["PRIORITY=4"] }', false],
] as const)
  test(`${name} is ${expected ? "" : "not "}the jail's alone`, async () => {
    assert.equal((await owns(text)) !== undefined, expected);
  });

test("only one filter reads a log of many programs", async () => {
  const one = '[jails.app]\nsource = { file = ["/var/log/auth.log"] }\n';
  const two = `${one}[jails.b]\nsource = { file = ["/var/log/auth.log"] }`;
  for (const [text, expected] of [
    [one, true],
    [two.replace("[jails.b]", '[jails.b]\nfilter = "app"'), true],
    [two, false],
    ['[jails.app]\nsource = { journal = ["PRIORITY=4"] }', false],
  ] as const) {
    const all = await watches(text);
    assert.ok(all[0] !== undefined);
    assert.equal(readsAlone(all[0], all), expected, text);
  }
});

test("a container's journal entries belong to its jail, entries of a user with its name do not", async () => {
  const container = await owns('[jails.app]\nsource = { journal = ["CONTAINER_NAME=web"] }');
  assert.equal(container?.(entry({ CONTAINER_NAME: "web", _UID: "0" })), true);
  assert.equal(container?.(entry({ CONTAINER_NAME: "web", _UID: "1000" })), false);
  // Shells of logins without their own scope.
  const unit = await owns('[jails.app]\nsource = { journal = ["_SYSTEMD_UNIT=ssh.service"] }');
  assert.equal(unit?.(entry({ _SYSTEMD_UNIT: "ssh.service", _UID: "1000" })), false);
  const named = await owns('[jails.app]\nsource = { journal = ["CONTAINER_NAME=web _UID=1000"] }');
  assert.equal(named?.(entry({ CONTAINER_NAME: "web", _UID: "1000" })), true);
});

test("entries that a jail of another filter reads belong to that jail", async () => {
  const both = await owns(
    '[jails.app]\nsource = { journal = ["_SYSTEMD_UNIT=x.service"] }\n[jails.b]\nsource = { journal = ["_COMM=dockerd"] }',
  );
  assert.equal(both?.(entry({ _SYSTEMD_UNIT: "x.service", _UID: "0" })), true);
  assert.equal(both?.(entry({ _SYSTEMD_UNIT: "x.service", _COMM: "dockerd", _UID: "0" })), false);
});
