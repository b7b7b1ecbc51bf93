/** The screen of `bailiff top`: what events and keys change, what is drawn, and what can never reach the terminal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BanReply } from "../../control/ban-messages.ts";
import type { JailReply, StatusReply } from "../../control/status-messages.ts";
import { drawTop, pageHeight } from "./top/draw-top.ts";
import { keyOf } from "./top/full-screen.ts";
import { type Effect, pressKey } from "./top/press-key.ts";
import {
  INITIAL,
  MAX_EVENTS,
  MAX_SEEN,
  rowsOf,
  type SeenAddress,
  type ShownEvent,
  type TopState,
  withAnswers,
  withDetail,
  withEvents,
} from "./top/top-state.ts";
import { requireTerminal } from "./top.ts";

const NOW = Date.UTC(2026, 10, 30, 6);
const SIZE = { columns: 80, rows: 24 };
const HOSTILE = "\u001b[2J\u009b31m\u202e\r\nroot";

function failure(subject: string, change: Partial<SeenAddress> = {}): ShownEvent {
  const counted = { jail: "sshd", count: 2, of: 5, user: "root", lastAt: NOW - 5000 };
  return { line: `failure ${subject}`, failure: { subject, ...counted, ...change } };
}

function ban(subject: string, change: Partial<BanReply> = {}): BanReply {
  return {
    ...{ subject, jail: "sshd", origin: "detected", reason: "5 failures in 10m" },
    ...{
      from: new Date(NOW - 60_000).toISOString(),
      until: new Date(NOW + 3_600_000).toISOString(),
    },
    ...{ state: "enforced", packets: 0, ports: "all", error: null, missing_in: [] },
    ...change,
  };
}

const JAIL: JailReply = {
  ...{ name: "sshd", state: "protecting", reason: "", cause: null, fix: null, since: "" },
  ...{ links: [], filter: "sshd", mode: "", policy: "", bans_by: "firewall", by_hand: false },
  ...{
    sources: [],
    confirmed_by: [],
    failures: 0,
    tracked: 0,
    banned: 0,
    ignored: [],
    ignored_not_listed: 0,
  },
  detectors: {
    ...{ slow: "act", evidence: "act", siege: "report" },
    ...{ campaigns: "report", subnets: "report", accounts: "report" },
  },
};

function status(change: Partial<StatusReply> = {}): StatusReply {
  return {
    ...{ version: "0.1.0", state: "protecting", started_at: "", enforcers: [] },
    enforcer: { name: "nftables", enforcing: true, trouble: null, fix: null },
    record: { state: "ok", reason: null, unsaved: 0 },
    ...{ demoted_detectors: [], suspected_compromises: [], jails: [JAIL], lists: [] },
    ...{ banned_total: 2, other_bans: [], looking_for: [], exempting_nobody: [], left_out: [] },
    ...change,
  };
}

/** Two bans, and one address that fails. */
function filled(change: Partial<TopState> = {}): TopState {
  const bans = [ban("192.0.2.9"), ban("192.0.2.10", { until: null })];
  const answers = { status: status(), bans: { found: 2, bans } };
  const seen = withEvents(INITIAL, [failure("198.51.100.7")], { missed: 0, now: NOW });
  return { ...withAnswers(seen, answers, NOW), ...change };
}

function text(state: TopState, size = SIZE): string {
  return drawTop(state, size, NOW)
    .map((line) => line.text)
    .join("\n");
}

/** Presses keys one after another. */
function press(
  state: TopState,
  ...names: readonly string[]
): { state: TopState; effects: Effect[] } {
  const effects: Effect[] = [];
  let now = state;
  for (const name of names) {
    const key = { name, text: Array.from(name).length === 1 ? name : undefined };
    const pressed = pressKey(now, key, pageHeight(now, SIZE));
    now = pressed.state;
    if (pressed.effect !== undefined) effects.push(pressed.effect);
  }
  return { state: now, effects };
}

