/** Events as log lines: text of a client, a peer or a file cannot begin another line. */
import assert from "node:assert/strict";
import test from "node:test";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import type { TelemetryEvent } from "./events.ts";
import { escapeText } from "./escape-text.ts";
import { type LogFormat, renderEvent } from "./render-event.ts";

const AT = instant(Date.UTC(2026, 10, 28, 9, 19, 59));
const EVIL = "x\u001b[2J\r\nforged\u202e\u0085";
const PLACE = { jail: "sshd", ip: "192.0.2.7" } as const;

/** Events with a sentence, and some without; every external text is hostile. */
const HOSTILE: readonly TelemetryEvent[] = [
  { event: "failure", ...PLACE, user: EVIL, rule: "r", count: 1, of: 5, at: AT },
  { event: "ban", ...PLACE, until: AT, reason: EVIL, origin: "manual", length: duration(1000) },
  { event: "ban-extended", ...PLACE, until: "forever", reason: EVIL },
  { event: "unban", ...PLACE, reason: EVIL, who: "daemon" },
  { event: "unban", ...PLACE, reason: "by hand", who: EVIL },
  { event: "ignored", ...PLACE, reason: EVIL },
  { event: "jail-started", jail: "sshd", source: EVIL, policy: "3 failures" },
  { event: "jail-started", jail: "sshd", source: "file:/log", policy: EVIL },
  ...[{ reason: EVIL, fix: "do it" } as const, { reason: "so", fix: EVIL } as const].flatMap(
    (told): TelemetryEvent[] => [
      { event: "jail-degraded", jail: "sshd", before: undefined, cause: "c", ...told },
      {
        event: "jail-failed",
        jail: "sshd",
        state: "blind",
        before: undefined,
        cause: "c",
        ...told,
      },
    ],
  ),
  { event: "jail-left-out", jail: "sshd", kept: true, reasons: ["first", EVIL] },
  { event: "jail-left-out", jail: "sshd", kept: false, reasons: [EVIL] },
  { event: "option-in-doubt", reason: EVIL },
  { event: "firewall-changed", by: EVIL },
  {
    event: "firewall-repaired",
    ...{ missing: 1, extra: 0, structure: true, took: duration(5), by: EVIL },
  },
  { event: "config-in-doubt", warnings: ["first", EVIL], more: 2 },
  { event: "config-refused", path: "/etc/x.toml", problems: ["first", EVIL] },
  { event: "source-failed", source: EVIL, reason: "gone", retry_in: undefined },
  { event: "config-loaded", path: "/etc/x.toml", jails: 1, changed: ["one", EVIL], removed: [] },
];

function render(event: TelemetryEvent, format: LogFormat): string {
  return renderEvent(event, AT, { format, color: false, timeOfDay: () => "09:19:59" });
}

