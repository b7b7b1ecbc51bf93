import assert from "node:assert/strict";
import test from "node:test";
import { withAutoJails } from "../config/auto-jails.ts";
import { parseConfig } from "../config/parse-config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { enableLinearRegex } from "../platform/linear-regex.ts";
import { openBook } from "../record/open-book.ts";
import { createAllow } from "./allow.ts";
import { loadFilterCompiler } from "./compile-any-filter.ts";
import { compileJails } from "./compile-jails.ts";
import { createLineFollower, type LineFollower, readUntilKey } from "./follow-lines.ts";
import type { Jail } from "./jail.ts";
import { loadFilters, SHIPPED_FILTERS } from "./load-filters.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };
const silent = (): void => undefined;

async function sshdJail(): Promise<Jail> {
  const { filters } = await loadFilters([SHIPPED_FILTERS]);
  const compile = await loadFilterCompiler(filters.values());
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  const name = parseJailName("sshd");
  assert.ok(config.ok && name !== undefined);
  const { jails } = compileJails(
    withAutoJails(config.value, [name]).jails,
    { filters, compile },
    [],
  );
  const jail = jails.find((compiled) => compiled.jail.name === name)?.jail;
  assert.ok(jail !== undefined);
  return jail;
}

function follow(jail: Jail, book: BanBook): LineFollower {
  const resolveName = async () => [];
  const allow = createAllow({ book, ownAddresses: () => [], resolveName, emit: silent });
  allow.rebuild([], NOW);
  return createLineFollower([{ jail, source: { kind: "file", files: ["/log"] } }], {
    book,
    allow,
    clock,
    localOffset: () => 0,
    emit: silent,
    chance: () => 0,
    enforce: async () => undefined,
    stillHeard: silent,
    checkClock: silent,
    where: "/log",
  });
}

const LINES = ["11:57:00", "11:58:00", "11:59:00"]
  .map(
    (time, i) =>
      `2026-11-23T${time}Z web1 sshd[${i + 1}]: Failed password for root from 192.0.2.7 port 1 ssh2\n`,
  )
  .join("");

test("a jail that moves to another source counts only what it had not read before", async () => {
  for (const [reading, expected] of [
    ["first", 1],
    ["resumed", 3],
  ] as const) {
    const jail = await sshdJail();
    await using book = openBook({ path: ":memory:", clock, emit: silent });
    const value = String(Date.parse("2026-11-23T11:58:30Z"));
    book.commit({ steps: [], cursors: [{ key: readUntilKey(jail.name), value }] });
    const batch = {
      text: LINES,
      fields: undefined,
      arrival: "backlog",
      cursor: undefined,
    } as const;
    await follow(jail, book).follow(batch, [], reading);
    assert.equal([...book.failuresSince(instant(0))].length, expected, reading);
  }
});
