/** What `bailiff report` says about attacks, gaps, changes and undone bans that a daemon has lived through. */
import assert from "node:assert/strict";
import test from "node:test";
import { collectFacts } from "../../src/cli/report/collect-facts.ts";
import { composeReport } from "../../src/cli/report/compose-report.ts";
import { describeReport, titleOf } from "../../src/cli/report/describe-report.ts";
import type { ReportReply } from "../../src/cli/report/report-reply.ts";
import { renderHtml } from "../../src/cli/report/render-html.ts";
import { renderText } from "../../src/cli/report/render-text.ts";
import type { ControlClient } from "../../src/control/client.ts";
import { isPaged } from "../../src/control/paged-list.ts";
import { literalSubject } from "../../src/domain/cidr.ts";
import { HOUR_MS } from "../../src/domain/stats.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const CONFIG = `[defaults]
enforcer = "memory"

[jails.sshd]
source = { file = ["/story"] }
maxretry = 3
bantime = "2h"
`;
const MINUTE = 60_000;
const HOSTILE = "<script>alert(1)</script>\u001b[31m&amp;";

let pid = 0;
async function fail(daemon: VirtualDaemon, ip: string, user: string): Promise<void> {
  const stamp = new Date(daemon.now()).toISOString();
  pid++;
  const message = `Failed password for invalid user ${user} from ${ip} port 1 ssh2`;
  await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
}

/** Asks as the command does. */
async function reportOf(daemon: VirtualDaemon, hours: number): Promise<ReportReply> {
  const request = (async (name: keyof typeof daemon.answer, input: never) => {
    const reply: unknown = await daemon.answer[name](input, "operator");
    return isPaged(reply) ? (await Array.fromAsync(reply)).flat() : reply;
  }) as ControlClient["request"];
  const now = daemon.now();
  const from = Math.floor(now / HOUR_MS - hours) * HOUR_MS;
  const facts = await collectFacts({ request }, { host: "web1", from, now });
  return composeReport(facts, from, now);
}

function textOf(report: ReportReply): string {
  return renderText(titleOf(report), describeReport(report), 100);
}

test("a gap is named and not taken for quiet, and what happened around it is counted", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (let n = 0; n < 3; n++) await fail(daemon, "192.0.2.7", "root");
  await daemon.passTo(60 * MINUTE);
  await daemon.restart(5 * HOUR_MS);
  await daemon.passTo(90 * MINUTE);
  await fail(daemon, "192.0.2.8", "admin");
  const report = await reportOf(daemon, 10);
  assert.equal(report.totals.failures, 4);
  assert.equal(report.totals.bans, 1);
  // Before the first start, and over the restart.
  assert.equal(report.gaps.length, 2);
  assert.ok((report.gaps[1]?.missing_ms ?? 0) >= 4.9 * HOUR_MS);
  const known = report.steps.filter(({ failures }) => failures !== null);
  assert.ok(known.length < report.steps.length / 2, "hours without a daemon are unknown");
  assert.ok(report.observed > 0.1 && report.observed < 0.3, String(report.observed));
  const [jail] = report.jails;
  const states = jail?.states.reduce((sum, { length_ms: ms }) => sum + ms, 0) ?? 0;
  // A state counts only while the daemon ran.
  assert.ok(states <= 91 * MINUTE && states >= 80 * MINUTE, `${states / MINUTE}`);
  assert.ok((jail?.unknown_ms ?? 0) > 8 * HOUR_MS);
  const text = textOf(report);
  assert.match(text, /^NOT OBSERVED$/m);
  assert.match(text, /nothing is known of the rest/);
  assert.match(text, /^192\.0\.2\.7 +3 +#+$/m);
  assert.match(text, /No login was counted in sshd/);
  assert.match(text, /No suspected compromise is open/);
  assert.match(text, /No campaign .* of the last 30 days is recorded/);
  const cut = textOf({ ...report, campaigns_not_kept: 7 });
  assert.match(cut, /^7 more of the last 30 days are not kept\.$/m);
});

test("changes are counted by author, and an early lifted ban counts as wrong, a late one not", async () => {
  await using daemon = await openVirtualDaemon(CONFIG.replace('"2h"', '"30d"'));
  for (const ip of ["192.0.2.7", "192.0.2.8"])
    for (let n = 0; n < 3; n++) await fail(daemon, ip, "root");
  await daemon.passTo(HOUR_MS);
  await daemon.unban(literalSubject("192.0.2.7"));
  await daemon.allow(literalSubject("198.51.100.0/24"));
  await daemon.passTo(30 * HOUR_MS);
  await daemon.unban(literalSubject("192.0.2.8"));
  const manual = { subject: "203.0.113.9", reason: "abuse" };
  await daemon.answer.ban(manual, "ann (uid 1000)");
  await daemon.answer.unban({ subjects: ["203.0.113.9"], all: false }, "ann (uid 1000)");
  for (let n = 0; n < 3; n++) await fail(daemon, "192.0.2.9", "root");
  await daemon.unban(literalSubject("192.0.2.9"));
  await daemon.answer.undo_unban({ subject: "192.0.2.9", jail: "sshd" }, "ann (uid 1000)");
  const report = await reportOf(daemon, 48);
  assert.deepEqual(
    report.undone_bans.map(({ subject, within_day: early }) => [subject, early]),
    [
      ["192.0.2.8", false],
      ["192.0.2.7", true],
    ],
  );
  assert.deepEqual(
    report.changes.map(({ who, action, count }) => `${who} ${action} ${count}`).toSorted(),
    ["ann (uid 1000) ban 2", "ann (uid 1000) unban 1", "story allow 1", "story unban 3"],
  );
  const later = await reportOf(daemon, 5);
  assert.deepEqual(
    later.undone_bans.map(({ subject }) => subject),
    ["192.0.2.8"],
  );
  assert.match(textOf(report), /2 detected bans, 1 within a day/);
});

test("the page has no script and loads nothing, and hostile names show as text", async () => {
  await using daemon = await openVirtualDaemon(CONFIG);
  for (let n = 0; n < 3; n++) await fail(daemon, "192.0.2.7", HOSTILE);
  const who = "<b>ann</b>\u001b[2J";
  await daemon.answer.allow({ subject: "198.51.100.7", reason: '"><img src=x>' }, who);
  const report = await reportOf(daemon, 3);
  const page = renderHtml(titleOf(report), describeReport(report));
  for (const text of [page, textOf(report)])
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f]/);
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;\\u001b\[31m&amp;amp;/);
  assert.match(page, /&lt;b&gt;ann&lt;\/b&gt;\\u001b\[2J/);
  assert.match(page, /&quot;&gt;&lt;img src=x&gt;/);
  assert.doesNotMatch(page, /<script|<img|<b>|<link|javascript:|\bon\w+=|url\(|https?:/i);
  const tags = new Set([...page.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, tag = ""]) => tag));
  const allowed = ["html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div"];
  const drawn = ["table", "tr", "th", "td", "svg", "g", "rect", "line", "text"];
  for (const tag of tags) assert.ok([...allowed, ...drawn].includes(tag), tag);
  assert.match(page, /@media print/);
  assert.match(page, /prefers-color-scheme: dark/);
  // Mail servers accept lines of up to 998 characters.
  for (const line of page.split("\n")) assert.ok(line.length < 998, line);
});
