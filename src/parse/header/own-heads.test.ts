/** Text of a client is never parsed as host, program or time of a line, and no line makes a log unreadable. */
import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import { instant } from "../../domain/instant.ts";
import type { LineFields } from "../../domain/line-batch.ts";
import { compileFilter, type Filter } from "../filter/compile-filter.ts";
import { createLineRouter } from "../route/line-router.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

const NOW = instant(Date.parse("2026-11-30T12:00:00Z"));

function filter(programs: readonly string[], ...patterns: readonly string[]): Filter {
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [] };
  const rule = { mode: "normal", counting: "each", closes: false, login: "password" } as const;
  const rules = patterns.map((pattern, i) => ({
    ...{ ...rule, id: `r${i}`, is: "failure" as const },
    recognize: { kind: "line", patterns: [pattern] } as const,
  }));
  const made = compileFilter({ name: "f", path: "f.toml", programs, rules, ...nothing }, "normal");
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

interface Outcome {
  /** Per line. */
  readonly found: readonly (string | undefined)[];
  readonly sessions: readonly number[];
  readonly times: readonly string[];
  readonly unknown: number;
}

function route(one: Filter, lines: readonly string[], fields?: readonly LineFields[]): Outcome {
  const router = createLineRouter([{ filter: one, accepts: undefined, owns: () => true }], () => 0);
  const found: (string | undefined)[] = lines.map(() => undefined);
  const sessions: number[] = [];
  const times: string[] = [];
  let unknown = 0;
  const text = lines.map((line) => `${line}\n`).join("");
  router.route({ text, fields, arrival: "backlog", cursor: undefined }, NOW, {
    matched(_, { ip, host, session, at, isTimed }, { number }) {
      found[number] = ip ?? host;
      sessions.push(session);
      times.push(isTimed ? new Date(at).toISOString() : "none");
    },
    unrecognized: () => {
      unknown++;
    },
  });
  return { found, sessions, times, unknown };
}

const found = (one: Filter, ...lines: readonly string[]): readonly (string | undefined)[] =>
  route(one, lines).found;

const OWN = "2026-11-29 09:00:00";
const CLASSIC = "Nov 29 09:00:00";
const RFC3339 = "2026-11-29T09:00:00.123456+01:00";
const STAMPS = [OWN, CLASSIC, RFC3339, `[${OWN}]`];

test("no rule matches from the middle of a message, and a client cannot choose a session", () => {
  const login = filter(
    ["myapp"],
    "login of {user} from {ip} failed{?: {*}}",
    "denied {ip} {*}",
    "user {user} from {ip} refused",
  );
  const inner = "myapp[1]: denied 198.51.100.9";
  for (const stamp of [OWN, `[${OWN}]`, "2026/11/29 09:00:00"])
    for (const line of [
      `login of ${inner} from 192.0.2.66 failed: wrong password`,
      `user ${inner} from 192.0.2.66 refused`,
      `login of lab ${CLASSIC} lab ${inner} from 192.0.2.66 failed`,
    ]) {
      const outcome = route(login, [`${stamp} ${line}`]);
      assert.deepEqual(outcome.found, ["192.0.2.66"], line);
      assert.deepEqual(outcome.sessions, [0], line);
    }
  // The whole line matches no rule, so it is unrecognized, and not matched from the name on.
  for (const line of [
    `${OWN} 192.0.2.66 ${inner} x`,
    `${OWN} chat of ${inner} x`,
    `${RFC3339} chat of ${inner} x`,
    `chat of ${inner} x`,
    `${OWN} lab ${CLASSIC} lab ${inner} x`,
    `${OWN} lab <38>${CLASSIC} lab ${inner} x`,
    `${OWN} lab 1 ${RFC3339} lab myapp 1 - - denied 198.51.100.9 x`,
    `lab <38>${CLASSIC} ${inner} x`,
    `web <38>${CLASSIC} lab ${inner} x`,
    `lab 1 ${RFC3339} lab myapp 1 - - denied 198.51.100.9 x`,
    `${OWN} joe: denied 198.51.100.9 x`,
    `${OWN} INFO joe: denied 198.51.100.9 x`,
    `${OWN} [joe]: denied 198.51.100.9 x`,
  ])
    assert.deepEqual(found(login, line), [undefined], line);
});

