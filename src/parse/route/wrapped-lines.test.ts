/** Lines that container runtimes, syslog daemons or relays wrap, repeat or rename, and to which program they belong. */
import assert from "node:assert/strict";
import test from "node:test";
import v8 from "node:v8";
import { instant } from "../../domain/instant.ts";
import { CUT_MARK, type LineBatch, type LineFields } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import { type Filter, compileFilter } from "../filter/compile-filter.ts";
import { createLineRouter } from "./line-router.ts";
import type { LineRouter } from "./line-sink.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));

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

const SSHD = filter(["sshd"], "Failed password for {user} from {ip}{? port {port}}{? ssh2}");

interface Outcome {
  readonly matches: readonly Match[];
  /** Messages of the unrecognized lines. */
  readonly silent: readonly string[];
}

function route(
  router: LineRouter,
  lines: readonly string[],
  more: Partial<LineBatch> = {},
): Outcome {
  const matches: Match[] = [];
  const silent: string[] = [];
  const text = lines.map((line) => `${line}\n`).join("");
  router.route({ text, fields: undefined, arrival: "backlog", cursor: undefined, ...more }, NOW, {
    matched: (_entry, match) => matches.push(match),
    unrecognized: (_entries, { message, end, unwrapped }) =>
      silent.push(unwrapped?.slice(message).trimEnd() ?? text.slice(message, end)),
  });
  return { matches, silent };
}

const shared = (): LineRouter =>
  createLineRouter([{ filter: SSHD, accepts: undefined }], () => 3_600_000);
const named = (one = SSHD): LineRouter =>
  createLineRouter([{ filter: one, accepts: undefined, owns: () => true }], () => 3_600_000);
const counts = ({ matches }: Outcome): readonly string[] =>
  matches.map(({ ip, repeated }) => `${ip} ${repeated}`);

const STAMP = "Nov 23 04:11:05";
const FAILED = (ip: string): string => `Failed password for root from ${ip} port 40022 ssh2`;
const docker = (log: string, more: object = {}): string =>
  JSON.stringify({ log, stream: "stderr", time: "2026-11-23T04:11:05.123456789Z", ...more });

test("a repeat in the format of syslog daemons counts the line before again", () => {
  for (const repeat of [
    `${STAMP} web1 last message repeated 3 times`,
    `${STAMP} web1 last message repeated 3 times `,
    `${STAMP} web1 syslogd: last message repeated 3 times`,
    `${STAMP} web1 syslog: last message repeated 3 times`,
    `${STAMP} --- last message repeated 3 times ---`,
    `${STAMP} web1 --- last message repeated 3 times ---`,
    `${STAMP} web1 last message buffered 3 times`,
    `<38>${STAMP} web1 last message repeated 3 times`,
    `${STAMP} web1 sshd[7]: Last message 'Failed password for ' repeated 3 times, suppressed by syslog-ng on web1`,
    `${STAMP} web1 sshd: Last message 'Failed password for ' repeated 3 times, suppressed by syslog-ng on web1`,
  ]) {
    const lines = [`${STAMP} web1 sshd[7]: ${FAILED("192.0.2.7")}`, repeat];
    assert.deepEqual(counts(route(shared(), lines)), ["192.0.2.7 1", "192.0.2.7 3"], repeat);
    // In the next batch of the same log, and not in that of another.
    const router = shared();
    const cursor = { key: "/var/log/a", value: "1" };
    route(router, lines.slice(0, 1), { cursor });
    assert.deepEqual(counts(route(router, [repeat], { cursor })), ["192.0.2.7 3"], repeat);
    route(router, lines.slice(0, 1), { cursor });
    assert.deepEqual(counts(route(router, [repeat], { cursor: { ...cursor, key: "b" } })), []);
  }
});

test("a repeat counts at its own time, and one repetition counts once", () => {
  const router = shared();
  const { matches } = route(router, [
    `${STAMP} web1 sshd[7]: ${FAILED("192.0.2.7")}`,
    "Nov 23 04:12:05 web1 last message repeated 1 time",
  ]);
  assert.deepEqual(
    matches.map(({ at, session, repeated }) => [
      new Date(at).toISOString(),
      session % 2 ** 22,
      repeated,
    ]),
    [
      ["2026-11-23T03:11:05.000Z", 7, 1],
      ["2026-11-23T03:12:05.000Z", 7, 1],
    ],
  );
});

