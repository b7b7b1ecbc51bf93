import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { instant } from "../../domain/instant.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { readFilter } from "../filter/read-filter.ts";
import { withPrefix } from "../filter/with-prefix.ts";
import { ContainerPrefixes } from "./container-prefix.ts";
import { createLineRouter } from "./line-router.ts";

function matchesOf(prefixes: readonly (string | undefined)[], lines: readonly string[]) {
  const line = "denied {user} from {ip}";
  const read = readFilter({ name: "f", rule: [{ id: "r", is: "failure", line }] }, "f.toml");
  assert.ok(read.ok);
  const filter = compileFilter(read.value, "normal");
  assert.ok(filter.ok);
  const { value } = filter;
  const routed = prefixes.map((name) => ({ filter: withPrefix(value, name), accepts: undefined }));
  const found: string[] = [];
  const text = lines.map((one) => `${one}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  createLineRouter(routed, () => 0).route(batch, instant(Date.parse("2026-11-30T12:00:00Z")), {
    matched: (entry, { user, at, isTimed }, { number, start }) =>
      found.push(
        `${number} ${prefixes[entry]} ${user} ${isTimed ? new Date(at).toISOString() : "untimed"} ${text.charAt(start)}`,
      ),
    unrecognized: (entries, { number, unwrapped }) =>
      found.push(
        `${number} unknown to ${entries.map((entry) => prefixes[entry]).join()}: ${unwrapped?.trim()}`,
      ),
  });
  return found;
}

const DENIED = "denied al from 192.0.2.7";

test("lines of one container, from compose and kubectl", () => {
  const lines = [
    `web-1  | ${DENIED}`,
    `web  | 2026-11-30T09:00:00Z ${DENIED}`,
    `web_12 | \u001b[31m${DENIED}\u001b[0m`,
    `\u001b[36mweb-1  | \u001b[0m${DENIED}`,
    `[pod/shop-7d4-x/web] 2026-11-30T09:00:00Z ${DENIED}`,
    "web-1  | hello",
    "web-1  |",
    // Of others.
    `db-1  | ${DENIED}`,
    `website-1  | ${DENIED}`,
    `web-x  | ${DENIED}`,
    `web-1 ${DENIED}`,
    `web-1| ${DENIED}`,
    `[pod/shop-7d4-x/db] ${DENIED}`,
    `[pod/web] ${DENIED}`,
    `[pod/a/b/web] ${DENIED}`,
    `[pod/${"x".repeat(400)}/web] ${DENIED}`,
    `[pod/shop/web`,
    DENIED,
  ];
  const at = "2026-11-30T09:00:00.000Z";
  assert.deepEqual(matchesOf(["web"], lines), [
    "0 web al untimed w",
    `1 web al ${at} w`,
    "2 web al untimed w",
    "3 web al untimed \u001b",
    `4 web al ${at} [`,
    "5 unknown to web: hello",
  ]);
});

test("several containers in one log, and a filter without a prefix", () => {
  const lines = [`web-1  | ${DENIED}`, `db-1 | ${DENIED}`, DENIED, "web-1  | hello"];
  assert.deepEqual(matchesOf(["web", "db", undefined], lines), [
    "0 web al untimed w",
    "1 db al untimed d",
    "2 undefined al untimed d",
    "3 unknown to web: hello",
  ]);
});

test("any line: no error, and what is read is its end", () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom("web", "-1", " ", "|", "[pod/", "/", "] "));
  const prefixes = new ContainerPrefixes([{ prefix: "web" }]);
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const line = pieces.join("").replaceAll("\u001b", "");
      const read = prefixes.read(line);
      if (read !== undefined) assert.ok(line.endsWith(read.text) && read.text.length < line.length);
    }),
    fuzzRuns(1000),
  );
});