test("a client cannot date a line without a time by a sender's header", () => {
  const login = filter(["myapp"], "user {user} from {ip} refused");
  for (const name of [`<38>${CLASSIC} myapp[1]: x`, `1 ${RFC3339} lab myapp 1 - - x`]) {
    const outcome = route(login, [`user ${name} from 192.0.2.66 refused`]);
    assert.deepEqual([outcome.found, outcome.times], [["192.0.2.66"], ["none"]], name);
  }
});

test("text that may be a header or a message counts only if both readings give the same address", () => {
  const one = filter(["myapp"], "user {user} from {ip} refused", "denied {ip}{? {*}}");
  const line = `${CLASSIC} user myapp[1]: denied 198.51.100.9 from 192.0.2.66 refused`;
  assert.deepEqual(route(one, [line]).found, [undefined]);
  assert.equal(route(one, [line]).unknown, 1);
  // The other lines of the log decide.
  const plain = `${CLASSIC} user al from 192.0.2.1 refused`;
  assert.deepEqual(found(one, plain, line), ["192.0.2.1", "192.0.2.66"]);
  const headed = Array.from({ length: 20 }, () => `${CLASSIC} lab myapp[1]: hello`);
  assert.deepEqual(found(one, ...headed, line).slice(20), ["198.51.100.9"]);
  const anyProgram = filter([], "denied {ip}{? {*}}");
  assert.deepEqual(found(anyProgram, ...headed, line).slice(20), ["198.51.100.9"]);
  // The same peer both ways.
  const same = filter(["myapp"], "{*} from {ip} refused", "user {user} from {ip} refused");
  assert.deepEqual(found(same, `${CLASSIC} lab myapp[1]: user al from 192.0.2.1 refused`), [
    "192.0.2.1",
  ]);
  // Peers that are named.
  const named = filter(["myapp"], "user {user} from {host} refused", "denied {host}{? {*}}");
  const two = `${CLASSIC} user myapp[1]: denied b.example from a.example refused`;
  const again = `${CLASSIC} user myapp[1]: denied a.example from a.example refused`;
  assert.deepEqual(found(named, two, again), [undefined, "a.example"]);
});

test("headers are read only in a log whose lines have them, and a stray line does not change that", () => {
  const one = filter(["myapp"], "refused {user} {ip}", "denied {ip}{? {*}}");
  const forged = "chat myapp[1]: denied 198.51.100.9";
  for (const stamp of [CLASSIC, RFC3339]) {
    const plain = `${stamp} refused al 192.0.2.1`;
    const lines = [plain, ...Array.from({ length: 30 }, () => `${stamp} ${forged}`)];
    assert.deepEqual(new Set(found(one, ...lines).slice(1)), new Set([undefined]), stamp);
    const real = `${stamp} lab myapp[1]: denied 192.0.2.7`;
    for (const stray of [
      "lab -- MARK --",
      "lab restart.",
      "hello",
      "lab last message repeated 3 times",
    ]) {
      const before = Array.from({ length: 9 }, () => [real, `${stamp} ${stray}`]).flat();
      assert.deepEqual(found(one, ...before, real).at(-1), "192.0.2.7", `${stamp} ${stray}`);
    }
  }
  // And the judgment is not permanent.
  const real = Array.from({ length: 80 }, () => `${CLASSIC} lab myapp[1]: denied 192.0.2.7`);
  assert.equal(found(one, `${CLASSIC} refused al 192.0.2.1`, ...real).at(-1), "192.0.2.7");
});

