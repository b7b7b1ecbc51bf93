import assert from "node:assert/strict";
import test from "node:test";
import v8 from "node:v8";
import type { RuleDefinition } from "../../domain/filter-definition.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { LineBatch, LineFields } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import { type Filter, compileFilter } from "../filter/compile-filter.ts";
import { createSessionKeys, sessionKey } from "../filter/session-key.ts";
import { createLineRouter } from "./line-router.ts";
import type { LineRouter } from "./line-sink.ts";

const RECORD = {
  kind: "record",
  format: "json",
  absent: [],
  before: undefined,
  columns: [],
} as const;

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const utc = (): number => 0;

interface Shape {
  readonly name?: string;
  readonly programs?: readonly string[];
  readonly rules: Readonly<Record<string, Partial<RuleDefinition> & { readonly line?: string }>>;
}

function filter({ name = "f", programs = [], rules }: Shape): Filter {
  const compiled = compileFilter(
    {
      name,
      programs,
      path: "f.toml",
      description: "",
      journal: [],
      files: [],
      ports: [],
      samples: [],
      rules: Object.entries(rules).map(([id, { line = "", ...more }]) => ({
        id,
        is: "failure",
        mode: "normal",
        counting: "each",
        closes: false,
        login: "password",
        recognize: { kind: "line", patterns: [line] },
        ...more,
      })),
    },
    "normal",
  );
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

interface Told {
  readonly entry: number;
  readonly line: string;
  readonly match: Match;
}

interface Outcome {
  readonly told: readonly Told[];
  readonly silent: readonly (readonly [readonly number[], string])[];
  readonly lines: number;
  readonly skew: number;
}

function route(
  router: LineRouter,
  text: string,
  more: Partial<LineBatch> = {},
  now: Instant = NOW,
): Outcome {
  const told: Told[] = [];
  const silent: (readonly [readonly number[], string])[] = [];
  const cut = ({ start, end }: { start: number; end: number }): string => text.slice(start, end);
  const { lines, skew } = router.route(
    { text, fields: undefined, arrival: "backlog", cursor: undefined, ...more },
    now,
    {
      matched: (entry, match, place) => told.push({ entry, line: cut(place), match }),
      unrecognized: (entries, place) => silent.push([[...entries], cut(place)]),
    },
  );
  return { told, silent, lines, skew };
}

const routerOf = (...filters: readonly Filter[]): LineRouter =>
  createLineRouter(
    filters.map((one) => ({ filter: one, accepts: undefined })),
    utc,
  );

const rules = ({ told }: Outcome): readonly string[] =>
  told.map(({ entry, match }) => `${entry} ${match.rule}`);

const SSHD = filter({
  name: "sshd",
  programs: ["sshd", "sshd-session"],
  rules: {
    bad: { line: "Failed password for {user} from {ip}" },
    named: { line: "Refused {host}" },
    good: { line: "Accepted {user}", is: "success" },
  },
});
const CRON = filter({
  name: "cron",
  programs: ["cron"],
  rules: { run: { line: "Failed {*}", is: "neutral" } },
});
const APP = filter({ name: "app", rules: { denied: { line: "{ip} denied{? ({count} times)}" } } });

test("a match has every fact of the line", () => {
  const { told, silent, lines } = route(
    routerOf(SSHD),
    "Nov 23 04:11:05 web1 sshd[42]: Failed password for al from 192.0.2.1\n",
  );
  assert.equal(lines, 1);
  assert.deepEqual(silent, []);
  assert.deepEqual(told, [
    {
      entry: 0,
      line: "Nov 23 04:11:05 web1 sshd[42]: Failed password for al from 192.0.2.1",
      match: {
        kind: "failure",
        rule: "bad",
        counting: "each",
        closes: false,
        ip: "192.0.2.1",
        host: undefined,
        user: "al",
        login: undefined,
        isTimed: true,
        repeated: 1,
        at: Date.parse("2026-11-23T04:11:05Z"),
        session: sessionKey(createSessionKeys().baseOf("web1", 0, 4), 42),
      },
    },
  ]);
});

test("a success has the login method and the connection", () => {
  const line = "Accepted {user:word} from {ip}{? port {port}}";
  const rules = { in: { is: "success", login: "key", line } } as const;
  const told = (message: string): Match["login"] =>
    route(routerOf(filter({ rules })), `${message}\n`).told[0]?.match.login;
  assert.deepEqual(told("Accepted al from 192.0.2.1 port 4022"), { method: "key", port: 4022 });
  assert.deepEqual(told("Accepted al from 192.0.2.1"), { method: "key", port: undefined });
});

test("addresses are normalized, names are kept, an empty user is undefined, a missing time is now", () => {
  const tell = (message: string): Match | undefined =>
    route(routerOf(SSHD), `${message}\n`).told[0]?.match;
  assert.equal(tell("Failed password for x from ::FFFF:192.0.2.1")?.ip, "192.0.2.1");
  assert.deepEqual(
    [tell("Refused a.example")?.ip, tell("Refused a.example")?.host],
    [undefined, "a.example"],
  );
  assert.deepEqual(
    [tell("Refused 2001:DB8::1")?.ip, tell("Refused 2001:DB8::1")?.host],
    ["2001:db8::1", undefined],
  );
  assert.equal(tell("Failed password for x from 192.0.2.256"), undefined, "no address");
  assert.deepEqual(
    [tell("Refused 192.0.2.256")?.ip, tell("Refused 192.0.2.256")?.host],
    [undefined, "192.0.2.256"],
  );
  assert.equal(tell("Failed password for  from 192.0.2.1")?.user, undefined);
  assert.equal(tell("Accepted x")?.ip, undefined);
  assert.deepEqual([tell("Accepted x")?.at, tell("Accepted x")?.session], [NOW, 0]);
});

test("lines go to the filters of their program, and unrecognized ones are reported", () => {
  const text = [
    "Nov 23 04:11:05 web1 sshd[1]: Accepted x",
    "Nov 23 04:11:05 web1 sshd-session[1]: Accepted x",
    "Nov 23 04:11:05 web1 sshd[1]: something new",
    "Nov 23 04:11:05 web1 sshx[1]: Accepted x",
    "Nov 23 04:11:05 web1 cron[1]: Failed x",
    "Nov 23 04:11:05 web1 other[1]: Failed x",
  ];
  const outcome = route(routerOf(SSHD, CRON), text.map((line) => `${line}\n`).join(""));
  assert.equal(outcome.lines, 6);
  assert.deepEqual(rules(outcome), ["0 good", "0 good", "1 run"]);
  assert.deepEqual(outcome.silent, [[[0], text[2]]]);
});

test("a line without a header is a message for every filter, and unrecognized for those without programs", () => {
  const outcome = route(
    routerOf(SSHD, CRON, APP),
    "Failed password for x from 192.0.2.1\n\nAccepted x\n192.0.2.1 denied\nwhatever\n",
  );
  assert.deepEqual(rules(outcome), ["0 bad", "1 run", "0 good", "2 denied"]);
  assert.deepEqual(outcome.silent, [
    [[2], "Failed password for x from 192.0.2.1"],
    [[2], "Accepted x"],
    [[2], "whatever"],
  ]);
});

test("a filter without programs reads every line, from after its time", () => {
  const router = routerOf(SSHD, APP);
  const outcome = route(
    router,
    "Nov 23 04:11:05 192.0.2.1 denied\nNov 23 04:11:05 web1 sshd[1]: x\nNov 23 04:11:05 web1 y[1]: x\n",
  );
  assert.deepEqual(rules(outcome), ["1 denied"]);
  assert.deepEqual(
    outcome.silent.map(([entries]) => entries),
    [[0], [1], [1]],
  );
});

test("several filters on one program each get their first matching rule", () => {
  const other = filter({
    programs: ["sshd"],
    rules: {
      any: { line: "{*} from {ip}" },
      again: { line: "Failed {*}" },
    },
  });
  const outcome = route(
    routerOf(SSHD, other),
    "Nov 23 04:11:05 w sshd[1]: Failed password for x from 192.0.2.1\nNov 23 04:11:05 w sshd[1]: Accepted x\n",
  );
  assert.deepEqual(rules(outcome), ["0 bad", "1 any"].concat("0 good"));
  assert.deepEqual(
    outcome.silent.map(([entries]) => entries),
    [[1]],
  );
});

test("the first matching rule in the file counts, also among rules with any beginning", () => {
  const ordered = (line: string, ...lines: readonly string[]): string | undefined =>
    route(
      routerOf(
        filter({
          rules: Object.fromEntries(
            lines.map((pattern, i) => [`r${i}`, { line: pattern, is: "neutral" as const }]),
          ),
        }),
      ),
      `${line}\n`,
    ).told[0]?.match.rule;
  assert.equal(ordered("a b c", "a {*}", "{*} b {*}"), "r0");
  assert.equal(ordered("a b c", "{*} b {*}", "a {*}"), "r0");
  assert.equal(ordered("a b c", "{*} x {*}", "a {*}"), "r1");
  assert.equal(ordered("a b c", "{*} x {*}", "{*} b {*}", "a {*}"), "r1");
  assert.equal(ordered("a b c", "a x{*}", "{*}"), "r1");
  assert.equal(ordered("a b c", "b{*}", "{*} d"), undefined);
  assert.equal(ordered("é b", "é {*}"), "r0");
});

test("a repeated message counts as often as it says", () => {
  const repeated = (line: string): number | undefined =>
    route(routerOf(SSHD, APP), `${line}\n`).told[0]?.match.repeated;
  assert.equal(
    repeated(
      "Nov 23 04:11:05 web1 sshd[1]: message repeated 3 times: [ Failed password for x from 192.0.2.1]",
    ),
    3,
  );
  assert.equal(repeated("message repeated 3 times: [ 192.0.2.1 denied (4 times)]"), 12);
  assert.equal(repeated("192.0.2.1 denied (4 times)"), 4);
  assert.equal(repeated("192.0.2.1 denied (0 times)"), 0);
  assert.equal(repeated("192.0.2.1 denied"), 1);
  const unknown = route(
    routerOf(SSHD),
    "Nov 23 04:11:05 web1 sshd[1]: message repeated 3 times: [ x]\n",
  );
  assert.equal(unknown.silent.length, 1);
});

test("JSON lines match by field, with text rules beside them", () => {
  const json = filter({
    rules: {
      text: { line: '{{"raw": {ip}}}' },
      login: {
        recognize: {
          ...RECORD,
          fields: [
            { key: "client.ip", pattern: "{ip}" },
            { key: "user", pattern: "{user}" },
            { key: "n", pattern: "{count}" },
          ],
        },
      },
      late: { recognize: { ...RECORD, fields: [{ key: "ip", pattern: "{ip}" }] } },
    },
  });
  const outcome = route(
    routerOf(json),
    '{"client": {"ip": "192.0.2.1"}, "user": "al", "n": 3}\n{"ip": "192.0.2.2"}\n{"raw": 192.0.2.3}\n{"other": 1}\n{broken\n',
  );
  assert.deepEqual(
    outcome.told.map(({ match }) => [match.rule, match.ip, match.user, match.repeated]),
    [
      ["login", "192.0.2.1", "al", 3],
      ["late", "192.0.2.2", undefined, 1],
      ["text", "192.0.2.3", undefined, 1],
    ],
  );
});

test("the time is found in formats of web servers, in JSON, and by rules", () => {
  const web = filter({
    rules: {
      access: { line: "{ip} - {*} [{*}] {request:quoted} 401 {size:int}" },
      named: { line: "login from {ip} at {time} refused" },
      json: { recognize: { ...RECORD, fields: [{ key: "ip", pattern: "{ip}" }] } },
      own: {
        recognize: {
          ...RECORD,
          fields: [
            { key: "peer", pattern: "{ip}" },
            { key: "when", pattern: "{time}" },
          ],
        },
      },
    },
  });
  const lines = [
    '192.0.2.1 - [x] [23/Nov/2026:11:11:05 +0100] "GET /" 401 12',
    "login from 192.0.2.2 at 2026-11-23T09:00:00Z refused",
    "login from 192.0.2.3 at noon refused",
    '{"ip": "192.0.2.4", "ts": 1763870000.5}',
    '{"ip": "192.0.2.5", "@timestamp": "2026-11-23T08:00:00+02:00"}',
    '{"ip": "192.0.2.8", "time": 0.25, "timestamp": "soon", "ts": "2026-11-23T08:00:00Z"}',
    '{"peer": "192.0.2.9", "when": "soon", "datetime": "2026-11-23T07:00:00Z"}',
    "2026-11-23T06:00:00Z login from 192.0.2.10 at noon refused",
    '{"ip": "192.0.2.11", "time": "soon"}',
    '{"peer": "192.0.2.6", "when": "23/Nov/2026:11:00:00 +0000", "time": "2020-01-01T00:00:00Z"}',
    '192.0.2.7 - - [no time] "GET /" 401 12',
  ];
  const outcome = route(routerOf(web), `${lines.join("\n")}\n`);
  assert.deepEqual(
    outcome.told.map(({ match }) => (match.isTimed ? new Date(match.at).toISOString() : null)),
    [
      "2026-11-23T10:11:05.000Z",
      "2026-11-23T09:00:00.000Z",
      null,
      "2025-11-23T03:53:20.500Z",
      "2026-11-23T06:00:00.000Z",
      "2026-11-23T08:00:00.000Z",
      "2026-11-23T07:00:00.000Z",
      "2026-11-23T06:00:00.000Z",
      null,
      "2026-11-23T11:00:00.000Z",
      null,
    ],
  );
});

test("earlier lines, the present time and the host's zone decide how ambiguous times are parsed", () => {
  const app = filter({
    rules: {
      pair: { line: "time={*} msg=failed ip={ip}" },
      account: { line: "{account:int} failed from {ip}" },
      plain: { line: "failed from {ip}" },
    },
  });
  const router = createLineRouter([{ filter: app, accepts: undefined }], () => 8 * 3_600_000);
  const lines = [
    "time=2026-11-23T09:00:00Z msg=failed ip=192.0.2.1",
    "1234567890 failed from 192.0.2.2",
    "1795407065 failed from 192.0.2.3",
    "22/11/2026 17:00:00 failed from 192.0.2.4",
    "05/06/2026 17:00:00 failed from 192.0.2.5",
    "2026-11-23 17:00:00 CST failed from 192.0.2.6",
    "2026-11-23 17:00:00 EST5 failed from 192.0.2.7",
  ];
  const { told } = route(router, `${lines.join("\n")}\n`);
  assert.deepEqual(
    told.map(({ match: { rule, at, isTimed } }) => [rule, isTimed && new Date(at).toJSON()]),
    [
      ["pair", "2026-11-23T09:00:00.000Z"],
      ["account", false],
      ["plain", "2026-11-23T04:11:05.000Z"],
      ["plain", "2026-11-22T09:00:00.000Z"],
      ["plain", "2026-06-05T09:00:00.000Z"],
      ["plain", "2026-11-23T09:00:00.000Z"],
    ],
  );
});

function fields(more: Partial<LineFields> = {}): LineFields {
  return {
    at: instant(NOW - 1000),
    host: "web1",
    program: "sshd",
    pid: 7,
    journal: new Map(),
    ...more,
  };
}

test("fields of a trusted source replace the header", () => {
  const router = routerOf(SSHD, APP);
  const outcome = route(
    router,
    "Failed password for x from 192.0.2.1\nAccepted x\n192.0.2.1 denied\nAccepted x\n",
    {
      fields: [
        fields(),
        fields({ program: "other" }),
        fields({ program: "other", pid: 0 }),
        fields({ host: "web2" }),
      ],
    },
  );
  assert.deepEqual(rules(outcome), ["0 bad", "1 denied", "0 good"]);
  assert.deepEqual(
    outcome.silent.map(([entries]) => entries),
    [[1], [1], [1]],
  );
  assert.equal(outcome.told[0]?.match.at, NOW - 1000);
  assert.deepEqual(
    outcome.told.map(({ match }) => match.session > 0),
    [true, false, true],
  );
});

test("a filter may accept only some of a trusted source's lines", () => {
  const accepts = ({ journal }: LineFields): boolean => journal.get("UNIT") === "ssh";
  const json = filter({
    name: "json",
    rules: { j: { recognize: { ...RECORD, fields: [{ key: "ip", pattern: "{ip}" }] } } },
  });
  const router = createLineRouter(
    [
      { filter: SSHD, accepts },
      { filter: json, accepts },
      { filter: SSHD, accepts: undefined },
    ],
    utc,
  );
  const ours = fields({ journal: new Map([["UNIT", "ssh"]]) });
  const text = 'Accepted x\nAccepted x\nnews\nnews\n{"ip": "192.0.2.1"}\n{"ip": "192.0.2.1"}\n';
  const outcome = route(router, text, { fields: [ours, fields(), ours, fields(), ours, fields()] });
  assert.deepEqual(rules(outcome), ["0 good", "2 good", "2 good", "1 j"]);
  assert.deepEqual(
    outcome.silent.map(([entries, line]) => `${entries.join(",")} ${line}`),
    [
      "1 Accepted x",
      "0,2 news",
      "1 news",
      "2 news",
      '0,2 {"ip": "192.0.2.1"}',
      '2 {"ip": "192.0.2.1"}',
    ],
  );
  // Lines with a header come from a source without trusted fields.
  assert.deepEqual(rules(route(router, "Nov 23 04:11:05 w sshd[1]: Accepted x\n")), [
    "0 good",
    "2 good",
  ]);
});

test("the same process of the same host is one session, whatever else differs", () => {
  const keys = route(
    routerOf(SSHD),
    ["w1 sshd[1]", "w1 sshd-session[1]", "w1 sshd[2]", "w2 sshd[1]", "w1 sshd[1]", "w1 sshd"]
      .map((tag) => `Nov 23 04:11:05 ${tag}: Accepted x\n`)
      .join(""),
  ).told.map(({ match }) => match.session);
  assert.equal(keys[0], keys[1]);
  assert.equal(keys[0], keys[4]);
  assert.equal(new Set(keys.slice(0, 4)).size, 3);
  assert.equal(keys[5], 0);
});

test("a constant clock difference is learned from any line of the host, and reported once", () => {
  const router = routerOf(SSHD);
  const at = (time: string, now: number, program = "sshd[1]"): readonly number[] => {
    const text = `Nov 23 ${time} w ${program}: Accepted x\n`;
    const { told, skew } = route(router, text, { arrival: "live" }, instant(NOW + now));
    return [...told.map(({ match }) => match.at - NOW), skew];
  };
  assert.deepEqual(at("11:59:50", 0), [-10_000, 0]);
  assert.deepEqual(at("11:00:00", 0), [-3_600_000, 0], "it may just be late");
  assert.deepEqual(at("11:00:12", 12_000, "CRON[1]"), [0]);
  assert.deepEqual(at("11:00:13", 13_000), [13_000, 3_600_000]);
  assert.deepEqual(at("10:40:13", 14_000), [13_000 - 1_200_000, 0], "late by its own clock");
  const iso = "2026-11-23T11:00:00Z w sshd[1]: Accepted x\n";
  const [explicit] = route(router, iso, { arrival: "live" }, instant(NOW + 15_000)).told;
  assert.equal(explicit?.match.at, NOW - 3_600_000);
  assert.deepEqual(
    route(router, "Accepted x\n").told.map(({ match }) => match.at),
    [NOW],
  );
});

test("results of one batch are not reused for the next", () => {
  const router = routerOf(SSHD);
  const text = "Dec 31 23:59:00 w sshd[1]: Accepted x\n";
  const year = (now: string): number =>
    new Date(
      route(router, text, {}, instant(Date.parse(now))).told[0]?.match.at ?? 0,
    ).getUTCFullYear();
  assert.deepEqual(
    [year("2026-12-31T23:59:30Z"), year("2027-12-31T23:59:30Z"), year("2028-01-01T00:00:00Z")],
    [2026, 2027, 2027],
  );
});

test("positions locate each line in its batch", () => {
  const seen: unknown[] = [];
  const text = "x\nAccepted a\n\nAccepted b\n";
  routerOf(SSHD).route({ text, fields: undefined, arrival: "backlog", cursor: undefined }, NOW, {
    matched: (_entry, _match, { number, start, end }) => seen.push([number, start, end]),
    unrecognized: () => assert.fail(),
  });
  assert.deepEqual(seen, [
    [1, 2, 12],
    [3, 14, 24],
  ]);
  assert.equal(route(routerOf(SSHD), "").lines, 0);
});

test("a line that causes an exception is skipped, an error of the environment stops the batch", () => {
  const failing = (error: Error): Filter => ({
    ...filter({ rules: {} }),
    createRecognizer: () => ({
      overLimit: 0,
      recognize: ({ text }) => {
        if (text.includes("bad")) throw error;
        return [];
      },
    }),
  });
  const routed = (error: Error) =>
    createLineRouter(
      [failing(error), filter({ rules: { a: { line: "good from {ip}" } } })].map((one) => ({
        filter: one,
        accepts: undefined,
      })),
      utc,
    );
  const text = "bad\nbad\ngood from 192.0.2.7\n";
  const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
  const ips: unknown[] = [];
  const sink = { matched: (_: number, { ip }: Match) => void ips.push(ip), unrecognized() {} };
  const { failed, lines } = routed(new RangeError("too deep")).route(batch, NOW, sink);
  assert.deepEqual(
    { failed, lines, ips },
    {
      failed: { lines: 2, reason: "too deep" },
      lines: 3,
      ips: ["192.0.2.7"],
    },
  );
  const full = Object.assign(new Error("disk is full"), { code: "ENOSPC" });
  assert.throws(() => routed(full).route(batch, NOW, sink), full);
});

test("a filter with its own recognizer receives the unchanged lines that it accepts", () => {
  const offered: string[] = [];
  const { match } = route(routerOf(APP), "192.0.2.7 denied\n").told[0] ?? {};
  assert.ok(match !== undefined);
  const own: Filter = {
    ...filter({ rules: {} }),
    createRecognizer: () => ({
      overLimit: 0,
      recognize({ text }) {
        offered.push(text);
        return text.includes("denied") ? [match] : [];
      },
    }),
  };
  const router = createLineRouter(
    [{ filter: own, accepts: ({ program }) => program === "sshd" }],
    utc,
  );
  const text = "denied\nnews\ndenied\n";
  const outcome = route(router, text, { fields: [fields(), fields(), fields({ program: "x" })] });
  assert.deepEqual(offered, ["denied\n", "news\n"]);
  assert.deepEqual(outcome.told, [{ entry: 0, line: "denied", match }]);
});

test("a container's line has the runtime's time, or the present time if that is invalid", () => {
  const at = (time: string): number | undefined => {
    const line = JSON.stringify({ log: "192.0.2.7 denied\n", stream: "stderr", time });
    return route(routerOf(APP), `${line}\n`).told[0]?.match.at;
  };
  assert.equal(at("2026-11-23T11:00:00.5Z"), NOW - 3_600_000 + 500);
  assert.equal(at("soon"), NOW);
});

test("an address takes precedence over a host name as the peer", () => {
  const rules = {
    a: { line: "from {host}[{ip}]" },
    b: { line: "by {ip} ({host})" },
    c: { line: "of {host}" },
  };
  const text = [
    "from unknown[192.0.2.8]",
    "by 192.0.2.8 (a.example)",
    "of a.example",
    "of 192.0.2.8",
  ];
  const { told } = route(routerOf(filter({ rules })), `${text.join("\n")}\n`);
  assert.deepEqual(
    told.map(({ match: { ip, host } }) => ip ?? host),
    ["192.0.2.8", "192.0.2.8", "a.example", "192.0.2.8"],
  );
});

test("a byte order mark and blanks around a line or value are ignored", () => {
  const rules = {
    a: { line: "denied {ip}" },
    b: { recognize: { kind: "regex", source: "refused (?<ip>[^x]*)" } },
    c: {
      recognize: { ...RECORD, fields: [{ key: "ip", pattern: "{ip}" }] },
    },
  } as const;
  const lines = [
    ...["\ufeffdenied 192.0.2.7", "denied 192.0.2.7\t", "denied 192.0.2.7 \t \r"],
    ...[
      "refused   192.0.2.7 ",
      "refused 192.0.2.7\t",
      "\ufeff2026-11-23T11:00:00Z denied 192.0.2.7",
    ],
    ...[
      '{"ip": " 192.0.2.7"}',
      '{"ip": "192.0.2.7\\t"}',
      ' \t{"ip": "192.0.2.7"}',
      '\ufeff{"ip":"192.0.2.7"}',
    ],
  ];
  for (const line of lines)
    assert.deepEqual(
      route(routerOf(filter({ rules })), `${line}\n`).told.map(({ match }) => match.ip),
      ["192.0.2.7"],
      JSON.stringify(line),
    );
});
