import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "../config/parse-config.ts";
import type { Ban } from "../domain/ban.ts";
import { parseSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { banTag } from "./ban-tags.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { openBook } from "../record/open-book.ts";
import { factsOf } from "./ban-facts.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import { openLibrary } from "../jails/load-filters.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: () => NOW, monotonic: () => 0 };

/** <bancount> of a third ban, the second in its jail, where [increment] says this. */
async function bancount(increment: string): Promise<string | undefined> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const text = `[defaults.increment]\n${increment}\n[jails.sshd]\n[jails.other]\nfilter = "sshd"\n`;
  const paths = { state: "/state", socket: "/socket" };
  const parsed = await parseConfig([{ path: "test", text }], { paths, ports: new Map() });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { jails } = compileJails(parsed.value.jails, { filters, compile }, []);
  const [other, sshd] = jails.map(({ jail }) => jail);
  const subject = parseSubject("192.0.2.7");
  assert.ok(sshd !== undefined && other !== undefined && subject !== undefined);
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  for (const [jail, hours] of [
    [other, 3],
    [sshd, 2],
    [sshd, 0],
  ] as const) {
    const from = instant(NOW - hours * 3_600_000);
    const ban: Ban = {
      ...{ subject, jail: jail.name, scope: jail.policy.scope, from },
      ...{ until: instant(from + 3_600_000), origin: "detected", reason: "", rule: "" },
      ...{ failures: 5, escalation: 0 },
    };
    book.commit({ steps: [{ kind: "ban", ban, who: "test" }], cursors: [] });
    if (hours > 0) book.expire(instant(from + 3_600_000), 10);
  }
  const ban = [...book.activeBans({ jail: sshd.name })][0];
  assert.ok(ban !== undefined);
  const capture = (): ReadonlyMap<string, string> => new Map();
  const sources = { book, clock, jail: () => sshd, bannedTotal: () => 2, capture };
  return banTag(factsOf(sources, ban, false), "inet4", "bancount");
}

test("the ban count of an action includes earlier bans only with an increment", async () => {
  assert.equal(await bancount("enabled = false"), "1");
  assert.equal(await bancount("enabled = true\noveralljails = false"), "2");
  assert.equal(await bancount("enabled = true\noveralljails = true"), "3");
});
