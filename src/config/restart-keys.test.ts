import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "./config.ts";
import { DAEMON } from "./schema.ts";
import { parseConfig } from "./parse-config.ts";
import { restartKeys } from "./restart-keys.ts";

async function configOf(text: string): Promise<Config> {
  const paths = { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" };
  const parsed = await parseConfig([{ path: "/x.toml", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok);
  return parsed.value;
}

test("every key of [daemon] needs a restart", async () => {
  const before = await configOf("[jails.a]");
  for (const key of Object.keys(DAEMON)) {
    const after: Config = { ...before, daemon: { ...before.daemon, [key]: "changed" } };
    assert.deepEqual(restartKeys(before, after), [`daemon.${key}`]);
  }
});

test("only changed keys that a running daemon cannot apply are listed", async () => {
  const before = await configOf("[jails.a]");
  const after = await configOf(
    '[daemon]\nstate = "/x"\naudit_keep = "1d"\n[fail2ban]\nsocket = "/run/y.sock"\n[jails.b]',
  );
  assert.deepEqual(restartKeys(before, after), [
    "daemon.state",
    "daemon.audit_keep",
    "fail2ban.socket",
  ]);
  assert.deepEqual(restartKeys(before, before), []);
});