test("a repeat behind a relay's header counts the line before again", () => {
  const sent = "2026-11-23T04:11:04Z";
  const said = FAILED("192.0.2.7");
  const last = "last message repeated 3 times";
  const relayed = `${STAMP} relay ${STAMP} web1 sshd[7]: ${said}`;
  for (const [failed, repeat] of [
    [relayed, `${STAMP} relay ${STAMP} web1 ${last}`],
    [relayed, `${STAMP} relay web1 ${last}`],
    [relayed, `${STAMP} relay ${STAMP} web1 syslogd: ${last}`],
    [relayed, `<46>${STAMP} relay <46>${STAMP} web1 ${last}`],
    [`${STAMP} relay web1 sshd[7]: ${said}`, `${STAMP} relay web1 ${last}`],
    [`${STAMP} web1 web1 sshd[7]: ${said}`, `${STAMP} web1 web1 ${last}`],
    [`${STAMP} relay <38>${STAMP} sshd[7]: ${said}`, `${STAMP} relay <46>${STAMP} ${last}`],
    [`${STAMP} web1 <38>sshd[7]: ${said}`, `${STAMP} web1 <46>${last}`],
    [
      `${STAMP} relay 1 ${sent} web1 sshd 7 - - ${said}`,
      `${STAMP} relay 1 ${sent} web1 syslogd - - - ${last}`,
    ],
  ] as const) {
    const lines = [failed, repeat];
    assert.deepEqual(counts(route(shared(), lines)), ["192.0.2.7 1", "192.0.2.7 3"], repeat);
    const router = shared();
    const cursor = { key: "/var/log/a", value: "1" };
    route(router, lines.slice(0, 1), { cursor });
    assert.deepEqual(counts(route(router, [repeat], { cursor })), ["192.0.2.7 3"], repeat);
  }
});

test("a repeat behind a relay's header counts only for the same relay and sender", () => {
  const last = "last message repeated 40 times";
  const relayed = `${STAMP} relay ${STAMP} web1 sshd[7]: ${FAILED("192.0.2.7")}`;
  const plain = `${STAMP} web1 sshd[7]: ${FAILED("192.0.2.7")}`;
  for (const [failed, repeat] of [
    [relayed, `${STAMP} relay ${STAMP} web2 ${last}`],
    [relayed, `${STAMP} relay2 ${STAMP} web1 ${last}`],
    [relayed, `${STAMP} relay ${STAMP} ${last}`],
    [relayed, `${STAMP} relay ${STAMP} web1 sshd[7]: ${last}`],
    [relayed, `${STAMP} relay ${STAMP} web1 said ${last}`],
    // Where no relay wrote the line before, a word before the host is a client's.
    [plain, `${STAMP} denied web1 ${last}`],
    [plain, `${STAMP} web1 web1 ${last}`],
    [plain, `${STAMP} denied ${STAMP} web1 ${last}`],
  ] as const)
    assert.deepEqual(counts(route(shared(), [failed, repeat])), ["192.0.2.7 1"], repeat);
});

test("a repeat of another message counts for no address", () => {
  const failed = `${STAMP} web1 sshd[7]: ${FAILED("192.0.2.7")}`;
  const repeat = `${STAMP} web1 last message repeated 9 times`;
  for (const lines of [
    [repeat],
    [failed, `${STAMP} web1 cron[1]: x`, repeat],
    [failed, `${STAMP} web1 sshd[7]: something new`, repeat],
    [failed, "", repeat],
    // Another program's text, the quoted beginning of another message, a longer text.
    [failed, `${STAMP} web1 app[9]: last message repeated 9 times`],
    [failed, `${STAMP} web1 sshd[7]: last message repeated 9 times`],
    [
      failed,
      `${STAMP} web1 Last message 'Accepted' repeated 9 times, suppressed by syslog-ng on w`,
    ],
    [failed, `${STAMP} web1 last message repeated 9 times by me`],
    [failed, `${STAMP} web1 last message repeated many times`],
  ]) {
    const expected = lines[0] === failed ? ["192.0.2.7 1"] : [];
    assert.deepEqual(counts(route(shared(), lines)), expected, String(lines.at(-1)));
  }
  const bounded = route(shared(), [failed, `${STAMP} web1 last message repeated 999999999 times`]);
  assert.deepEqual(counts(bounded), ["192.0.2.7 1", "192.0.2.7 100000"]);
});

