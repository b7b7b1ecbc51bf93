/** Failures without an address are reported; addresses with punctuation and numbered sessions do count. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createAttemptCounter } from "../detect/attempts.ts";
import { instant } from "../domain/instant.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { describeUnaddressed, noteUnaddressed, type Unaddressed } from "../jails/unaddressed.ts";
import { compileFilter, type Filter } from "../parse/filter/compile-filter.ts";
import { readFilter } from "../parse/filter/read-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";

enableLinearRegex();

type Rules = readonly { readonly is: string; readonly line?: string; readonly json?: object }[];

function compile(rules: Rules): Filter {
  const rule = rules.map((one, i) => ({ id: `r${i}`, ...one }));
  const definition = readFilter({ name: "app", rule }, "app.toml");
  assert.ok(definition.ok, JSON.stringify(definition));
  const compiled = compileFilter(definition.value, "normal");
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

interface Read {
  /** Address and count of each line. */
  readonly counted: readonly string[];
  readonly unaddressed: Unaddressed | undefined;
}

function read(rules: Rules, lines: readonly string[]): Read {
  const entry = { filter: compile(rules), accepts: undefined, owns: () => true };
  const router = createLineRouter([entry], () => 0);
  const attempts = createAttemptCounter();
  const counted: string[] = [];
  let unaddressed: Unaddressed | undefined;
  const text = lines
    .map((line) => `2026-11-29 ${/^\d/.test(line) ? line : `09:00:00 ${line}`}\n`)
    .join("");
  const now = instant(Date.parse("2026-11-29T10:00:00Z"));
  router.route({ text, fields: undefined, arrival: "backlog", cursor: undefined }, now, {
    matched(_entry, match) {
      const { ip, counts, unaddressed: change } = attempts.observe(match);
      counted.push(`${ip ?? "nobody"} ${counts}`);
      unaddressed = noteUnaddressed(unaddressed, match, change);
    },
    unrecognized: () => counted.push("none"),
  });
  return { counted, unaddressed };
}

const LOGIN: Rules = [{ is: "failure", line: "login from {host} failed" }];

test("an address followed by punctuation or a port is found", () => {
  for (const [said, ip] of [
    ...["192.0.2.7:443", "[192.0.2.7]", "(192.0.2.7)", "192.0.2.7,", "<192.0.2.7>;", '"192.0.2.7"'],
    ...["[192.0.2.7]:443", "192.0.2.7."],
  ].map((one) => [one, "192.0.2.7"] as const)) {
    assert.deepEqual(read(LOGIN, [`login from ${said} failed`]).counted, [`${ip} 1`], said);
    const json: Rules = [{ is: "failure", json: { msg: "failed", peer: "{host}" } }];
    const line = JSON.stringify({ time: "2026-11-29T09:00:00Z", msg: "failed", peer: said });
    const entry = { filter: compile(json), accepts: undefined, owns: () => true };
    const seen: (string | undefined)[] = [];
    createLineRouter([entry], () => 0).route(
      { text: `${line}\n`, fields: undefined, arrival: "backlog", cursor: undefined },
      instant(Date.parse("2026-11-29T10:00:00Z")),
      { matched: (_, match) => seen.push(match.ip), unrecognized: () => seen.push("none") },
    );
    assert.deepEqual(seen, [ip], line);
  }
  for (const said of ["[2001:db8::7]:443", "[2001:db8::7]", "2001:db8::7,", "2001:db8::7"])
    assert.deepEqual(read(LOGIN, [`login from ${said} failed`]).counted, ["2001:db8::7 1"], said);
});

test("other text is not an address", () => {
  for (const said of [
    "192.0.2.7/24",
    "-",
    'x"y',
    "192.0.2.7.example.com",
    "a192.0.2.7",
    "999.1.1.1:80",
  ])
    assert.deepEqual(read(LOGIN, [`login from ${said} failed`]).counted, ["nobody 0"], said);
});

