import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import type { FilterDefinition, Recognizer } from "../../domain/filter-definition.ts";
import { instant } from "../../domain/instant.ts";
import { compileFilter, type Filter } from "../filter/compile-filter.ts";
import { createExactExpression } from "../expression/exact-expression.ts";
import { createLineRouter } from "./line-router.ts";
import { LONG_MESSAGE_LENGTH } from "./long-message.ts";

const RECORD = {
  kind: "record",
  format: "json",
  absent: [],
  before: undefined,
  columns: [],
} as const;

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));
const MAX_MESSAGE_LENGTH = 16_384;

function filter(...recognize: readonly Recognizer[]): Filter {
  const rules = recognize.map((one, i) => ({
    id: `r${i}`,
    is: "failure" as const,
    mode: "normal" as const,
    counting: "each" as const,
    closes: false,
    login: "password" as const,
    recognize: one,
  }));
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [] };
  const definition: FilterDefinition = { name: "f", path: "f", programs: [], rules, ...nothing };
  const compiled = compileFilter(definition, "normal");
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

const line = (pattern: string): Recognizer => ({ kind: "line", patterns: [pattern] });

interface Outcome {
  /** Entry, rule and address of each match. */
  readonly matched: readonly string[];
  readonly unknown: readonly (readonly number[])[];
  readonly overLimit: number;
}

function route(filters: readonly Filter[], lines: readonly string[]): Outcome {
  const router = createLineRouter(
    filters.map((one) => ({ filter: one, accepts: undefined })),
    () => 0,
  );
  const matched: string[] = [];
  const unknown: (readonly number[])[] = [];
  const text = lines.map((one) => `${one}\n`).join("");
  const { overLimit } = router.route(
    { text, fields: undefined, arrival: "backlog", cursor: undefined },
    NOW,
    {
      matched: (entry, { rule, ip }) => matched.push(`${entry} ${rule} ${ip ?? "-"}`),
      unrecognized: (entries) => unknown.push(entries),
    },
  );
  return { matched, unknown, overLimit };
}

/** A pattern with very many possible matches. */
const MANY_WAYS = `${Array.from({ length: 40 }, (_, i) => `{w${i}:text}a`).join("")}b{other:ip}`;

test("a long line is matched like a short one", () => {
  const user = "x@y ".repeat(LONG_MESSAGE_LENGTH);
  const one = filter(line("login of {user} from {ip} failed{?: {*}}"));
  const failed = `login of ${user} from 192.0.2.7 failed: no`;
  assert.ok(failed.length > LONG_MESSAGE_LENGTH);
  const others = [`${failed.slice(0, -11)} worked`, failed.replace("login", "logout")];
  assert.deepEqual(route([one], [failed, ...others]), {
    matched: ["0 r0 192.0.2.7"],
    unknown: [[0], [0]],
    overLimit: 0,
  });
  const regex: Recognizer = { kind: "regex", source: String.raw`.*\s(?<ip>\S+)\sfailed: no$` };
  assert.deepEqual(route([filter(regex)], [failed]).matched, ["0 r0 192.0.2.7"]);
});

test("lines with very many possible matches cost bounded steps, and later lines are not affected", () => {
  const filters = Array.from({ length: 10 }, () => filter(line("{a}@{b} from {ip}")));
  const hostile = `${"a@".repeat(MAX_MESSAGE_LENGTH / 2 - 20)} from 192.0.2.7 `;
  const { matched, overLimit } = route(filters, [
    `${hostile}x`,
    "a@b from 192.0.2.8",
    `${hostile}x`,
    "a@b from 192.0.2.9",
  ]);
  assert.equal(matched.length, 20);
  assert.ok(matched.every((one) => one.endsWith("192.0.2.8") || one.endsWith("192.0.2.9")));
  assert.ok(overLimit <= 2);
});

test("a line whose effort is used up is reported and unrecognized, and the next line has its own effort", () => {
  const filters = Array.from({ length: 5 }, () => filter(line(MANY_WAYS)));
  const hostile = `${"ab".repeat(MAX_MESSAGE_LENGTH / 2 - 1)} x`;
  const good = `${"a".repeat(40)}b192.0.2.7`;
  const { matched, unknown, overLimit } = route(filters, [hostile, good, hostile, good]);
  assert.equal(overLimit, 2);
  assert.deepEqual(matched.length, 10);
  assert.deepEqual(unknown, [
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
  ]);
});