test("no user name of a client makes a log unreadable", () => {
  const one = filter(["myapp"], "User {user}: bad login from {ip}");
  const later = ["bob", "b[2]", "myapp", "sudo", "kernel"].map((user) => `User ${user}: `);
  for (const stamp of [...STAMPS, ""])
    for (const first of ["myapp", "a[1]", "sudo", "su", "login", "kernel", "myapp[7]"]) {
      const heads = [`User ${first}: `, `User ${first}: `, ...later];
      const lines = heads.map((head) => `${stamp} ${head}bad login from 192.0.2.10`.trimStart());
      assert.deepEqual(
        found(one, ...lines),
        lines.map(() => "192.0.2.10"),
        `${stamp} ${first}`,
      );
    }
});

test("a user name that looks like a header hides no line", () => {
  const docs = filter(["myapp"], "login of {user} from {ip} failed{?: {*}}");
  const znc = filter(["znc"], "[{user}] failed to login from {ip}");
  const bare = filter(["myapp"], "{user} failed from {ip}");
  for (const stamp of [...STAMPS, ""]) {
    const at = stamp === "" ? "" : `${stamp} `;
    for (const name of ["myapp[1]:", "a b[1]:", "sudo:", "[myapp]:", "kernel:", "ERROR:"]) {
      const line = `${at}login of ${name} from 192.0.2.66 failed: wrong password`;
      assert.deepEqual(found(docs, line), ["192.0.2.66"], line);
      const first = `${at}${name} failed from 192.0.2.66`;
      assert.deepEqual(found(bare, first), ["192.0.2.66"], first);
    }
    const line = `${at}[a [znc] failed to login from 192.0.2.66`;
    assert.deepEqual(found(znc, line), ["192.0.2.66"], line);
  }
});

test("a journal's message is read the same way", () => {
  const one = filter(["myapp"], "user {user} from {ip} refused", "denied {ip}{? {*}}");
  const fields: LineFields = {
    ...{ at: NOW, host: "h", program: "dockerd", pid: 77, journal: new Map<string, string>() },
  };
  const of = (...lines: readonly string[]): readonly unknown[] =>
    route(
      one,
      lines,
      lines.map(() => fields),
    ).found;
  assert.deepEqual(of("myapp[1]: denied 192.0.2.7"), ["192.0.2.7"]);
  assert.deepEqual(of("user myapp[1]: denied 198.51.100.9 from 192.0.2.66 refused"), [
    "192.0.2.66",
  ]);
  assert.deepEqual(of("chat of myapp[1]: denied 198.51.100.9"), [undefined]);
  const plain = "user al from 192.0.2.1 refused";
  assert.deepEqual(of(plain, "myapp[1]: denied 198.51.100.9"), ["192.0.2.1", undefined]);
});

test("a filter without programs also matches after host and program of a syslog line", () => {
  const one = filter([], "bad {ip}");
  const whole = filter([], "{*} haproxy[{pid:int}]: bad {ip}");
  for (const head of [
    `${CLASSIC} lb haproxy[77]: `,
    `${RFC3339} lb haproxy[77]: `,
    `<38>${CLASSIC} lb haproxy[77]: `,
    `${CLASSIC} lb local0.info haproxy[77]: `,
    `${CLASSIC} relay ${CLASSIC} lb haproxy[77]: `,
  ])
    for (const each of [one, whole].slice(0, head.startsWith("<") ? 1 : 2))
      assert.deepEqual(found(each, `${head}bad 192.0.2.7`), ["192.0.2.7"], head);
  for (const head of [
    `${CLASSIC} lb haproxy: `,
    `${OWN} `,
    "<35>1 2026-11-29T09:00:00Z lb haproxy 77 - - ",
    "",
  ])
    assert.deepEqual(found(one, `${head}bad 192.0.2.7`), ["192.0.2.7"], head);
  // Without a syslog header a name may be a client's.
  for (const line of [
    `${OWN} user a[1]: bad 192.0.2.7`,
    `${OWN} a: bad 192.0.2.7`,
    "a[1]: bad 192.0.2.7",
  ])
    assert.deepEqual(route(one, [line]), {
      found: [undefined],
      sessions: [],
      times: [],
      unknown: 1,
    });
  const both = filter([], "user {user} from {ip}", "bad {ip}{? {*}}");
  assert.deepEqual(found(both, `${CLASSIC} user a[1]: bad 198.51.100.9 from 192.0.2.7`), [
    undefined,
  ]);
});