test("bans and failing addresses are rows, the latest first", () => {
  const shown = text(filled());
  assert.match(shown, /^bailiff +\d\d:\d\d:\d\d +1 protecting +2 bans +1 failure\/min$/m);
  assert.match(shown, /^>198\.51\.100\.7 +sshd +2 of 5 +1 +5s +user root *$/m);
  assert.match(shown, /^ 192\.0\.2\.9 +sshd +banned +0 +1m +1h +5 failures/m);
  assert.match(shown, /^ 192\.0\.2\.10 +sshd +banned +0 +1m +never +5 failures/m);
  assert.match(shown, /^rows 1-3 of 3, sorted by last$/m);
  assert.match(shown, /^failure 198\.51\.100\.7$/m);
});

for (const [sort, order] of [
  ["last", ["198.51.100.7", "192.0.2.10", "192.0.2.9"]],
  ["failures", ["198.51.100.7", "192.0.2.10", "192.0.2.9"]],
  ["address", ["192.0.2.10", "192.0.2.9", "198.51.100.7"]],
  ["end", ["192.0.2.9", "192.0.2.10", "198.51.100.7"]],
] as const)
  test(`rows are sorted by ${sort}`, () => {
    assert.deepEqual(
      rowsOf(filled({ sort })).map(({ subject }) => subject),
      order,
    );
  });

for (const [columns, rows] of [
  [80, 24],
  [40, 10],
  [39, 24],
  [80, 9],
  [1, 1],
  [200, 60],
] as const)
  test(`the screen has exactly the size ${columns} × ${rows}, in every mode`, () => {
    const long = ban("2001:db8:1234:5678:1234:5678:1234:5678", { reason: "x".repeat(300) });
    const many = Array.from({ length: 100 }, (_, n) => ban(`192.0.2.${n}`));
    const base = filled({ bans: { found: 500, bans: [long, ...many] }, filter: "y".repeat(60) });
    const modes: readonly TopState["mode"][] = [
      { name: "list" },
      { name: "filter" },
      { name: "help" },
      { name: "confirm", subject: long.subject, jail: "sshd" },
      { name: "detail", subject: long.subject, lines: undefined, scroll: 0 },
      { name: "detail", subject: long.subject, lines: ["z".repeat(300)], scroll: 0 },
    ];
    for (const mode of modes) {
      const lines = drawTop({ ...base, mode }, { columns, rows }, NOW);
      assert.equal(lines.length, rows);
      for (const line of lines) assert.ok(Array.from(line.text).length <= columns, line.text);
    }
  });

