import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../config/parse-config.ts";
import { instant } from "../domain/instant.ts";
import { createJail, type Jail, keepCounts } from "./jail.ts";

async function jailOf(settings: string): Promise<Jail> {
  const parsed = await parseConfig([{ path: "b.toml", text: `[jails.sshd]\n${settings}` }], {
    paths: { state: "/state", socket: "/socket" },
    ports: new Map(),
  });
  const config = parsed.ok ? parsed.value.jails[0] : undefined;
  assert.ok(config !== undefined, JSON.stringify(parsed));
  const filter = { name: "sshd", variant: "sshd", programs: ["sshd"], rules: [], recordRules: [] };
  return createJail(config, { ...filter, mode: "normal" });
}

const LOG = 'source = { file = ["/var/log/auth.log"] }';

test("when its last line came is kept with the same source only, whatever else changed", async () => {
  const old = await jailOf(LOG);
  old.lastLineAt = instant(1000);
  const sameSource = await jailOf(`${LOG}\nmaxretry = 7\n`);
  keepCounts(sameSource, old, "same");
  assert.equal(sameSource.lastLineAt, 1000);
  const otherSource = await jailOf('source = { file = ["/var/log/other.log"] }');
  keepCounts(otherSource, old, "other");
  assert.equal(otherSource.lastLineAt, undefined);
});
