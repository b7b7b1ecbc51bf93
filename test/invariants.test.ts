/**
 * Tests the invariants of ARCHITECTURE.md that need no kernel, each in a test named after it. The others are in
 * test/e2e; `grep -r "invariant N" test` finds each.
 */
import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createEventFeed } from "../src/control/event-feed.ts";
import type { FilterDefinition } from "../src/domain/filter-definition.ts";
import { loadFilters } from "../src/jails/load-filters.ts";
import { type ScannedLine, scan } from "../src/pipeline/scan.ts";
import { createFailureWindow } from "../src/detect/failure-window.ts";
import { parseSubject, type Subject } from "../src/domain/cidr.ts";
import { subjectOf } from "../src/domain/counting-prefix.ts";
import { duration } from "../src/domain/duration.ts";
import { instant } from "../src/domain/instant.ts";
import { parseIp } from "../src/domain/ip.ts";
import { parseJailName } from "../src/domain/jail-name.ts";
import { compileFilter } from "../src/parse/filter/compile-filter.ts";
import { enableLinearRegex } from "../src/host/linear-regex.ts";
import { systemClock } from "../src/host/system-clock.ts";
import { openBook } from "../src/record/open-book.ts";
import type { TelemetryEvent } from "../src/telemetry/events.ts";
import { fuzzSample } from "./fuzz-rounds.ts";
import { openVirtualDaemon } from "./scenario/virtual-daemon.ts";

enableLinearRegex();

test("invariants: each of the eleven has a test named after it", () => {
  const root = join(import.meta.dirname, "..");
  const tests = globSync("{src,test}/**/*.test.ts", { cwd: root })
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join("\n");
  const missing = Array.from({ length: 11 }, (_, i) => i + 1).filter(
    (n) => !new RegExp(`test\\([\`"]invariant ${n}: `).test(tests),
  );
  assert.deepEqual(missing, []);
});

test("invariant 7: every queue has a name, a bound, a policy when full and a counter of what was dropped", async (t) => {
  const subjects = Array.from({ length: 300 }, (_, i) => subject(`198.51.${i >> 8}.${i & 255}`));

  await t.test("subjects tracked by a jail: the least recent is dropped", () => {
    const policy = { findtime: duration(600_000), maxretry: 3, maxTracked: 100 };
    const window = createFailureWindow(policy);
    for (const [i, one] of subjects.entries()) window.observe(one, instant(1000 + i), 1);
    assert.equal(window.tracked, 100);
    assert.equal(window.evicted, 200);
  });

  await t.test(
    "recorded failures: the oldest are dropped, and their number is reported",
    async () => {
      const events: TelemetryEvent[] = [];
      const jail = parseJailName("sshd");
      assert.ok(jail !== undefined);
      await using book = openBook({
        path: ":memory:",
        clock: systemClock,
        emit: (event) => events.push(event),
        failureBound: 100,
      });
      const at = systemClock.now();
      for (const one of subjects) {
        const failure = {
          subject: one,
          jail,
          at,
          weight: 1,
          rule: "r",
          user: undefined,
          line: "l",
        };
        book.commit({ steps: [{ kind: "failure", ...failure }], cursors: [] });
      }
      const kept = [...book.failuresSince(instant(0))];
      assert.ok(kept.length <= 101, `${kept.length} kept`);
      assert.equal(kept.at(-1)?.subject, subjects.at(-1), "the newest are kept");
      const dropped = events.flatMap((event) =>
        event.event === "queue-overflowed" && event.queue === "recorded failures"
          ? [event.dropped]
          : [],
      );
      assert.equal(
        dropped.reduce((sum, n) => sum + n, 0),
        subjects.length - kept.length,
      );
    },
  );

  await t.test(
    "events for a slow follower: the newest are dropped, and their number is reported",
    async () => {
      const feed = createEventFeed(systemClock, 10);
      const stop = new AbortController();
      const following = feed.follow(stop.signal)[Symbol.asyncIterator]();
      const first = following.next();
      const event = { event: "source-ended", source: "x" } as const;
      feed.emit(event);
      await first;
      for (let i = 0; i < 25; i++) feed.emit(event);
      assert.equal((await following.next()).value?.length, 10);
      feed.emit(event);
      const [next] = (await following.next()).value ?? [];
      assert.equal(next?.missed, 15);
      stop.abort();
    },
  );
});