test("failures without an address are counted, and the text in its place is shown", () => {
  const lines = Array.from({ length: 40 }, () => "login from evil.example.com failed");
  const { counted, unaddressed } = read(LOGIN, lines);
  assert.deepEqual(new Set(counted), new Set(["nobody 0"]));
  assert.ok(unaddressed !== undefined);
  assert.equal(
    describeUnaddressed(unaddressed),
    '40 failures without an address: the last one contains "evil.example.com", which is not looked up',
  );
});

test("{session} joins the lines of an application's own log, without a process id", () => {
  const rules: Rules = [
    {
      is: "pending",
      line: 'The connection "{session}" (IP address: {ip}, port: {port}) was made.',
    },
    { is: "failure", line: 'Connection "{session}": User authentication failed.' },
  ];
  const made = (id: string, ip: string): string =>
    `The connection "${id}" (IP address: ${ip}, port: 4711) was made.`;
  const failed = (id: string): string => `Connection "${id}": User authentication failed.`;
  const { counted, unaddressed } = read(rules, [
    made("CID-1", "192.0.2.1"),
    made("CID-2", "192.0.2.2"),
    failed("CID-1"),
    failed("CID-2"),
    failed("CID-3"),
    // The same number for another peer within a day: the peer of the next line is unknown.
    made("CID-1", "192.0.2.3"),
    failed("CID-1"),
  ]);
  assert.deepEqual(counted, [
    ...["192.0.2.1 0", "192.0.2.2 0", "192.0.2.1 1", "192.0.2.2 1", "nobody 0"],
    ...["192.0.2.3 0", "nobody 0"],
  ]);
  // The failures of CID-3, and of CID-1 since its number is ambiguous.
  assert.equal(unaddressed?.failures, 2);
});

test("failures that get their address from a later line are not without one", () => {
  const rules: Rules = [
    { is: "failure", line: "conn={session} wrong password" },
    { is: "pending", line: "conn={session} peer {ip}" },
  ];
  const { counted, unaddressed } = read(rules, [
    "conn=1 wrong password",
    "conn=2 wrong password",
    "conn=1 wrong password",
    "conn=1 peer 192.0.2.1",
  ]);
  assert.deepEqual(counted, ["nobody 0", "nobody 0", "nobody 0", "192.0.2.1 2"]);
  assert.equal(unaddressed?.failures, 1);
});

test("failures that no session joins to an address are counted", () => {
  const rules: Rules = [
    { is: "pending", line: "accepted {ip}" },
    { is: "failure", line: "wrong password" },
  ];
  const { counted, unaddressed } = read(rules, ["accepted 192.0.2.1", "wrong password"]);
  assert.deepEqual(counted, ["192.0.2.1 0", "nobody 0"]);
  assert.match(describeUnaddressed(unaddressed ?? { failures: 0, host: "" }), /nothing joins them/);
});

test("a client that waits on a numbered connection keeps its address", () => {
  const rules: Rules = [
    { is: "pending", line: "conn={session:int} fd={fd:int} ACCEPT from IP={ip}:{port} {*}" },
    { is: "failure", line: "conn={session:int} op={op:int} RESULT tag=97 err=49 {*}" },
  ];
  const failed = Array.from(
    { length: 20 },
    (_, op) => `09:10:20 conn=7 op=${op} RESULT tag=97 err=49 text=`,
  );
  const { counted, unaddressed } = read(rules, [
    "08:00:00 conn=7 fd=12 ACCEPT from IP=192.0.2.1:5555 (IP=0.0.0.0:389)",
    ...failed,
  ]);
  assert.deepEqual(counted, ["192.0.2.1 0", ...failed.map(() => "192.0.2.1 1")]);
  assert.equal(unaddressed, undefined);
  const lost = read(rules, failed).unaddressed;
  assert.equal(lost?.unjoined, 20);
});