test("a repeat counts only for the same host and program, and never if it may be a client's text", () => {
  const failed = `${STAMP} web1 sshd[7]: ${FAILED("192.0.2.7")}`;
  const suppressed = (quote: string): string =>
    `Last message '${quote}' repeated 900 times, suppressed by syslog-ng on web1`;
  for (const repeat of [
    "router9 last message repeated 40 times",
    "router9 syslogd: last message repeated 40 times",
    "router9 --- last message repeated 40 times ---",
    "web1 router9 last message repeated 40 times",
    "web1 syslogd: router9 last message repeated 40 times",
    "last message repeated 40 times",
    `router9 sshd[7]: ${suppressed("Failed password for ")}`,
    `web1 myapp[9]: ${suppressed("Failed password for ")}`,
    `web1 ${suppressed("Failed password for ")}`,
    suppressed("Failed password for "),
    `web1 sshd: ${suppressed("")}`,
    `web1 sshd: ${suppressed("F")}`,
    `web1 sshd: ${suppressed("Accepted password fo")}`,
  ]) {
    const lines = [failed, `${STAMP} ${repeat}`];
    assert.deepEqual(counts(route(shared(), lines)), ["192.0.2.7 1"], repeat);
    assert.deepEqual(counts(route(named(), lines)), ["192.0.2.7 1"], repeat);
    const router = named();
    route(router, lines.slice(0, 1));
    assert.deepEqual(counts(route(router, lines.slice(1))), [], `next batch: ${repeat}`);
  }
  const app = filter([], "login from {ip} failed", "{*}login from {ip} failed");
  const cri = "2026-11-23T04:11:05.1Z stderr F";
  for (const [before, repeat] of [
    [`${STAMP} login from 192.0.2.7 failed`, `${STAMP} last message repeated 40 times`],
    [`${STAMP} login from 192.0.2.7 failed`, `${STAMP} --- last message repeated 40 times ---`],
    [
      `${STAMP} INFO auth: login from 192.0.2.7 failed`,
      `${STAMP} INFO last message repeated 9 times`,
    ],
    ["login from 192.0.2.7 failed", "last message repeated 40 times"],
    [`${cri} ${failed}`, `${cri} ${STAMP} web1 last message repeated 40 times`],
    [`${cri} ${failed}`, `${STAMP} web1 last message repeated 40 times`],
    [docker(`${failed}\n`), docker(`${STAMP} web1 last message repeated 40 times\n`)],
  ] as const)
    for (const one of [SSHD, app]) {
      const { matches } = route(named(one), [before, repeat]);
      assert.equal(
        matches.every(({ repeated }) => repeated === 1),
        true,
        repeat,
      );
      assert.ok(matches.length <= 1, repeat);
    }
  // Filters of any program that read the same log change nothing, nor does another name of the service.
  const both = createLineRouter(
    [SSHD, app].map((one) => ({ filter: one, accepts: undefined })),
    () => 0,
  );
  const repeat = `${STAMP} web1 sshd: ${suppressed("Failed password for ")}`;
  assert.deepEqual(counts(route(both, [failed, repeat])), ["192.0.2.7 1", "192.0.2.7 900"]);
  const gateway = [failed.replace("sshd", "gw"), `${STAMP} web1 last message repeated 4 times`];
  assert.deepEqual(counts(route(named(), gateway)), ["192.0.2.7 1", "192.0.2.7 4"]);
});

