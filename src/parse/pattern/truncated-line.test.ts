/** Patterns that begin alike read a truncated line together, with the results that each has alone. */
import assert from "node:assert/strict";
import test from "node:test";
import { createEffort, RULES_EFFORT } from "../expression/search-effort.ts";
import { parsePattern, type PatternPart } from "./pattern.ts";
import {
  createPrefixReader,
  type Fronts,
  type PrefixReader,
  type PrefixVerdict,
} from "./truncated-line.ts";

function reader(pattern: string): PrefixReader {
  return createPrefixReader((): readonly PatternPart[] => {
    const parts = parsePattern(pattern);
    assert.ok(parts.ok, pattern);
    return parts.value;
  });
}

const HEAD = '{?{vhost:word} }{ip} - {who:unescaped="} [{at:until=]"}] "';
const PATTERNS = [
  `${HEAD}{GET|POST} {path:unescaped="? }/.env{*}`,
  `${HEAD}{GET|POST} {path:unescaped="? }/.git{ |?}{*}`,
  `${HEAD}GET {path:unescaped="? }/login{rest:unescaped="}" 404 {*}`,
  `${HEAD}GET /{*}`,
  `${HEAD}GET / HTTP{*}`,
  `${HEAD.replace("unescaped", "until")}GET {path:text} HTTP/1.1" 200 {*}`,
  // The same texts, of which another is the address, or free.
  '{host} - {who:unescaped="} [{at:until=]"}] "GET {*}',
  '{*} - {ip} [{at:until=]"}] "GET {*}',
  '{vhost:word} {ip} - {who:unescaped="} [{at:until=]"}] "GET {*}',
  '{vhost:word} {client:ip} - {ip} [{at:until=]"}] "GET {*}',
];
const LINES = [
  '192.0.2.7 - - [23/Nov/2026:04:11:05 +0000] "GET /a/.env?x HTTP/1.1" 404 153 "-" "x"',
  '192.0.2.7 - - [23/Nov/2026:04:11:05 +0000] "GET /.git HTTP/1.1" 404 153 "-" "x"',
  String.raw`www.example.org 2001:db8::7 - a\" [b] [23/Nov/2026:04:11:05 +0000] "GET / HTTP/1.1" 200 153`,
  '192.0.2.7 192.0.2.8 - 198.51.100.1 [23/Nov/2026:04:11:05 +0000] "GET /login HTTP/1.1" 404 153',
];

test("patterns that begin alike find together what each finds alone", () => {
  const readers = PATTERNS.map(reader);
  const kinds = new Set<string>();
  for (const line of LINES)
    for (let cut = 0; cut <= line.length; cut++) {
      const fronts: Fronts = new Map();
      for (const [i, read] of readers.entries()) {
        const find = (known?: Fronts): PrefixVerdict => read(line, 0, cut, createEffort(), known);
        const alone = find();
        assert.deepEqual(find(fronts), alone, `${PATTERNS[i]} of ${line.slice(0, cut)}`);
        kinds.add(typeof alone === "string" ? alone : alone.ip);
      }
    }
  const found = ["192.0.2.7", "2001:db8::7", "198.51.100.1"];
  for (const kind of ["no", "unknown", ...found]) assert.ok(kinds.has(kind), kind);
});

test("what begins alike is read once", () => {
  const readers = Array.from({ length: 500 }, (_, i) => reader(`${HEAD}GET /x${i} {*}`));
  const line = '192.0.2.7 - - [23/Nov/2026:04:11:05 +0000] "GET /x499 HTTP/1.1" 404';
  const readAll = (): readonly [number, PrefixVerdict | undefined] => {
    const fronts: Fronts = new Map();
    const effort = createEffort(10 * RULES_EFFORT);
    const verdicts = readers.map((read) => read(line, 0, line.length, effort, fronts));
    assert.ok(verdicts.slice(0, -1).every((verdict) => verdict === "no"));
    return [10 * RULES_EFFORT - effort.left, verdicts.at(-1)];
  };
  // The first line pays for compilation.
  readAll();
  const [used, verdict] = readAll();
  assert.deepEqual(verdict, { ip: "192.0.2.7" });
  const alone = createEffort();
  const before = alone.left;
  readers[0]?.(line, 0, line.length, alone);
  assert.ok(used < 50 * (before - alone.left), `${used} steps, one alone ${before - alone.left}`);
});

test("without effort the readers give up, and find the address with some again", () => {
  const readers = [reader(`${HEAD}GET /a{*}`), reader(`${HEAD}GET /b{*}`)];
  const line = '192.0.2.7 - - [23/Nov/2026:04:11:05 +0000] "GET /b';
  const fronts: Fronts = new Map();
  const read = (left: number): readonly unknown[] => {
    const effort = createEffort(left);
    const verdicts = readers.map((one) => one(line, 0, line.length, effort, fronts));
    return [verdicts, effort.overLimit];
  };
  // Enough for compilation of the first.
  read(1);
  assert.deepEqual(read(100), [["unknown", "unknown"], 2]);
  assert.deepEqual(read(RULES_EFFORT), [["no", { ip: "192.0.2.7" }], 0]);
});
