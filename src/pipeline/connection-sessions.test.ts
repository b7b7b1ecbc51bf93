/** In a process with many connections, a line without an address gets the peer of its connection, or none. */
import assert from "node:assert/strict";
import test from "node:test";
import { createAttemptCounter } from "../detect/attempts.ts";
import type { RuleDefinition } from "../domain/filter-definition.ts";
import { instant } from "../domain/instant.ts";
import { loadFilters } from "../jails/load-filters.ts";
import { compileFilter } from "../parse/filter/compile-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import { readFilter } from "../parse/filter/read-filter.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";

enableLinearRegex();

type Rule = Pick<RuleDefinition, "is"> & {
  readonly line?: string;
  readonly json?: object;
  readonly counts?: RuleDefinition["counting"];
};

/** Address, user and count of each line, by default of one process of the program "p". */
function told(rules: readonly Rule[], ...lines: readonly string[]): readonly string[] {
  const tables = rules.map((rule, i) => ({ id: `r${i}`, ...rule }));
  const definition = readFilter({ name: "f", programs: ["p"], rule: tables }, "f.toml");
  assert.ok(definition.ok, JSON.stringify(definition));
  const filter = compileFilter(definition.value, "normal");
  assert.ok(filter.ok, JSON.stringify(filter));
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  const attempts = createAttemptCounter();
  const out: string[] = [];
  const text = lines.map((line) => `Nov 29 09:00:00 lb ${line.replace(/^:/, "p[7]:")}\n`).join("");
  router.route(
    { text, fields: undefined, arrival: "backlog", cursor: undefined },
    instant(Date.parse("2026-11-29T10:00:00Z")),
    {
      matched(_entry, match) {
        const { ip, user, counts } = attempts.observe(match);
        out.push(`${ip ?? "nobody"} ${user ?? "-"} ${counts}`);
      },
      unrecognized: () => out.push("none"),
    },
  );
  return out;
}

for (const [what, from, failed] of [
  [
    "slapd",
    "conn={conn} fd={fd:int} ACCEPT from IP={ip}:{port} {*}",
    "conn={conn} op={op} RESULT tag=97 err=49{*}",
  ],
  [
    "slapd, unnamed",
    "conn={*} fd={*} ACCEPT from IP={ip}:{port} {*}",
    "conn={*} op={*} RESULT tag=97 err=49{*}",
  ],
  [
    "slapd, by hand",
    "conn={session} fd={*} ACCEPT from IP={ip}:{port} {*}",
    "conn={session} op={*} RESULT tag=97 err=49{*}",
  ],
] as const)
  test(`${what}: a connection accepted before the log began has no address`, () => {
    const rules: readonly Rule[] = [
      { is: "pending", line: from },
      { is: "failure", line: failed },
    ];
    const accept = (conn: number, ip: string): string =>
      `: conn=${conn} fd=12 ACCEPT from IP=${ip}:5555 (IP=0.0.0.0:389)`;
    const result = (conn: number): string => `: conn=${conn} op=9 RESULT tag=97 err=49 text=`;
    assert.deepEqual(
      told(
        rules,
        accept(1002, "192.0.2.1"),
        result(1000),
        result(1002),
        accept(1003, "192.0.2.3"),
        result(1002),
        result(1003),
        result(1000),
        "p[8]: conn=1002 op=9 RESULT tag=97 err=49 text=",
      ),
      [
        "192.0.2.1 - 0",
        "nobody - 0",
        "192.0.2.1 - 1",
        "192.0.2.3 - 0",
        "192.0.2.1 - 1",
        "192.0.2.3 - 1",
        "nobody - 0",
        "nobody - 0",
      ],
    );
  });

test("other ways to number connections", () => {
  for (const [from, failed] of [
    ["[conn{id:int}] accepted {ip}:{port}", "[conn{*}] authentication failed"],
    ["session {n}: client {ip}", "session {n}: wrong password"],
    ["Connection #{n:int} from {ip}", "Connection #{n:int} refused"],
    ["{conn}: from {ip}", "{conn}: failed"],
    ["x (sid={s}) from {ip}", "x (sid={s}) failed"],
    ["auth {n:int}: client {ip}, session {s}", "auth {n:int}: failed, session {s}"],
  ] as const) {
    const line = (pattern: string, id: string): string =>
      `: ${pattern
        .replace("{ip}", "192.0.2.1")
        .replace("{port}", "1")
        .replace("{n:int}: ", "3: ")
        .replace(/\{.*?\}/, id)}`;
    const rules: readonly Rule[] = [
      { is: "pending", line: from },
      { is: "failure", line: failed },
    ];
    assert.deepEqual(
      told(rules, line(from, "41"), line(failed, "40"), line(failed, "41")),
      ["192.0.2.1 - 0", "nobody - 0", "192.0.2.1 - 1"],
      from,
    );
  }
});

test("Base64 that a filter calls the session: without a digit, and the same up to a slash", () => {
  const once: Rule = {
    ...{ is: "failure", counts: "once" },
    line: "failed, rip={ip}, session=<{session:until=<>}>",
  };
  const line = (session: string): string => `p: failed, rip=192.0.2.7, session=<${session}>`;
  assert.deepEqual(
    told(
      [once],
      line("pYwfwodhSNvLAHEK"),
      line("EPkfwodhUtvLAHEK"),
      line("v1/404dhMu3LAHEK"),
      line("v1/504dhOO3LAHEK"),
      line("v1/504dhOO3LAHEK"),
    ),
    [1, 1, 1, 1, 0].map((counts) => `192.0.2.7 - ${counts}`),
  );
});

