/** The sentence of truth, formats and URLs of the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DoctorReply } from "../../control/proof-messages.ts";
import type { JailReply, StatusReply } from "../../control/status-messages.ts";
import { formatDistance, formatWhen, sentence, visible } from "./format.ts";
import { describeProblems } from "./problems.ts";
import { readServerEvents } from "./server-events.ts";
import { parseRoute, urlOf } from "./route.ts";
import { describeTruth, NO_JAIL } from "./truth.ts";

const NOW = Date.parse("2026-12-01T12:00:12.000Z");

function jail(change: Partial<JailReply>): JailReply {
  const evidence = { cause: null, evidence: "", fix: null };
  const proof = {
    link: "source",
    verdict: "proven",
    at: "2026-12-01T12:00:00.000Z",
    ...evidence,
  } as const;
  return {
    ...{ name: "sshd", state: "protecting", reason: "", cause: null, fix: null, policy: "" },
    ...{ since: "2026-12-01T06:00:00.000Z", filter: "sshd", mode: "normal", bans_by: "firewall" },
    ...{ links: [proof], by_hand: false, sources: [], confirmed_by: [], failures: 0, tracked: 0 },
    ...{ banned: 0, ignored: [], ignored_not_listed: 0 },
    detectors: {
      ...{ slow: "act", evidence: "act", siege: "report" },
      ...{ campaigns: "report", subnets: "report", accounts: "report" },
    },
    ...change,
  };
}

function status(jails: readonly JailReply[], change: Partial<StatusReply> = {}): StatusReply {
  return {
    ...{ version: "0.1.0", state: "protecting", started_at: "2026-12-01T06:00:00.000Z" },
    enforcer: { name: "nftables", enforcing: true, trouble: null, fix: null },
    ...{ enforcers: [], record: { state: "ok", reason: null, unsaved: 0 }, demoted_detectors: [] },
    ...{ suspected_compromises: [], jails, lists: [], banned_total: 0, other_bans: [] },
    ...{ looking_for: [], exempting_nobody: [], left_out: [] },
    ...change,
  };
}

test("if every jail protects, it says so with the age of the newest proof", () => {
  const truth = describeTruth(status([jail({}), jail({ name: "web" })]), NOW);
  assert.deepEqual(truth, {
    tone: "good",
    headline: "All 2 jails are protecting; last verified 12s ago.",
    details: [],
  });
});

test("a jail that does not protect comes before one that needs attention, each with what to do", () => {
  const jails = [
    jail({}),
    jail({ name: "web", state: "degraded", reason: "the disk is full", fix: "free some space" }),
    jail({ name: "mail", state: "blind", reason: "no log", fix: "start it" }),
  ];
  const { tone, headline, details } = describeTruth(status(jails), NOW);
  assert.deepEqual([tone, headline], ["bad", "1 of 3 jails is not protecting."]);
  assert.deepEqual(details, [
    { text: "web is degraded: the disk is full", fix: "free some space" },
    { text: "mail is blind: no log", fix: "start it" },
  ]);
});

test("no jail, an unknown state and a jail that cannot run are never good", () => {
  assert.equal(describeTruth(status([]), NOW).tone, "bad");
  assert.equal(describeTruth(status([jail({ state: "new-state" })]), NOW).tone, "warn");
  const left_out = [{ name: "web", kept: false, reasons: ["no failregex"] }];
  const { tone, headline, details } = describeTruth(status([jail({})], { left_out }), NOW);
  assert.deepEqual([tone, headline], ["bad", "1 jail cannot run because of errors."]);
  assert.equal(details[0]?.text, "web cannot run: no failregex");
});

test("on a host without jails, every view says that nothing is protected, and what to do", () => {
  const doctor: DoctorReply = {
    ...{ version: "0.1.0", at: "2026-12-01T12:00:00.000Z", state: "blind", jails: [], lists: [] },
    ...{ suspected_compromises: [], looking_for: [], notes: [] },
    firewalls: { chosen: null, in_use: "", conflicts: [] },
  };
  const [problem, ...others] = describeProblems(doctor, status([]));
  assert.deepEqual([problem?.tone, problem?.text, others], ["bad", NO_JAIL.text, []]);
  const waiting = { looking_for: [{ name: "sshd", reason: "no log was found" }] };
  const { details } = describeTruth(status([], waiting), NOW);
  assert.deepEqual(details, [{ text: "sshd: no log was found", fix: NO_JAIL.fix }]);
});

test("a jail that only observes is not claimed to protect", () => {
  const headlineOf = (...jails: readonly JailReply[]) => describeTruth(status(jails), NOW).headline;
  const observing = jail({ name: "web", state: "observing" });
  assert.match(headlineOf(observing), /^No jail bans, as configured; last verified/);
  assert.match(headlineOf(jail({}), observing), /^1 of 2 jails protecting; 1 does not ban/);
});

test("problems are what doctor found, the worst first, each once", () => {
  const at = "2026-12-01T12:00:00.000Z";
  const found = { link: "source", verdict: "found", cause: "no-log", at, fix: "start it" } as const;
  const links = [{ ...found, evidence: "no log" }];
  const cause = { cause: null, since: at };
  const doctor: DoctorReply = {
    ...{ version: "0.1.0", at, state: "blind", suspected_compromises: [], looking_for: [] },
    jails: [
      {
        ...cause,
        name: "web",
        state: "degraded",
        reason: "the disk is full",
        fix: "free some",
        links: [],
      },
      { ...cause, name: "sshd", state: "blind", reason: "no log", fix: "start it", links },
      { ...cause, name: "mail", state: "protecting", reason: "", fix: null, links: [] },
    ],
    firewalls: { chosen: null, in_use: "", conflicts: [] },
    ...{ lists: [], notes: [] },
  };
  const shown = describeProblems(doctor, status([])).map(({ tone, where, text }) => [
    tone,
    where,
    text,
  ]);
  assert.deepEqual(shown, [
    ["bad", "sshd, source", "no log"],
    ["warn", "web", "degraded: the disk is full"],
  ]);
});

test("server-sent events are read across parts, and comments are skipped", async () => {
  const parts = ["id: a/1\nda", 'ta: {"x":1}\n', "\n: comment\n\ndata: 2\n\nid: a/3\ndata: unfin"];
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  const events = await Array.fromAsync(readServerEvents(stream));
  assert.deepEqual(events, [
    { id: "a/1", data: '{"x":1}' },
    { id: undefined, data: "2" },
  ]);
});

test("characters that hide or turn text are shown", () => {
  assert.equal(visible("<b>\u001b[31m\u202egnp.exe\u0000"), "<b>\\u001b[31m\\u202egnp.exe\\u0000");
});

test("times in sentences are local, and log text keeps its own", () => {
  const iso = "2026-12-01T12:00:00.000Z";
  assert.equal(sentence(`until ${iso}: x`), `until ${formatWhen(iso)}: x`);
  assert.equal(sentence("9999-99-99T99:99:99Z\u0007"), "9999-99-99T99:99:99Z\\u0007");
  assert.equal(visible(iso), iso);
});

test("distances are rounded down to one unit", () => {
  const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
  assert.deepEqual(
    [0, -12, -3700, 90, 86_400 * 3].map((seconds) => formatDistance(at(seconds), NOW)),
    ["just now", "12s ago", "1h ago", "in 1m", "in 3d"],
  );
});

test("each view has its URL, in which empty values are left out", () => {
  assert.equal(
    urlOf("bans", { search: "a b&c", jail: "", sort: undefined }),
    "/bans?search=a+b%26c",
  );
  assert.equal(urlOf("overview", {}), "/");
  const route = parseRoute({ pathname: "/bans", search: "?search=a+b%26c" });
  assert.deepEqual([route.view, route.query.get("search")], ["bans", "a b&c"]);
  assert.equal(parseRoute({ pathname: "/nothing", search: "" }).view, "unknown");
});
