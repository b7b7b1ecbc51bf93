import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatsReply, StatsSeriesReply } from "../../control/stats-messages.ts";
import { type Counter, COUNTERS, HOUR_MS } from "../../domain/stats.ts";
import { formatStatsCsv } from "./stats/stats-csv.ts";
import { describeStats } from "./stats/stats-screen.ts";

const FROM = Date.UTC(2026, 10, 30, 6);
const NOW = FROM + 3.5 * HOUR_MS;

function counts<Value>(
  value: Value,
  change: Partial<Record<Counter, Value>>,
): Record<Counter, Value> {
  const [failures, successes, offenses, bans] = [value, value, value, value];
  const others = { unbans: value, unrecognized: value, dropped: value };
  return { failures, successes, offenses, bans, ...others, ...change };
}

function series(change: Partial<StatsSeriesReply>): StatsSeriesReply {
  return {
    ...{ jail: null, rule: null, covered: [1, 0.4, 0, 0.5] },
    counts: counts<readonly (number | null)[]>([0, 0, null, 0], { failures: [200, 1, null, 0] }),
    totals: counts<number | null>(0, { failures: 201, dropped: null }),
    ...change,
  };
}

const ALL_SHOWN = { keys: 0, floor: 0 };
const NOWHERE = { country: null, asn: null, organization: null };

function reply(change: Partial<StatsReply> = {}): StatsReply {
  return {
    ...{ from: new Date(FROM).toISOString(), to: new Date(FROM + 4 * HOUR_MS).toISOString() },
    step_ms: HOUR_MS,
    series: [series({})],
    top: {
      address: [
        { key: "192.0.2.7", failures: 90, error: 0, facts: NOWHERE },
        { key: "192.0.2.8", failures: 9, error: 3, facts: NOWHERE },
      ],
      user: [{ key: "=root,\u001b[31m", failures: 1, error: 0, facts: NOWHERE }],
      network: [],
    },
    top_rest: { address: ALL_SHOWN, user: ALL_SHOWN, network: ALL_SHOWN },
    address_problems: [],
    ...{ changes: [], states_before: [] },
    ...change,
  };
}

function screen(change: Partial<StatsReply>, by?: "jail" | "rule" | "address" | "user"): string {
  return describeStats(reply(change), { ...(by && { by }), count: "failures" }, 80, NOW);
}

test("the chart by time distinguishes zero from unknown, and fits the width", () => {
  const lines = screen({}).split("\n");
  const rows = lines.filter((line) => /\d\d:00/.test(line) && !line.startsWith("Failures"));
  assert.equal(rows.length, 4);
  assert.match(rows[0] ?? "", /:00 +200 +#{40,}$/);
  assert.match(rows[1] ?? "", /:00 +1 +40% +#$/);
  assert.match(rows[2] ?? "", /:00 +- +no data$/);
  // Half of the last hour has passed, and the daemon ran in all of it.
  assert.match(rows[3] ?? "", /:00 +0$/);
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.match(lines.at(-1) ?? "", /^all +201 +0 +0 +0 +0 +0 +-$/);
});

test("unknown times that follow each other have one row", () => {
  const values = [null, null, null, 4, null, null];
  const all = series({
    covered: [0, 0, 0, 1, 0, 0],
    counts: counts<readonly (number | null)[]>(values, {}),
  });
  const rows = screen({ series: [all] })
    .split("\n")
    .slice(3, 6);
  assert.equal(rows.length, 3);
  assert.match(rows[0] ?? "", /\d\d:00 to .*\d\d:00 +- +no data$/);
  assert.match(rows[1] ?? "", /:00 +4 +#+$/);
  assert.match(rows[2] ?? "", / to .* +- +no data$/);
});

test("jails and rules have a bar and a row of totals each", () => {
  const jails = [series({ jail: "sshd" }), series({ jail: "nginx", covered: [0] })];
  const text = screen({ series: jails }, "jail");
  assert.match(text, /^sshd +201 +#+$/m);
  assert.match(text, /^nginx +201 +no data +#+$/m);
  assert.match(text, /^JAIL +FAIL +LOGIN +OFFENSE +BAN +UNBAN +UNRECOGNIZED +DROPPED$/m);
  const rules = screen({ series: [series({ jail: "sshd", rule: "failed" })] }, "rule");
  assert.match(rules, /^sshd failed +201 +0 +0 +0 +0$/m);
  assert.match(screen({ series: [] }, "jail"), /Nothing was counted\./);
});

test("the most frequent keys are shown with what is proven of their counts, and escaped", () => {
  const text = screen({}, "address");
  assert.match(text, /^192\.0\.2\.7 +90 +#+$/m);
  assert.match(text, /^192\.0\.2\.8 +6 +9 +#+$/m);
  assert.doesNotMatch(screen({}, "user"), /\u001b/);
  assert.match(text, /^ADDRESS +FAILURES +UP TO$/m);
  assert.match(screen({}, "user"), /^USER +FAILURES$/m, "all of these counts are exact");
});

test("a list that is cut says how much more there is", () => {
  assert.doesNotMatch(screen({}, "address"), /more|recorded/);
  const rest = { address: { keys: 480, floor: 12 }, user: ALL_SHOWN, network: ALL_SHOWN };
  const text = screen({ top_rest: rest }, "address");
  assert.match(text, /^and 480 more: --limit 482 shows them$/m);
  assert.match(text, /^Each address that is not recorded has at most 12 failures\.$/m);
});

test("CSV leaves an unknown count empty, and quotes what a spreadsheet would run", () => {
  const rows = formatStatsCsv(reply(), undefined).split("\n");
  assert.equal(rows[0], `from,covered,${COUNTERS.join(",")}`);
  assert.equal(rows[1], "2026-11-30T06:00:00.000Z,1,200,0,0,0,0,0,0");
  assert.equal(rows[3], "2026-11-30T08:00:00.000Z,0,,,,,,,");
  assert.equal(rows.length, 5);
  const jails = reply({ series: [series({ jail: "sshd" })] });
  assert.equal(formatStatsCsv(jails, "jail").split("\n")[1], "sshd,201,0,0,0,0,0,");
  assert.match(formatStatsCsv(jails, "rule"), /^jail,rule,failures/);
  assert.equal(formatStatsCsv(reply(), "address").split("\n")[2], "192.0.2.8,9,3,,,");
  assert.match(formatStatsCsv(reply(), "user"), /^"'=root,/m);
});

test("country and network of an address are shown where they are known, and troubles of files", () => {
  const place = {
    country: "DE",
    asn: 64_496,
    organization: "Example\u001b Net, a long name of it",
  };
  const { top } = reply();
  const address = [
    { key: "192.0.2.7", failures: 90, error: 0, facts: place },
    ...top.address.slice(1),
  ];
  const known = { top: { ...top, address }, address_problems: ["/x.mmdb: it is cut"] };
  const text = screen(known, "address");
  assert.match(text, /^ADDRESS +FAILURES +UP TO +WHERE$/m);
  assert.match(text, /^192\.0\.2\.7 +90 +DE AS64496 Example.* +#+$/m);
  assert.match(text, /^192\.0\.2\.8 +6 +9 +#+$/m);
  assert.match(text, /^\/x\.mmdb: it is cut$/m);
  assert.doesNotMatch(text, /\u001b/);
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
  const csv = formatStatsCsv(reply(known), "address").split("\n");
  assert.equal(csv[0], "address,failures,error,country,asn,organization");
  assert.match(csv[1] ?? "", /^192\.0\.2\.7,90,0,DE,64496,"Example/);
});
