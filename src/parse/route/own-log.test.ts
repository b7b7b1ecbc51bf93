/** One filter works for a program's own file, syslog and the journal: text that resembles a header hides no message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import { instant } from "../../domain/instant.ts";
import type { LineBatch, LineFields } from "../../domain/line-batch.ts";
import { compileFilter, type Filter } from "../filter/compile-filter.ts";
import { createLineRouter } from "./line-router.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));

function filter(...patterns: readonly string[]): Filter {
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [] };
  const rule = { mode: "normal", counting: "each", closes: false, login: "password" } as const;
  const rules = patterns.map((pattern, i) => ({
    ...{ ...rule, id: `r${i}`, is: "failure" as const },
    recognize: { kind: "line", patterns: [pattern] } as const,
  }));
  const definition = { name: "f", path: "f.toml", programs: ["myapp"], rules, ...nothing };
  const made = compileFilter(definition, "normal");
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

const LOGIN = filter("login failed for {user:word} from {ip}");

interface Outcome {
  readonly found: readonly (string | undefined)[];
  readonly unknown: number;
}

function route(
  one: Filter,
  lines: readonly string[],
  whose: "own" | "shared",
  more: Partial<LineBatch> = {},
): Outcome {
  const owns = whose === "own" ? () => true : undefined;
  const router = createLineRouter([{ filter: one, accepts: undefined, owns }], () => 0);
  const found: (string | undefined)[] = [];
  let unknown = 0;
  const text = lines.map((line) => `${line}\n`).join("");
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  router.route({ ...batch, ...more }, NOW, {
    matched: (_, { ip }) => found.push(ip),
    unrecognized: () => {
      unknown++;
    },
  });
  return { found, unknown };
}

const SAID = "login failed for joe from 192.0.2.7";
const STAMP = "2026-11-29 09:00:00";

test("the message after a level in a program's own file", () => {
  for (const head of [
    ...[`${STAMP} `, `${STAMP} ERROR: `, `${STAMP},123 WARN `, `[${STAMP}] [notice] `],
    ...[
      `${STAMP} error: `,
      `${STAMP} <Error> `,
      `${STAMP}.123 INFO[42]: `,
      `[${STAMP}] app.ERROR: `,
    ],
    ...[`${STAMP},123 WARNING myapp: `, `Nov 29 09:00:00 myapp: `, `Nov 29 09:00:00 CRITICAL `],
  ])
    assert.deepEqual(
      route(LOGIN, [head + SAID], "own"),
      { found: ["192.0.2.7"], unknown: 0 },
      head,
    );
});

test("the same lines match a pattern with the level", () => {
  for (const head of [
    ...["ERROR: ", "WARNING app: ", "app.ERROR: ", "[main] ERROR com.example.Auth - ", "login: "],
    ...["ERROR [main] com.example.Auth: ", " WARN 1234 --- [nio-exec-1] c.e.Auth : ", "auth[x]: "],
    ...[
      "[error] 123#123: *1 ",
      "INFO auth.c:42 - ",
      "- app - WARNING - ",
      "ERROR: PAM: ",
      "myapp: ",
    ],
  ]) {
    const whole = filter(`${head.trimStart()}${SAID.replace("192.0.2.7", "{ip}")}`);
    const outcome = route(whole, [`${STAMP} ${head}${SAID}`], "own");
    assert.deepEqual(outcome, { found: ["192.0.2.7"], unknown: 0 }, head);
  }
  const klog = filter(`{*}1 server.go:42] ${SAID.replace("192.0.2.7", "{ip}")}`);
  const line = `I1129 09:00:00.123456       1 server.go:42] ${SAID}`;
  assert.deepEqual(route(klog, [line], "own").found, ["192.0.2.7"]);
});

test("the same filter in syslog and in the journal", () => {
  const lines = [
    `Nov 29 09:00:00 web1 myapp[42]: ${SAID}`,
    `<38>Nov 29 09:00:00 web1 myapp: ${SAID}`,
    `Nov 29 09:00:00 web1 auth.info myapp[42]: ${SAID}`,
    `Nov 29 09:00:00 <auth.info> web1 myapp[42]: ${SAID}`,
    `Nov 29 09:00:00 relay Nov 29 09:00:00 web1 myapp[42]: ${SAID}`,
    `Nov 29 09:00:00 relay <38>Nov 29 09:00:00 web1 myapp[42]: ${SAID}`,
    `Nov 29 09:00:00 relay <38>Nov 29 09:00:00 myapp[42]: ${SAID}`,
    `Nov 29 09:00:00 web1 <38>myapp[42]: ${SAID}`,
    `Nov 29 09:00:00 relay 1 2026-11-29T09:00:00Z web1 myapp 42 - - ${SAID}`,
    `2026-11-29T09:00:00Z relay <38>1 2026-11-29T09:00:00Z web1 myapp - - - ${SAID}`,
    `<38>relay 1 2026-11-29T09:00:00Z web1 myapp 42 - - ${SAID}`,
  ];
  for (const whose of ["own", "shared"] as const)
    for (const line of lines)
      assert.deepEqual(route(LOGIN, [line], whose).found, ["192.0.2.7"], line);
  const fields: LineFields = {
    ...{ at: NOW, host: "web1", program: "myapp", pid: 42, journal: new Map<string, string>() },
  };
  assert.deepEqual(route(LOGIN, [SAID], "shared", { fields: [fields] }).found, ["192.0.2.7"]);
});

test("after the program is known, lines of other names are not its own, lines with a level are", () => {
  const own = `Nov 29 09:00:00 web1 myapp[42]: ${SAID}`;
  const said = SAID.replace("192.0.2.7", "192.0.2.8");
  const lines = [own, `${STAMP} joe: ${said}`, `Nov 29 09:00:00 web1 other[7]: ${said}`];
  assert.deepEqual(route(LOGIN, lines, "own").found, ["192.0.2.7"]);
  assert.deepEqual(route(LOGIN, [own, `${STAMP} ERROR: ${said}`], "own").found, [
    "192.0.2.7",
    "192.0.2.8",
  ]);
});

test("in a log of several programs, lines belong to their program", () => {
  const lines = [`Nov 29 09:00:00 web1 other[7]: ${SAID}`, `Nov 29 09:00:00 web1 other: ${SAID}`];
  assert.deepEqual(route(LOGIN, lines, "shared"), { found: [], unknown: 0 });
});