test("no text of a client, a person or the daemon can emit a control character", () => {
  const jail = { ...JAIL, state: "blind", cause: "x", reason: HOSTILE };
  const alarm = {
    at: "",
    jail: HOSTILE,
    ip: "192.0.2.7",
    user: HOSTILE,
    reason: "",
    campaign: null,
    alarms_not_kept: 0,
  };
  for (const reply of [status({ jails: [jail] }), status({ suspected_compromises: [alarm] })])
    for (const mode of [
      { name: "list" },
      { name: "filter" },
      { name: "confirm", subject: HOSTILE, jail: HOSTILE },
      { name: "detail", subject: HOSTILE, lines: [HOSTILE], scroll: 0 },
    ] as const) {
      const event = { ...failure(HOSTILE, { user: HOSTILE, jail: HOSTILE }), line: HOSTILE };
      const state = withEvents(filled({ mode, note: HOSTILE, filter: "" }), [event], {
        missed: 0,
        now: NOW,
      });
      const bans = { found: 1, bans: [ban("192.0.2.9", { reason: HOSTILE })] };
      const shown = drawTop(withAnswers(state, { status: reply, bans }, NOW), SIZE, NOW);
      for (const line of shown)
        assert.doesNotMatch(line.text, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
});

test("what is worst has its own line", () => {
  const jail = {
    ...JAIL,
    state: "degraded",
    cause: "x",
    reason: "the firewall was last proven 16m ago",
  };
  const degraded = withAnswers(
    filled(),
    { status: status({ jails: [jail] }), bans: INITIAL.bans },
    NOW,
  );
  const [, line] = drawTop(degraded, SIZE, NOW);
  assert.deepEqual(line, { text: `sshd is degraded: ${jail.reason}`, style: "alarm" });
});

test("memory is bounded, and the least recent address is forgotten first", () => {
  const events = Array.from({ length: MAX_SEEN + 5 }, (_, n) => failure(`2001:db8::${n}`));
  const state = withEvents(INITIAL, [failure("192.0.2.7"), ...events, failure("192.0.2.7")], {
    missed: 3,
    now: NOW,
  });
  assert.equal(state.seen.size, MAX_SEEN);
  assert.equal(state.events.length, MAX_EVENTS);
  assert.ok(!state.seen.has("2001:db8::0 sshd"));
  assert.ok(state.seen.has(`2001:db8::${MAX_SEEN + 4} sshd`));
  assert.match(text({ ...state, status: status() }), /1007 failures\/min, 3 events missed/);
  // A minute later no failure is recent.
  assert.deepEqual(withEvents(state, [], { missed: 0, now: NOW + 60_000 }).recent, []);
});

for (const [keys, selected] of [
  [["down"], "192.0.2.10"],
  [["j", "j"], "192.0.2.9"],
  [["j", "j", "j", "j"], "192.0.2.9"],
  [["end", "up"], "192.0.2.10"],
  [["pagedown", "home"], "198.51.100.7"],
  [["G", "g"], "198.51.100.7"],
  [["k"], "198.51.100.7"],
] as const)
  test(`${keys.join(", ")} selects ${selected}`, () => {
    assert.equal(press(filled(), ...keys).state.selected, `${selected} sshd`);
  });

test("the selected row is always on the screen", () => {
  const bans = Array.from({ length: 100 }, (_, n) => ban(`192.0.2.${n}`));
  let state = filled({ bans: { found: 100, bans } });
  for (let n = 0; n < 105; n++) {
    assert.equal(drawTop(state, SIZE, NOW).filter(({ style }) => style === "selected").length, 1);
    state = press(state, "down").state;
  }
});

test("a ban is lifted only after y, and in its own jail", () => {
  const asked = press(filled(), "down", "u");
  assert.deepEqual(asked.effects, []);
  assert.match(text(asked.state), /^lift the ban of 192\.0\.2\.10 in sshd\? y\/n$/m);
  assert.deepEqual(press(asked.state, "y").effects, [
    { kind: "unban", subject: "192.0.2.10", jail: "sshd" },
  ]);
  for (const key of ["n", "Y", "return", "escape", "u"]) {
    const { state, effects } = press(asked.state, key);
    assert.deepEqual([effects, state.mode.name], [[], "list"]);
    assert.match(text(state), /^nothing was changed$/m);
  }
  assert.match(text(press(filled(), "u").state), /^198\.51\.100\.7 is not banned in sshd$/m);
});

test("new rows do not change what a confirmation is about", () => {
  const { state } = press(filled(), "down", "u");
  const later = withEvents(state, [failure("203.0.113.1", { lastAt: NOW })], {
    missed: 0,
    now: NOW,
  });
  assert.deepEqual(press(later, "y").effects, [
    { kind: "unban", subject: "192.0.2.10", jail: "sshd" },
  ]);
});

test("the filter is typed, edited, applied and cleared", () => {
  const typed = press(filled(), "/", "R", "o", "o", "x", "backspace", "q");
  assert.equal(typed.state.filter, "Rooq");
  assert.deepEqual(typed.effects, []);
  const done = press(typed.state, "backspace", "return");
  assert.deepEqual([done.state.filter, done.state.mode.name], ["Roo", "list"]);
  assert.deepEqual(done.effects, [{ kind: "refresh" }]);
  // The daemon selects the bans; the user matches.
  const found = { ...done.state, bans: INITIAL.bans };
  assert.deepEqual(
    rowsOf(found).map(({ subject }) => subject),
    ["198.51.100.7"],
  );
  assert.match(text({ ...found, filter: "zzz" }), /nothing matches the filter/);
  const cleared = press(done.state, "escape");
  assert.deepEqual([cleared.state.filter, cleared.effects], ["", [{ kind: "refresh" }]]);
  const long = press(filled(), "/", ...Array.from({ length: 100 }, () => "x"));
  assert.equal(long.state.filter.length, 60);
});

test("Enter opens an address, whose answer is shown unless the person has left it", () => {
  const { state, effects } = press(filled(), "return");
  assert.deepEqual(effects, [{ kind: "open", subject: "198.51.100.7" }]);
  const lines = Array.from({ length: 100 }, (_, n) => `line ${n}.`);
  const open = withDetail(state, "198.51.100.7", lines);
  assert.match(text(open), /^line 0\.$/m);
  assert.match(text(press(open, "down", "down").state), /^bailiff why.*\nline 2\.$/m);
  const last = press(open, "end").state;
  assert.equal(last.mode.name === "detail" && last.mode.scroll, 100 - 22);
  assert.equal(withDetail(state, "192.0.2.1", lines), state);
  const left = press(state, "escape").state;
  assert.equal(withDetail(left, "198.51.100.7", lines).mode.name, "list");
});

for (const [keys, quits] of [
  [["q"], true],
  [["ctrl-c"], true],
  [["/", "q"], false],
  [["/", "ctrl-c"], true],
  [["?", "q"], false],
  [["return", "q"], false],
  [["return", "ctrl-c"], true],
] as const)
  test(`${keys.join(", ")} ${quits ? "quits" : "does not quit"}`, () => {
    const { effects } = press(filled(), ...keys);
    assert.equal(
      effects.some(({ kind }) => kind === "quit"),
      quits,
    );
  });

for (const [typed, pressed, name, printed] of [
  ["u", { name: "u", sequence: "u" }, "u", "u"],
  ["G", { name: "g", sequence: "G" }, "G", "G"],
  ["/", { sequence: "/" }, "/", "/"],
  [" ", { name: "space", sequence: " " }, "space", " "],
  ["ü", { sequence: "ü" }, "ü", "ü"],
  [undefined, { name: "up", sequence: "\u001b[A" }, "up", undefined],
  ["\r", { name: "return", sequence: "\r" }, "return", undefined],
  ["\n", { name: "enter", sequence: "\n" }, "return", undefined],
  ["\u0003", { name: "c", ctrl: true, sequence: "\u0003" }, "ctrl-c", undefined],
  ["\u007f", { name: "backspace", sequence: "\u007f" }, "backspace", undefined],
  ["\u009b", { sequence: "\u009b" }, "\u009b", undefined],
] as const)
  test(`the key ${JSON.stringify(typed)} is ${JSON.stringify(name)}`, () => {
    assert.deepEqual(keyOf(typed, pressed), { name, text: printed });
  });

for (const [input, output, term, reason] of [
  [true, true, "xterm", undefined],
  [false, true, "xterm", /no terminal/],
  [true, false, "xterm", /no terminal/],
  [true, true, "dumb", /TERM is "dumb"/],
  [true, true, undefined, /TERM is ""/],
] as const)
  test(`with ${input}, ${output} and TERM=${term} it ${reason === undefined ? "starts" : "is refused"}`, () => {
    const start = (): void => {
      requireTerminal({ isTTY: input }, { isTTY: output }, term);
    };
    if (reason === undefined) start();
    else assert.throws(start, reason);
  });
