import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { duration } from "../../../domain/duration.ts";
import { instant } from "../../../domain/instant.ts";
import type { LineSource } from "../../../domain/line-source.ts";
import { systemClock } from "../../../host/system-clock.ts";
import {
  childrenOf,
  type Journald,
  openJournald,
} from "../../../source/journal/journald.fixture.ts";
import { JournalSource } from "../../../source/journal/journal-source.ts";
import { startReading } from "../../../source/reading.fixture.ts";
import type { Emit } from "../../../telemetry/events.ts";
import { createJournalComparison, type JournalComparison } from "./compare-journal.ts";
import type { Comparison } from "./comparison.ts";

const MATCHES = [["SYSLOG_IDENTIFIER=sshd"]];
const never = new AbortController().signal;

function open(
  { directory }: Journald,
  cursors?: ReadonlyMap<string, string>,
  emit: Emit = () => undefined,
): LineSource {
  return new JournalSource({
    matches: MATCHES,
    directory,
    resume: (key) => cursors?.get(key),
    since: instant(Date.now() - 60_000),
    longestWait: duration(200),
    clock: systemClock,
    emit,
  });
}

function compare(
  source: LineSource,
  { directory }: Journald,
  comparison: JournalComparison = createJournalComparison(systemClock, directory),
): Promise<Comparison | undefined> {
  const status = (): ReturnType<LineSource["status"]> => source.status();
  return comparison.compare({ matches: MATCHES, isShared: false, status }, never);
}

/** Process id of the reader's journalctl. */
function follower(): number {
  const found = childrenOf(process.pid).find(
    (pid) => readFileSync(`/proc/${pid}/comm`, "utf8") === "journalctl\n",
  );
  assert.ok(found !== undefined, "the reader has a child");
  return found;
}

test("the newest entry was read, or no entry exists", async () => {
  await using journald = await openJournald();
  const source = open(journald);
  await using reading = startReading(source);
  assert.match((await compare(source, journald))?.evidence ?? "", /no such entry/);
  journald.log("sshd", "one");
  journald.log("cron", "not asked for");
  await reading.until(1);
  const { kind, evidence } = (await compare(source, journald)) ?? {};
  assert.equal(kind, "complete");
  assert.match(evidence ?? "", /the newest such entry of the journal \(.*\) was read/);
  await reading.stop();
});

test("a stopped reader is stuck, and complete after it resumes", async () => {
  await using journald = await openJournald();
  const source = open(journald);
  await using reading = startReading(source);
  journald.log("sshd", "one");
  await reading.until(1);
  const pid = follower();
  process.kill(pid, "SIGSTOP");
  journald.log("sshd", "two");
  const { kind, evidence } = (await compare(source, journald)) ?? {};
  process.kill(pid, "SIGCONT");
  assert.equal(kind, "stuck");
  assert.match(evidence ?? "", /was not read; the last one read is from/);
  await reading.until(2);
  assert.equal((await compare(source, journald))?.kind, "complete");
  await reading.stop();
});

test("a reader with a saved cursor is expected to resume there", async () => {
  await using journald = await openJournald();
  const first = open(journald);
  await using reading = startReading(first);
  journald.log("sshd", "one");
  await reading.until(1);
  await reading.stop();
  const second = open(journald, reading.cursors);
  await using again = startReading(second);
  assert.equal((await compare(second, journald))?.kind, "complete");
  journald.log("sshd", "two");
  await again.until(1);
  assert.equal((await compare(second, journald))?.kind, "complete");
  await again.stop();
});

test("an entry that was deleted while the reader was stopped is missed, also after it reads on", async () => {
  await using journald = await openJournald();
  const missed: string[] = [];
  const source = open(journald, undefined, (event) => {
    if (event.event === "lines-missed") missed.push(event.reason);
  });
  await using reading = startReading(source);
  const comparison = createJournalComparison(systemClock, journald.directory);
  journald.log("sshd", "one");
  await reading.until(1);
  const pid = follower();
  process.kill(pid, "SIGSTOP");
  journald.log("sshd", "two");
  assert.equal((await compare(source, journald, comparison))?.kind, "stuck");
  journald.rotate();
  // An entry of the new file shows that journald has rotated.
  journald.logAs("cron", "three");
  journald.vacuum();
  const { kind, evidence } = (await compare(source, journald, comparison)) ?? {};
  assert.equal(kind, "stuck");
  assert.match(evidence ?? "", /was deleted before it was read, and none was read since/);
  process.kill(pid, "SIGKILL");
  journald.log("sshd", "four");
  await reading.until(2);
  assert.deepEqual(reading.lines, ["one", "four"]);
  assert.match(missed.join(), /^the entry read last, from \S+, is gone, and perhaps others/);
  const after = await compare(source, journald, comparison);
  assert.equal(after?.kind, "missed");
  assert.match(after.evidence, /was deleted before it was read: failures among such entries/);
  await reading.stop();
});