test("no text of an event moves the cursor, begins a line or turns the reading direction", () => {
  for (const event of HOSTILE) {
    for (const format of ["text", "journal"] as const) {
      const shown = render(event, format);
      // Some formats have several lines, which only our own newlines separate.
      assert.doesNotMatch(
        shown.replaceAll("\n", ""),
        /[\p{Cc}\p{Cf}]/u,
        `${event.event}, ${format}`,
      );
      assert.doesNotMatch(shown, /^\s*forged/m, `${event.event}, ${format}`);
      assert.match(shown, /\\u001b\[2J\S*\\u000aforged\S*\\u202e/, `${event.event}, ${format}`);
    }
    assert.equal(render(event, "json").split("\n").length, 1, event.event);
  }
});

test("a long text is cut, and marked as cut", () => {
  assert.equal(escapeText("x".repeat(300)), "x".repeat(300));
  assert.equal(escapeText("x".repeat(301)), `${"x".repeat(300)}…`);
});

test("for the journal a line begins with its priority, and a value with blanks or quotes is quoted", () => {
  const refused = { event: "ignored", ...PLACE, reason: 'a "b" =c' } as const;
  const error = { event: "record-failed", reason: "full", unsaved: 3 } as const;
  assert.match(render(refused, "journal"), /^<6>.* ip=192\.0\.2\.7 reason="a \\"b\\" =c"$/);
  assert.match(render(error, "journal"), /^<3>.* reason=full unsaved=3$/);
});

test("durations are shown in readable units, instants in ISO 8601", () => {
  const took = { event: "clock-stepped", step: duration(-90_000) } as const;
  assert.match(render(took, "journal"), / step="1m 30s"$/);
  const spared = {
    event: "lockout-guarded",
    ...PLACE,
    reason: "r",
    offenses: 1,
    until: AT,
  } as const;
  assert.match(render(spared, "journal"), / until=2026-11-28T09:19:59(?:\.000)?Z$/);
});

test("problems and advice are complete, a client's text is cut", () => {
  const hint = "(write /etc/bailiff/filters, or create the directory)";
  const problem = `/etc/bailiff/bailiff.toml:3:1: ${"x".repeat(1500)} ${hint}`;
  const fix = `source = "${"x".repeat(3000)}"`;
  const cause = { jail: "sshd", before: undefined, cause: "c" } as const;
  const events: readonly TelemetryEvent[] = [
    { event: "config-refused", path: "p", problems: ["a", problem] },
    { event: "config-in-doubt", warnings: [problem], more: 0 },
    { event: "option-in-doubt", reason: problem },
    { event: "jail-left-out", jail: "sshd", kept: false, reasons: ["a", problem] },
    { event: "jail-degraded", ...cause, reason: problem, fix },
    { event: "jail-failed", ...cause, state: "blind", reason: problem, fix },
    { event: "source-failed", source: "s", reason: problem, retry_in: undefined },
  ];
  for (const event of events)
    for (const format of ["text", "journal", "json"] as const) {
      const line = render(event, format);
      assert.ok(line.includes(hint), `${event.event} ${format}`);
      if ("fix" in event) assert.ok(line.replaceAll("\\", "").includes(fix), event.event);
    }
  const failure = { ...PLACE, user: "u".repeat(301), rule: "r", count: 1, of: 5, at: AT } as const;
  for (const format of ["text", "journal"] as const) {
    assert.ok(!render({ event: "failure", ...failure }, format).includes("u".repeat(301)));
    const reason = `${"r".repeat(5000)} end`;
    assert.match(render({ event: "option-in-doubt", reason }, format), /r{2048}…/);
  }
});

test("of many reports in one line, those that fit are shown, with the number of the rest", () => {
  const problems = Array.from(
    { length: 1000 },
    (_, i) => `problem ${i} ${"x".repeat(90)} hint ${i}`,
  );
  const line = render({ event: "config-refused", path: "p", problems }, "journal");
  assert.ok(line.length < 9000, `${line.length}`);
  assert.match(line, /problem 7 x+ hint 7, .*, and 9\d\d more"$/);
});

test("a ban of a day or more ends on a date, and one by actions says so", () => {
  const ban = (length: number, more: object = {}): string => {
    const said = { ...PLACE, until: AT, reason: "5 failures", origin: "detected" } as const;
    return render({ event: "ban", ...said, length: duration(length), ...more }, "text");
  };
  assert.match(ban(2_592_000_000), /for 30d, until 2026-11-28T09:19:59/);
  assert.doesNotMatch(ban(3_600_000), /2026-11-28/);
  const acted = ban(1000, { observed: true, by_actions: true });
  assert.match(acted, /^\S+ BAN .*by its actions only/);
});

test("an observed ban is never called a ban", () => {
  const observed = { ...PLACE, until: AT, reason: "5 failures", observed: true } as const;
  const events: readonly TelemetryEvent[] = [
    { event: "ban", ...observed, origin: "detected", length: duration(1000) },
    { event: "ban-extended", ...observed },
  ];
  for (const event of events) {
    assert.match(render(event, "text"), /^\S+ would (ban|extend) 192\.0\.2\.7/);
    assert.match(
      render(event, "journal"),
      /^<6>would (ban|extend the ban) jail=sshd .*observed=true/,
    );
    assert.match(render(event, "json"), /"observed":true/);
  }
});

test("at a terminal the time is dim, a ban bold, and a problem colored", () => {
  const ban = { ...PLACE, until: AT, reason: "5 failures", origin: "detected" } as const;
  for (const [event, expected] of [
    [
      { event: "ban", ...ban, length: duration(1000) },
      /^<2>09:19:59<0> <1>BAN {5}<0> 192\.0\.2\.7/,
    ],
    [
      { event: "ban", ...ban, length: duration(1000), observed: true },
      /^<2>09:19:59<0> would ban 192\.0\.2\.7/,
    ],
    [{ event: "clock-stepped", step: duration(1000) }, /^<2>09:19:59<0> <33>warning <0> the clock/],
    [
      { event: "record-failed", reason: "full", unsaved: 3 },
      /^<2>09:19:59<0> <31>ERROR {3}<0> cannot write/,
    ],
    [
      { event: "failure", ...PLACE, user: "joe", rule: "r", count: 1, of: 5, at: AT },
      /^<2>09:19:59<0> failure {2}192\.0\.2\.7/,
    ],
    [
      { event: "source-rotated", source: "file:/log", how: "renamed" },
      /^<2>09:19:59<0> <2>debug {3}<0> log rotated/,
    ],
  ] as const satisfies readonly (readonly [TelemetryEvent, RegExp])[]) {
    const context = { format: "text", color: true, timeOfDay: () => "09:19:59" } as const;
    const shown = renderEvent(event, AT, context).replaceAll(/\u001b\[(\d+)m/g, "<$1>");
    assert.match(shown, expected);
  }
});