test("Docker's JSON and CRI lines are unwrapped, and counted at the runtime's time", () => {
  const lines = [
    docker(`${FAILED("192.0.2.1")}\r\n`),
    docker(`Nov 23 05:11:04 web1 sshd[9]: ${FAILED("192.0.2.2")}\n`),
    docker(`${FAILED("192.0.2.3")}\n`, { attrs: { tag: "x" } }),
    `2026-11-23T04:11:05.123456789Z stderr F ${FAILED("192.0.2.4")}`,
    `2026-11-23T05:11:05.123456789+01:00 stdout F sshd[9]: ${FAILED("192.0.2.5")}`,
    `2026-11-23T04:11:05.123456789Z stderr F:x ${FAILED("192.0.2.6")}`,
  ];
  for (const make of [shared, named])
    for (const [n, line] of lines.entries()) {
      const { matches, silent } = route(make(), [line]);
      assert.deepEqual(
        matches.map(({ ip, at }) => `${ip} ${new Date(at).toISOString()}`),
        [`192.0.2.${n + 1} 2026-11-23T04:11:05.123Z`],
      );
      assert.deepEqual(silent, []);
    }
});

test("a program's earlier time inside a wrapping counts, without what a time zone may explain", () => {
  const said = (stamp: string): string => `${stamp} web1 sshd[9]: ${FAILED("192.0.2.7")}`;
  for (const [stamp, at] of [
    ["2026-11-23T03:00:00+01:00", "2026-11-23T02:00:00.000Z"],
    ["2026-11-23T04:11:00Z", "2026-11-23T04:11:00.000Z"],
    // Whether the zone or the delay explains the hour is not known.
    ["Nov 23 04:00:00", "2026-11-23T04:00:00.000Z"],
    ["Nov 20 04:00:00", "2026-11-20T03:00:00.000Z"],
    // Local time is UTC+1. The container's zone is UTC, UTC-9:30 or UTC+3.
    ["Nov 23 04:11:02", "2026-11-23T04:11:05.123Z"],
    ["Nov 22 18:41:05", "2026-11-23T04:11:05.123Z"],
    ["Nov 23 07:11:05", "2026-11-23T04:11:05.123Z"],
    // No line is received before it is written.
    ["2026-11-23T04:15:00Z", "2026-11-23T04:11:05.123Z"],
  ] as const)
    for (const line of [
      docker(`${said(stamp)}\n`),
      `2026-11-23T04:11:05.123456789Z stderr F ${said(stamp)}`,
    ]) {
      const [match] = route(shared(), [line]).matches;
      assert.ok(match?.isTimed === true);
      assert.equal(new Date(match.at).toISOString(), at, line);
    }
});

test("pieces of a line are joined within their stream, never across streams", () => {
  const [head, tail] = ["Failed password for root fr", "om 192.0.2.7 port 40022 ssh2"];
  const cri = (flag: string, text: string, stream = "stderr"): string =>
    `2026-11-23T04:11:05.1Z ${stream} ${flag} ${text}`;
  const whole = ["192.0.2.7 1"];
  // A short incomplete piece was left by a program that ended: the next line is of its next start.
  assert.deepEqual(counts(route(named(), [docker(head), docker(`${tail}\n`)])), []);
  assert.deepEqual(
    counts(route(named(), [docker("Password: "), docker(`${FAILED("192.0.2.7")}\n`)])),
    whole,
  );
  const full = docker("x".repeat(16_384));
  const last = docker(`${FAILED("192.0.2.9")}\n`);
  assert.deepEqual(
    counts(route(named(), [full, full, last, docker(`${FAILED("192.0.2.7")}\n`)])),
    whole,
  );
  assert.deepEqual(counts(route(named(), [cri("P", head), cri("F", tail)])), whole);
  const between = [cri("P", head), cri("F", "hello", "stdout"), cri("P", ""), cri("F", tail)];
  assert.deepEqual(counts(route(named(), between)), whole);
  // The last piece only; a first piece of another log; one that is too long to be kept.
  assert.deepEqual(counts(route(named(), [cri("F", tail)])), []);
  const router = named();
  route(router, [cri("P", head)], { cursor: { key: "a", value: "" } });
  assert.deepEqual(
    counts(route(router, [cri("F", tail)], { cursor: { key: "b", value: "" } })),
    [],
  );
  const long = [
    cri("P", "x".repeat(16_000)),
    cri("P", "x".repeat(16_000)),
    cri("F", FAILED("192.0.2.9")),
  ];
  const { matches, silent } = route(named(), long);
  assert.deepEqual([matches, silent.map(({ length }) => length)], [[], [16_384]]);
  assert.deepEqual(counts(route(named(), [...long, cri("F", FAILED("192.0.2.7"))])), whole);
});