test("a slow rule leaves effort for other filters, but not for its own", () => {
  const hostile = `${"ab".repeat(MAX_MESSAGE_LENGTH / 2 - 30)} from 192.0.2.7`;
  const slow = filter(line(MANY_WAYS), line("{*} from {ip}"));
  const quick = filter(line("{*} from {ip}"));
  assert.deepEqual(route([slow, quick], [hostile]), {
    matched: ["1 r0 192.0.2.7"],
    unknown: [[0]],
    overLimit: 1,
  });
});

test("a long value of a JSON line is bounded as well", () => {
  const slow = filter({ ...RECORD, fields: [{ key: "m", pattern: MANY_WAYS }] });
  const quick = filter({ ...RECORD, fields: [{ key: "m", pattern: "{*} from {ip}" }] });
  const message = `${"ab".repeat(MAX_MESSAGE_LENGTH / 2 - 30)} from 192.0.2.7`;
  const { matched, overLimit } = route([slow, quick], [JSON.stringify({ m: message })]);
  assert.deepEqual(matched, ["1 r0 192.0.2.7"]);
  assert.equal(overLimit, 1);
});

test("a padded value of a JSON line does not hide one of many alternatives", () => {
  const names = Array.from(
    { length: 60 },
    (_, i) => `${String.fromCharCode(97 + (i % 20))}${i}-attack`,
  );
  const peer = { key: "ip", pattern: "{ip}" };
  const rule = (words: readonly string[]): Recognizer => ({
    ...{ ...RECORD, fields: [peer, { key: "m", pattern: `{*}{${words.join("|")}}{*}` }] },
  });
  const others = [1, 2, 3, 4, 5].map((n) => rule(names.map((name) => `${name}-${n}`)));
  const several = filter(...others, rule(names));
  for (const pad of ["a", "a0", "/x/", "t"]) {
    const padding = pad.repeat(7_500 / pad.length);
    const half = padding.slice(0, 3_750);
    for (const m of [`i8-attack ${padding}`, `${padding} i8-attack`, `${half}b1-attack${half}`]) {
      const line = JSON.stringify({ ip: "192.0.2.7", m });
      const { matched, overLimit } = route([several], [line]);
      assert.deepEqual({ matched, overLimit }, { matched: ["0 r5 192.0.2.7"], overLimit: 0 }, pad);
    }
  }
});

test("a wrapped line of line ends costs no more than its length", () => {
  const log = `${"\r".repeat(8000)}x from 192.0.2.7\n`;
  const docker = JSON.stringify({ log, stream: "stderr", time: "2026-11-30T11:00:00Z" });
  assert.deepEqual(route([filter(line("{*}x from {ip}"))], [docker]).matched, ["0 r0 192.0.2.7"]);
});

test("compiling counts for the line that needs it, and happens once", () => {
  let written = 0;
  const exact = createExactExpression(() => {
    written++;
    return `(${"a?".repeat(500)})b`;
  });
  assert.equal(exact("ab", { left: 0, overLimit: 0 }), null);
  assert.equal(written, 0, "nothing is left for it");
  const little = { left: 10, overLimit: 0 };
  assert.equal(exact("ab", little), null);
  assert.deepEqual({ ...little, written }, { left: 0, overLimit: 1, written: 1 });
  const enough = { left: 100_000, overLimit: 0 };
  assert.equal(exact("ab", enough)?.[1], "a");
  assert.deepEqual([enough.overLimit, written], [0, 1]);
});

test("a first long line does not pay for rules that cannot match it", () => {
  const filters = Array.from({ length: 100 }, (_, i) =>
    filter(
      ...Array.from({ length: 10 }, (_, k) => line(`Login ${i} ${k} failed for {user} from {ip}`)),
      ...Array.from({ length: 10 }, (_, k) => line(`{user} failed in ${i} ${k} from {ip}`)),
    ),
  );
  const long = "x ".repeat(4000);
  const { matched, overLimit } = route(filters, [
    `Login 7 7 failed for ${long} from 192.0.2.7`,
    `${long} failed in 8 8 from 192.0.2.8`,
  ]);
  assert.deepEqual(matched, ["7 r7 192.0.2.7", "8 r18 192.0.2.8"]);
  assert.equal(overLimit, 0);
});