test("invariant 9: scan has exactly the same results for a log as the daemon", async () => {
  const { filters: all, problems } = await loadFilters([]);
  assert.deepEqual(problems, []);
  // A third of the filters; in a long run all.
  const filters = new Map(fuzzSample([...all], 80));
  const jails = [...filters.keys()].map(
    (name) => `[jails.${name}]
unverified = true
mode = "abuse"
source = { file = ["/${name}"] }
`,
  );
  await using daemon = await openVirtualDaemon(`[defaults]
maxretry = 1000
findtime = "3650d"
ipv6_prefix = 128
enforcer = "memory"

${jails.join("")}`);
  let counting = 0;
  for (const [name, definition] of filters) {
    const compiled = compileFilter(definition, "abuse");
    assert.ok(compiled.ok);
    const [lines, counted] = await logOf(definition, compiled.value, daemon.now());
    // The source joins the lines of a record, which scan does by itself.
    const { begins } = compiled.value;
    const place = begins === undefined ? `/${name}` : `/${name} records ${begins.id}`;
    const records = lines.map((line) => line.replaceAll("\n", " "));
    await daemon.read(records, "live", place);
    if (counted.size > 0) counting++;
    for (const [address, count] of counted) {
      const ip = parseIp(address);
      assert.ok(ip !== undefined);
      assert.equal(daemon.count(subjectOf(ip, 128), name), count, `${name} ${address}`);
    }
    const failures = daemon.events.filter(
      (event) => event.event === "failure" && event.jail === name,
    ).length;
    const total = [...counted.values()].reduce((a, b) => a + b, 0);
    assert.ok(failures <= total && failures > 0 === total > 0);
  }
  // The samples of a few do not complete a session, as of strongSwan.
  assert.ok(counting > 0.95 * filters.size, `${counting} of ${filters.size} count something`);
});

/** The samples as a syslog daemon writes them; as they are, where a service writes its log itself. */
async function logOf(
  { programs: [program], samples }: FilterDefinition,
  filter: Parameters<typeof countByScan>[1],
  now: ReturnType<typeof instant>,
): Promise<readonly [lines: readonly string[], counted: ReadonlyMap<string, number>]> {
  const stamp = new Date(now).toISOString();
  // The virtual day is before those of most samples, and a time in the future is moved.
  const own = samples.map(({ line }) =>
    line.replaceAll(/20\d\d-11-/g, "2026-02-").replaceAll("2026/11/23_", "2026/02/23_"),
  );
  // Two lines per process, so that sessions are joined too.
  const syslog = own.map((line, i) => `${stamp} host ${program}[${1000 + (i >> 1)}]: ${line}`);
  const bySyslog = await countByScan(syslog, filter, now);
  return bySyslog.size > 0 ? [syslog, bySyslog] : [own, await countByScan(own, filter, now)];
}

async function countByScan(
  lines: readonly string[],
  filter: Parameters<typeof scan>[0]["filters"][number],
  now: ReturnType<typeof instant>,
): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-scan-"));
  const counted = new Map<string, number>();
  try {
    const path = join(folder, "log");
    writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
    await scan({
      path,
      filters: [filter],
      owned: true,
      clock: { now: () => now, monotonic: () => 0 },
      localOffset: () => 0,
      signal: new AbortController().signal,
      onLine: ({ ip, counts }: ScannedLine) => {
        if (ip === null || counts === 0 || parseIp(ip) === undefined) return;
        counted.set(ip, (counted.get(ip) ?? 0) + counts);
      },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return counted;
}

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}
