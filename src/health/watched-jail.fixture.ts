/** A jail as checks get it, for tests. */
import assert from "node:assert/strict";
import { configOf } from "../firewall/firewall.fixture.ts";
import { emptyFilter } from "../jails/by-hand.ts";
import { createJail } from "../jails/jail.ts";
import type { WatchedJail } from "./jail-check.ts";

export async function sampleWatchedJail(): Promise<WatchedJail> {
  const [config] = (await configOf({ sshd: ["any"] })).jails;
  assert.ok(config !== undefined);
  const filter = { name: "sshd", variant: "sshd", programs: ["sshd"], rules: [], recordRules: [] };
  const jail = createJail(config, { ...filter, mode: "normal" });
  const search = { source: undefined, looked: [] };
  return { live: { jail, definition: emptyFilter("sshd"), search }, source: undefined };
}