test("a reader that starts in the middle of a container's log ignores the rest of a line", () => {
  const cri = (flag: string, text: string, stream = "stderr"): string =>
    `2026-11-23T04:11:05.1Z ${stream} ${flag} ${text}`;
  const [one, two] = [FAILED("203.0.113.99"), FAILED("192.0.2.7")];
  const out = "stdout";
  const middle = (): LineRouter =>
    createLineRouter([{ filter: SSHD, accepts: undefined, owns: () => true }], () => 3_600_000, {
      clocks: [],
    });
  const whole = ["192.0.2.7 1"];
  for (const lines of [
    [cri("F", one), cri("F", two)],
    [cri("P", "xx"), cri("F", one), cri("F", two)],
    [
      cri("P", one),
      cri("P", one),
      cri("F", one),
      cri("P", two.slice(0, 9)),
      cri("F", two.slice(9)),
    ],
    [docker(`${one}\n`), docker(`${two}\n`)],
    [docker("x".repeat(16_384)), docker(`${one}\n`), docker(`${two}\n`)],
    [docker("xx"), docker(`${two}\n`)],
    // Streams are separate.
    [cri("F", "x"), cri("F", one, out), cri("F", two, out)],
    [docker("x\n"), docker(`${one}\n`, { stream: out }), docker(`${two}\n`, { stream: out })],
  ]) {
    assert.deepEqual(counts(route(middle(), lines)), whole, lines.join());
    const cursor = (key: string) => ({ cursor: { key, value: "" } });
    const router = middle();
    const seen = lines.flatMap((line) => counts(route(router, [line], cursor("a"))));
    assert.deepEqual(seen, whole, lines.join());
    // A log that was dropped because of too many others is unknown again.
    for (let i = 0; i < 2000; i++) route(router, ["x"], cursor(`${i}`));
    assert.deepEqual(counts(route(router, lines, cursor("a"))), whole);
  }
  // A line without a runtime's wrapping has no pieces.
  assert.deepEqual(counts(route(middle(), [`${STAMP} web1 sshd[7]: ${two}`])), whole);
  // A log in use is not dropped, for any number of others.
  const router = middle();
  const busy = { cursor: { key: "busy", value: "" } };
  route(router, [cri("F", "x")], busy);
  for (let i = 0; i < 2000; i++) {
    route(router, ["x"], { cursor: { key: `${i}`, value: "" } });
    route(router, [cri("F", "x")], busy);
  }
  assert.deepEqual(counts(route(router, [cri("F", two)], busy)), whole);
});