test("a word that looks like a time hides no line and is not its time", () => {
  const vhost = "{vhost} {ip} - {user} [{time}] {request:quoted} 401 {*}";
  const timeless = "{account} {ip} refused";
  const rest = '192.0.2.7 - - [29/Nov/2026:09:00:00 +0000] "GET / HTTP/1.1" 401 12';
  for (const programs of [[], ["myapp"]])
    for (const word of [
      "1795857599",
      "20260101t000000z",
      "2026-11-28T09:19:59Z",
      "www.example.org",
    ]) {
      assert.deepEqual(
        route(filter(programs, vhost), [`${word} ${rest}`]),
        { found: ["192.0.2.7"], sessions: [0], times: ["2026-11-29T09:00:00.000Z"], unknown: 0 },
        word,
      );
      assert.deepEqual(route(filter(programs, timeless), [`${word} 192.0.2.7 refused`]).times, [
        "none",
      ]);
    }
  // Also if a rule matches after that word: the web server's time counts.
  for (const word of ["1774000000", "2026-03-28T09:19:59Z"])
    for (const open of ["{*}{ip} - {user} [{*}] {request:quoted} 401 {*}", "{ip} - {*}"])
      assert.deepEqual(
        route(filter(["myapp"], open), [`${word} ${rest}`]).times,
        ["2026-11-29T09:00:00.000Z"],
        `${word} ${open}`,
      );
  const apart = `${OWN} 192.0.2.7 - - [28/Nov/2026:09:00:00 +0000] "GET / HTTP/1.1" 401 12`;
  assert.deepEqual(route(filter(["myapp"], "{ip} - {*}"), [apart]).times, [
    "2026-11-29T09:00:00.000Z",
  ]);
});

test("a program name without a host is a header if all earlier lines had one", () => {
  const one = filter(["app"], "login of {user:name} from {ip} denied");
  const said = "gate[7]: login of alice from 192.0.2.7 denied";
  for (const stamp of [OWN, RFC3339]) {
    const before = Array.from({ length: 30 }, (_, n) => `${stamp} gate[7]: request ${n}`);
    assert.equal(found(one, ...before, `${stamp} ${said}`).at(-1), "192.0.2.7", stamp);
    assert.equal(found(one, `${stamp} ${said}`).at(-1), undefined, stamp);
    const plain = `${stamp} login of bob from 192.0.2.1 denied`;
    assert.equal(found(one, ...before, plain, `${stamp} ${said}`).at(-1), undefined, stamp);
    const chat = before.map((line) => line.replace("gate[7]", "joe"));
    assert.equal(found(one, ...chat, `${stamp} ${said}`).at(-1), undefined, stamp);
  }
});

test("the program's name directly after the time is not part of the message", () => {
  const imap = filter(["imap-login"], "Info: auth failed, rip={ip}");
  const others = ["master: Info: starting up", "auth: Error: no such user", "anvil: Info: done"];
  for (const stamp of [CLASSIC, OWN]) {
    const lines = [...others, ...others, "imap-login: Info: auth failed, rip=192.0.2.7"];
    assert.equal(found(imap, ...lines.map((line) => `${stamp} ${line}`)).at(-1), "192.0.2.7");
  }
  const both = filter(["app"], "{user}: bad login from {ip}", "denied {ip} {*}");
  const forged = `${OWN} app: denied 198.51.100.9 x: bad login from 192.0.2.66`;
  const plain = `${OWN} bob: bad login from 192.0.2.10`;
  for (const before of [[], [plain], [plain, plain, plain]])
    assert.notEqual(found(both, ...before, forged).at(-1), "198.51.100.9");
});
