/**
 * Writes quotes, as each web server logs them, into requests, users, agents and referrers of every sample of the
 * access-log filters. A rule must recognize in these lines what it recognizes with an ordinary character in place of the quote.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../src/domain/instant.ts";
import type { Match } from "../src/domain/match.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import { loadFilters } from "../src/jails/load-filters.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";
import { createLineRouter } from "../src/parse/route/line-router.ts";
import { sampleBatch } from "../src/parse/route/sample-batch.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));
/** How a web server logs a quote of a client, and in which texts it can be. Go writes one in a path as %22. */
const QUOTES: readonly (readonly [filter: string, quote: string, texts: readonly string[]])[] = [
  ["access-log", String.raw`\"`, ["path", "query", "agent", "referrer", "user"]],
  ["lighttpd", String.raw`\"`, ["path", "query", "agent", "referrer", "user"]],
  ["fake-crawler", String.raw`\"`, ["path", "query", "referrer", "user"]],
  ["nginx-proxy-manager", String.raw`\x22`, ["path", "query", "agent", "referrer", "user"]],
  ["traefik", '"', ["query", "agent", "referrer", "user"]],
];
const { filters } = await loadFilters([]);

/** Parts of a line: up to the user, user, time, method, target, protocol and answer, referrer, agent, rest. */
const COMBINED =
  /^(\S+ (?:\S+ )?(?:- )?)(\S+)( \[[^\]]+\] "[A-Z]+ )(\S+)( HTTP\/[\d.]+" \d+ \d+)(?: "([^"]*)" "([^"]*)"(.*))?$/;

/** Writes a text into one place of a line; undefined where the line has no such place. */
function place(line: string, where: string, text: string): string | undefined {
  const parts = COMBINED.exec(line);
  if (parts === null) return undefined;
  const [, head = "", user = "", time = "", target = "", answer = "", referrer, agent, rest] =
    parts;
  const isBehind = where === "agent" || where === "referrer";
  if (isBehind && referrer === undefined) return undefined;
  const query = `${target}${target.includes("?") ? "&" : "?"}z=${text}`;
  const targets: Readonly<Record<string, string>> = { path: `/z${text}z${target}`, query };
  const named = where === "user" ? `u${text}u` : user;
  const ends = [
    where === "referrer" ? `http://www.example.org/?${text} 404 ` : referrer,
    where === "agent" ? `z${text}z ${agent}` : agent,
  ];
  const end = referrer === undefined ? "" : ` "${ends[0]}" "${ends[1]}"${rest}`;
  return `${head}${named}${time}${targets[where] ?? target}${answer}${end}`;
}

for (const [name, quote, texts] of QUOTES) {
  test(`filter ${name} recognizes requests with ${quote} as it does without`, () => {
    const definition = filters.get(name);
    assert.ok(definition);
    const compiled = compileFilter(definition, "abuse");
    assert.ok(compiled.ok);
    const router = createLineRouter([{ filter: compiled.value, accepts: undefined }], () => 0);
    let key = 0;
    const read = (line: string): string => {
      const found: Match[] = [];
      const cursor = { key: `${key++}`, value: "" };
      router.route({ ...sampleBatch([line], []), cursor }, NOW, {
        matched: (_entry, match) => void found.push(match),
        unrecognized() {},
      });
      return found.map(({ rule, ip }) => `${rule} ${ip ?? ""}`).join();
    };
    const tried = new Map<string, number>();
    const differing = definition.samples.flatMap(({ line }) =>
      texts.flatMap((where) => {
        const [plain, quoted] = ["z", quote].map((text) => place(line, where, text));
        if (plain === undefined || quoted === undefined) return [];
        const [expected, found] = [read(plain), read(quoted)];
        tried.set(where, (tried.get(where) ?? 0) + 1);
        return expected === found ? [] : [{ quoted, expected, found }];
      }),
    );
    assert.deepEqual(differing, []);
    assert.deepEqual([...tried.keys()].toSorted(), [...texts].toSorted());
    const least = Math.min(...tried.values());
    assert.ok(least > 0.1 * definition.samples.length, `${least} lines`);
  });
}