test("the text before the first line shows whether it is whole, and contains its pieces", () => {
  const cri = (flag: string, text: string, stream = "stderr"): string =>
    `2026-11-23T04:11:05.1Z ${stream} ${flag} ${text}\n`;
  const [head, tail] = ["Failed password for root fr", "om 192.0.2.7 port 40022 ssh2"];
  const line = FAILED("192.0.2.7");
  const cut = `{"log":"${"x".repeat(40)}${CUT_MARK}\n`;
  const resumed = (
    text: string,
    isAll: boolean,
    ...lines: readonly string[]
  ): readonly string[] => {
    const router = createLineRouter(
      [{ filter: SSHD, accepts: undefined, owns: () => true }],
      () => 0,
      {
        clocks: [],
      },
    );
    const written = lines.map((one) => one.replace(/\n$/, ""));
    return counts(route(router, written, { before: () => ({ text, isAll }) }));
  };
  const [whole, none] = [["192.0.2.7 1"], []];
  // The first line of a file, of another stream, of a file whose past is not known.
  assert.deepEqual(resumed("", true, cri("F", line)), whole);
  assert.deepEqual(resumed("", true, docker(`${line}\n`)), whole);
  assert.deepEqual(resumed("", false, cri("F", line)), none);
  assert.deepEqual(resumed(cri("F", "hello"), false, cri("F", line)), whole);
  assert.deepEqual(resumed(cri("F", "hello", "stdout"), false, cri("F", line)), none);
  assert.deepEqual(resumed(cri("F", "hello", "stdout"), true, cri("F", line)), whole);
  // In the middle of a line, whose earlier pieces are read or not.
  const pieces = cri("F", "x") + cri("P", head);
  assert.deepEqual(resumed(pieces, false, cri("F", tail)), whole);
  assert.deepEqual(resumed(cri("P", "xx"), false, cri("F", line), cri("F", line)), whole);
  assert.deepEqual(resumed(cri("P", "xx"), true, cri("F", line), cri("F", line)), whole);
  assert.deepEqual(resumed(cut, true, docker(`${line}\n`), docker(`${line}\n`)), whole);
  // A cut piece has a rest, unless it was the last of its line.
  const cutCri = (flag: string): string => cri(flag, `x${CUT_MARK}`);
  assert.deepEqual(resumed(cutCri("P"), true, cri("F", line), cri("F", line)), whole);
  assert.deepEqual(resumed(cutCri("F"), true, cri("F", line)), whole);
  // The program ended with an incomplete line, and starts again with a banner.
  const left = `${docker("Password: ")}\n`;
  assert.deepEqual(resumed(left, false, docker("Starting app 1.0\n"), docker(`${line}\n`)), whole);
});

