import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import { withAutoJails } from "./auto-jails.ts";
import type { Config } from "./config.ts";
import { diffConfigs } from "./diff-configs.ts";
import { parseConfig } from "./parse-config.ts";

async function configOf(text: string): Promise<Config> {
  const paths = { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" };
  const parsed = await parseConfig([{ path: "/x.toml", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok);
  return parsed.value;
}

function jailName(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

test("a difference names what to add, remove and change, and leaves the rest alone", async () => {
  const from = await configOf("[jails.a]\n[jails.b]\n[jails.c]\n[jails.d]\nenabled = false");
  const to = await configOf(
    '[daemon]\naudit_keep = "1d"\n[jails.a]\n[jails.b]\nmaxretry = 9\nsource = { file = ["/x"] }\n[jails.c]\nenabled = false\n[jails.d]',
  );
  const diff = diffConfigs(from, to);
  assert.deepEqual(
    diff.toAdd.map((jail) => jail.name),
    ["d"],
  );
  assert.deepEqual(diff.toRemove, ["c"]);
  assert.deepEqual(diff.unchanged, ["a"]);
  assert.deepEqual(
    diff.toChange.map((change) => [change.from.name, change.to.maxretry, change.keys]),
    [["b", 9, ["source", "maxretry"]]],
  );
  assert.deepEqual(diff.daemon, ["audit_keep"]);
  assert.deepEqual(diff.filters, []);
});

test("a changed default changes the jails that follow it and no other", async () => {
  const from = await configOf("[jails.a]\n[jails.b]\nmaxretry = 3");
  const to = await configOf("[defaults]\nmaxretry = 9\n[jails.a]\n[jails.b]\nmaxretry = 3");
  const diff = diffConfigs(from, to);
  assert.deepEqual(
    diff.toChange.map(({ to: jail, keys }) => [jail.name, keys]),
    [["a", ["maxretry"]]],
  );
  assert.deepEqual(diff.unchanged, ["b"]);
});

test("start is the difference from nothing, and the same again is no difference", async () => {
  const config = await configOf("[jails.a]\n[jails.b]\nenabled = false");
  const start = diffConfigs(undefined, config);
  assert.deepEqual(
    start.toAdd.map((jail) => jail.name),
    ["a"],
  );
  assert.ok(start.daemon.includes("state"));
  assert.deepEqual(diffConfigs(config, await configOf("[jails.b]\nenabled = false\n[jails.a]")), {
    toAdd: [],
    toRemove: [],
    toChange: [],
    unchanged: ["a"],
    daemon: [],
    filters: [],
    webhook: [],
  });
});

test("applying a difference always gives the wanted jails", async () => {
  const jails = fc.dictionary(
    fc.constantFrom("a", "b", "c", "d"),
    fc.record({ maxretry: fc.integer({ min: 1, max: 3 }), enabled: fc.boolean() }),
  );
  const text = jails.map((tables) =>
    Object.entries(tables)
      .map(
        ([name, { maxretry, enabled }]) =>
          `[jails.${name}]\nmaxretry = ${maxretry}\nenabled = ${enabled}`,
      )
      .join("\n"),
  );
  await fc.assert(
    fc.asyncProperty(text, text, async (before, after) => {
      const [from, to] = [await configOf(before), await configOf(after)];
      const diff = diffConfigs(from, to);
      const running = new Map(
        from.jails.filter((jail) => jail.enabled).map((jail) => [jail.name, jail]),
      );
      for (const name of diff.toRemove) assert.ok(running.delete(name));
      for (const jail of diff.toAdd) running.set(jail.name, jail);
      for (const change of diff.toChange) running.set(change.to.name, change.to);
      const wanted = new Map(
        to.jails.filter((jail) => jail.enabled).map((jail) => [jail.name, jail]),
      );
      assert.deepEqual(running, wanted);
    }),
  );
});

test("automatic jails follow the defaults and spare what was turned off", async () => {
  const config = await configOf("[defaults]\nmaxretry = 4\n[jails.postfix]\nenabled = false");
  const all = withAutoJails(config, [jailName("sshd"), jailName("postfix")]);
  assert.deepEqual(
    all.jails.map((jail) => [jail.name, jail.filter, jail.maxretry, jail.enabled, jail.ports]),
    [
      ["postfix", "postfix", 4, false, "all"],
      ["sshd", "sshd", 4, true, "all"],
    ],
  );
  const chosen = await configOf("[jails.sshd]");
  assert.equal(withAutoJails(chosen, [jailName("postfix")]), chosen);
});