test("in JSON, and between JSON and text", () => {
  const rules: readonly Rule[] = [
    { is: "pending", json: { msg: "accepted", ip: "{ip}", c: "{session}" } },
    { is: "failure", json: { msg: "failed", c: "{session}" } },
  ];
  const line = (msg: string, c: number): string =>
    `: ${JSON.stringify({ msg, c, ...(msg === "accepted" ? { ip: "192.0.2.1" } : {}) })}`;
  assert.deepEqual(told(rules, line("accepted", 5), line("failed", 4), line("failed", 5)), [
    "192.0.2.1 - 0",
    "nobody - 0",
    "192.0.2.1 - 1",
  ]);
});

test("with a number that no line with an address has, the session is that of the process", () => {
  for (const failed of ["session {n}: wrong password", "session {session}: wrong password"]) {
    const rules: readonly Rule[] = [
      { is: "pending", line: "connect from {ip}" },
      { is: "failure", line: failed },
    ];
    assert.deepEqual(told(rules, ": connect from 192.0.2.1", ": session 12: wrong password"), [
      "192.0.2.1 - 0",
      "192.0.2.1 - 1",
    ]);
  }
});

test("a word that is not a connection number does not split a session", () => {
  const rules: readonly Rule[] = [
    { is: "pending", line: "session {state} from {ip}" },
    { is: "failure", line: "session {state}, wrong password" },
  ];
  assert.deepEqual(
    told(rules, ": session opened from 192.0.2.1", ": session closed, wrong password"),
    ["192.0.2.1 - 0", "192.0.2.1 - 1"],
  );
});

const FAIL: readonly Rule[] = [{ is: "failure", line: "fail [{ip}]{? (set_id={user})}" }];

test("a line without a user gets none from another line without a process id", () => {
  assert.deepEqual(
    told(
      FAIL,
      "p: fail [192.0.2.7] (set_id=brian)",
      "p: fail [192.0.2.7]",
      "p: fail [2001:db8::7] (set_id=b)",
      "p: fail [2001:db8::7]",
    ),
    ["192.0.2.7 brian 1", "192.0.2.7 - 1", "2001:db8::7 b 1", "2001:db8::7 - 1"],
  );
});

test("an empty user name stays empty; a line without a user field has the session's user", () => {
  const rules: readonly Rule[] = [
    { is: "failure", line: "login failed for {user} from {ip}" },
    { is: "failure", line: "closed by {ip}" },
    { is: "failure", json: { user: "{user}", ip: "{ip}" } },
  ];
  const json = (user: string): string => `: ${JSON.stringify({ user, ip: "192.0.2.7" })}`;
  assert.deepEqual(
    told(
      rules,
      ": login failed for bob from 192.0.2.7",
      ": login failed for  from 192.0.2.7",
      ": closed by 192.0.2.7",
      json("al"),
      json(""),
    ),
    ["192.0.2.7 bob 1", "192.0.2.7 - 1", "192.0.2.7 bob 1", "192.0.2.7 al 1", "192.0.2.7 - 1"],
  );
});

/** Address and count of each line that a shipped filter recognizes in `file`. */
async function readerOf(name: string): Promise<(file: string, line: string) => string> {
  const { filters } = await loadFilters([]);
  const definition = filters.get(name);
  assert.ok(definition !== undefined);
  const filter = compileFilter(definition, "normal");
  assert.ok(filter.ok);
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  const attempts = createAttemptCounter();
  return (file, line) => {
    let read = "none";
    const cursor = { key: `file:${file}`, value: "" };
    const text = `[29/Nov/2026:09:00:00 +0000] ${line}\n`;
    const batch = { text, fields: undefined, arrival: "backlog", cursor } as const;
    router.route(batch, instant(Date.parse("2026-11-29T10:00:00Z")), {
      matched(_entry, match) {
        const { ip, counts } = attempts.observe(match);
        read = `${ip ?? "nobody"} ${counts}`;
      },
      unrecognized() {},
    });
    return read;
  };
}

test("two instances of a service, each with its log, number their connections independently", async () => {
  const read = await readerOf("389ds");
  const failed = "conn=7 op=0 RESULT err=49 tag=97 nentries=0 etime=0";
  const from = (ip: string): string => `conn=7 fd=64 slot=64 connection from ${ip} to 203.0.113.1`;
  assert.equal(read("a", from("192.0.2.7")), "192.0.2.7 0");
  // The line with the address of this connection was written before the log was read.
  assert.equal(read("b", failed), "nobody 0");
  assert.equal(read("c", from("198.51.100.9")), "198.51.100.9 0");
  assert.equal(read("a", failed), "192.0.2.7 1");
  assert.equal(read("c", failed), "198.51.100.9 1");
});

test("a connection of this host is not the client's that had its number before a restart", async () => {
  const read = await readerOf("389ds");
  const failed = "conn=7 op=0 RESULT err=49 tag=97 nentries=0 etime=0";
  read("a", "conn=7 fd=64 slot=64 connection from 192.0.2.7 to 203.0.113.1");
  read("a", "conn=7 fd=64 slot=64 connection from local to /run/slapd-EXAMPLE.socket");
  assert.equal(read("a", failed), "nobody 0");
});