const ESC = "\u001b";
const COLORED = `${ESC}[33m${FAILED("192.0.2.7").replace("root", `${ESC}[1mroot${ESC}[0m`)}${ESC}[0m`;

test("colors of a line that begins with one are removed", () => {
  const one = ["192.0.2.7 1"];
  assert.deepEqual(counts(route(named(), [COLORED])), one);
  assert.deepEqual(counts(route(named(), [docker(`${COLORED}\n`)])), one);
  assert.deepEqual(counts(route(named(), [`2026-11-23T04:11:05Z stdout F ${COLORED}`])), one);
  assert.deepEqual(counts(route(named(), [`${COLORED} extra${CUT_MARK}`, COLORED])), one);
  const [{ user } = { user: undefined }] = route(named(), [COLORED]).matches;
  assert.equal(user, "root");
  const fields = { program: "sshd", pid: 7, at: NOW, host: "web1", journal: new Map() };
  assert.deepEqual(counts(route(shared(), [COLORED], { fields: [fields] })), one);
  assert.deepEqual(route(named(), [`${ESC}[31mhello${ESC}[0m`]).silent, ["hello"]);
});

test("colors behind the beginning of a line may be a client's and are kept", () => {
  const line = `Failed password for x${ESC}[0m from 192.0.2.7`;
  assert.equal(route(named(), [line]).matches[0]?.user, `x${ESC}[0m`);
});

test("an unrecognized wrapped line is reported without its wrapping", () => {
  const lines = [docker("hello\n"), "2026-11-23T04:11:05Z stdout F hello", '{"log":"cut'];
  assert.deepEqual(route(named(), lines).silent, ["hello", "hello", '{"log":"cut']);
  assert.deepEqual(route(shared(), lines).silent, []);
});

/** Lines of the program that no rule recognizes, because their form is not supported. */
const UNHEADED = [
  `{"message":"${FAILED("192.0.2.1")}","program":"sshd"}`,
  `{"log": "${FAILED("192.0.2.1")}", "stream": "stderr"}`,
  `time=2026-11-23T04:11:05Z program=sshd msg="${FAILED("192.0.2.1")}"`,
  `${STAMP} web1 SSHD[5]: ${FAILED("192.0.2.1")}`,
  `192.0.2.1 - - [23/Nov/2026:04:11:05 +0000] "GET / HTTP/1.1" 404 12 "-" "-"`,
];
const lone = (): LineRouter =>
  createLineRouter([{ filter: SSHD, accepts: undefined, isAlone: true }], () => 3_600_000);

test("lines of a syslog daemon's log without headers are unrecognized, if one filter reads it", () => {
  const other = `${STAMP} web1 cron[1]: x`;
  for (const line of UNHEADED) {
    assert.equal(route(lone(), [line, line]).silent.length, 2, line);
    // They may belong to another program, or be the rest of another line.
    assert.deepEqual(route(lone(), [other, line]).silent, [], line);
    assert.deepEqual(route(shared(), [line]).silent, [], line);
  }
  assert.deepEqual(route(lone(), [other, other]).silent, []);
});

test("a tag may be the path of the program", () => {
  for (const tag of ["/usr/sbin/sshd[5]", "/usr/sbin/sshd"]) {
    const line = `${STAMP} web1 ${tag}: ${FAILED("192.0.2.1")}`;
    for (const make of [shared, named, lone])
      assert.deepEqual(counts(route(make(), [line])), ["192.0.2.1 1"], tag);
  }
  assert.deepEqual(
    counts(route(shared(), [`${STAMP} web1 /sshd/[5]: ${FAILED("192.0.2.1")}`])),
    [],
  );
});

test("in a filter's own log, another program name before the message does not matter", () => {
  const app = filter(["myapp"], "login of {user} from {ip} denied", "WARN: no entry for {ip}");
  const lines = [
    "2026-11-23T04:11:05Z login of al from 192.0.2.1 denied",
    `${STAMP} web1 renamed[7]: login of al from 192.0.2.2 denied`,
    "2026-11-23 04:11:05 [error] login of al from 192.0.2.3 denied",
    "2026-11-23 04:11:05 WARN: no entry for 192.0.2.4",
    "login of al from 192.0.2.5 denied",
    "2026-11-23 04:11:05 INFO: something else",
  ];
  const { matches, silent } = route(named(app), lines);
  assert.deepEqual(
    matches.map(({ ip }) => ip),
    [1, 2, 3, 4, 5].map((n) => `192.0.2.${n}`),
  );
  assert.deepEqual(silent, ["INFO: something else"]);
  // In a log that is not configured for the filter, another program's line belongs to that program.
  const foreign = createLineRouter([{ filter: app, accepts: undefined }], () => 0);
  assert.deepEqual(route(foreign, lines.slice(1, 2)), { matches: [], silent: [] });
});

test("a log of several programs belongs to no filter alone", () => {
  const forged = `${STAMP} web1 sudo[8]: ${FAILED("203.0.113.9")}`;
  const cron = `${STAMP} web1 CRON[7]: pam_unix(cron:session): session opened`;
  const own = `${STAMP} web1 sshd[9]: ${FAILED("192.0.2.7")}`;
  // The filter's own program writes there, so names mean something; or two others do.
  assert.deepEqual(counts(route(named(), [own, forged])), ["192.0.2.7 1"]);
  assert.deepEqual(counts(route(named(), [cron, forged])), []);
  const [one, two] = [7, 8].map((pid) => `${STAMP} web1 app${pid}[${pid}]: hello`);
  assert.deepEqual(counts(route(named(), [one ?? "", two ?? "", forged.replace("sudo", "x")])), []);
  // A system's program is no other name of a service, even alone.
  for (const program of ["CRON[7]", "sudo", "kernel"])
    assert.deepEqual(
      route(named(), [`${STAMP} web1 ${program}: ${FAILED("203.0.113.9")}`]),
      { matches: [], silent: [] },
      program,
    );
  const router = named();
  route(router, [own, forged]);
  assert.deepEqual(route(router, [cron, "no name at all"]), { matches: [], silent: [] });
});

test("one line of another program does not make a jail with its own log blind", () => {
  const failed = `${STAMP} lab ssh-gw[100]: ${FAILED("192.0.2.7")}`;
  const plain = failed.replace("[100]", "");
  const whole = ["192.0.2.7 1"];
  for (const foreign of [
    "lab CRON[77]: pam_unix(cron:session): session opened",
    "lab kernel: hello",
    "lab sudo: x : TTY=pts/0",
    "lab ssh-gw-helper[6]: started",
    "lab sshd[5]: something new",
  ]) {
    const line = `${STAMP} ${foreign}`;
    const router = named();
    assert.deepEqual(counts(route(router, [failed])), whole);
    for (let i = 0; i < 3; i++) {
      route(router, [line]);
      assert.deepEqual(counts(route(router, [failed, plain])), [...whole, ...whole], foreign);
    }
    // Lines of the other program do not count after it is known.
    const forged = line.replace(/: .*/, `: ${FAILED("203.0.113.9")}`);
    if (!foreign.includes("sshd")) assert.deepEqual(counts(route(router, [forged])), [], foreign);
  }
  for (const foreign of ["CRON[7]: x", "kernel: x", "ssh-gw-helper[6]: started"]) {
    const lines = [`${STAMP} lab ${foreign}`, docker(`${FAILED("192.0.2.7")}\n`)];
    assert.deepEqual(counts(route(named(), [docker(`${lines[0]}\n`), ...lines.slice(1)])), whole);
  }
  // Also before the first line of the service, as after a restart.
  for (const first of ["CRON[7]: x", "kernel: x", "ssh-gw-helper[6]: started"])
    assert.deepEqual(counts(route(named(), [`${STAMP} lab ${first}`, failed])), whole, first);
});

test("unmatched lines of a log that is configured for a filter are unrecognized lines of it", () => {
  const failed = FAILED("192.0.2.7");
  const of = (program: string, said: string): string => `${STAMP} lab ${program}: ${said}`;
  // Two other names came first, so the service's name is unknown.
  const several = ["a", "b", failed, failed];
  const lines = several.map((said, i) => of(`${i < 2 ? `p${i}` : "ssh-gw"}[9]`, said));
  assert.deepEqual(route(named(), lines), { matches: [], silent: several });
  // The program of the filter has a different name in this log.
  const both = [of("gw[1]", failed), of("sshd[2]", FAILED("192.0.2.8")), of("gw[1]", failed)];
  const { matches, silent } = route(named(), [...both, of("x[3]", failed)]);
  assert.deepEqual(
    matches.map(({ ip }) => ip),
    ["192.0.2.7", "192.0.2.8"],
  );
  assert.deepEqual(silent, [failed]);
  assert.deepEqual(route(named(), [of("CRON[7]", "x"), "no name at all"]).silent, [
    "no name at all",
  ]);
});

test("a journal entry of a container is matched without the runtime's name", () => {
  const fields = (program: string, uid = "0"): LineFields => ({
    ...{ at: NOW, host: "h", program, pid: 77 },
    journal: new Map([["_UID", uid]]),
  });
  const owner = (): LineRouter =>
    createLineRouter(
      [
        {
          filter: SSHD,
          accepts: undefined,
          owns: (of) => of?.journal.get("_UID") === "0",
        },
      ],
      () => 0,
    );
  const lines = [FAILED("192.0.2.1"), FAILED("192.0.2.3"), "hello"];
  const of = [fields("dockerd"), fields("logger", "1000"), fields("dockerd")];
  const { matches, silent } = route(owner(), lines, { fields: of });
  const named = route(owner(), [`sshd[9]: ${FAILED("192.0.2.2")}`], { fields: [fields("conmon")] });
  // The process id of the runtime does not identify a session.
  assert.deepEqual(
    [...matches, ...named.matches].map(({ ip, session }) => [ip, session % 2 ** 22]),
    [
      ["192.0.2.1", 0],
      ["192.0.2.2", 9],
    ],
  );
  assert.deepEqual(silent, ["hello"]);
});

test("a truncated wrapped line is not trusted, nor the line of which it is a piece", () => {
  const cri = (flag: string, text: string): string =>
    `2026-11-23T04:11:05.1Z stderr ${flag} ${text}`;
  const failed = FAILED("192.0.2.7");
  for (const lines of [
    [`${cri("F", failed)}${CUT_MARK}`],
    [`${docker(`${failed}\n`).slice(0, 60)}${CUT_MARK}`],
    [`${cri("P", failed.slice(0, 20))}${CUT_MARK}`, cri("F", failed.slice(20))],
    [`${STAMP} web1 cron[1]: x`, `${STAMP} web1 last message repeated 3 times${CUT_MARK}`],
  ])
    assert.deepEqual(counts(route(named(), lines)), [], String(lines[0]));
});
