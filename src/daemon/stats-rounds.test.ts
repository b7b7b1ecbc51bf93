import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../domain/instant.ts";
import { DAEMON_RUN } from "../domain/stats.ts";
import { openBook } from "../record/open-book.ts";
import { SAMPLE_START } from "../record/sample-entries.fixture.ts";
import { StatsRounds, type StatsRoundsOptions } from "./stats-rounds.ts";
import { sampleWatchedJail } from "../health/watched-jail.fixture.ts";

const ROUND_MS = 30_000;

type State = ReturnType<StatsRoundsOptions["proving"]["proofs"]["judge"]>["state"];

test("a blind or starting jail counts nothing, and the daemon runs", async () => {
  const time = { wall: SAMPLE_START, monotonic: 0 };
  const clock = {
    now: () => instant(time.wall),
    monotonic: () => time.monotonic,
  };
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const watched = await sampleWatchedJail();
  const { jail } = watched.live;
  let state: State = "protecting";
  const rounds = new StatsRounds({
    ...{ book, clock, watched: () => [watched], firewall: { enforcersFor: () => [] } },
    proving: {
      proofs: {
        judge: () => ({ state, reason: "", cause: undefined, fix: undefined, since: instant(0) }),
      },
    },
  });
  const pass = (states: readonly State[], step = 0): void => {
    for (const one of states) {
      time.wall += ROUND_MS + step;
      time.monotonic += ROUND_MS;
      state = one;
      jail.unrecognized += 2;
      rounds.look();
    }
  };
  rounds.look();
  pass(["protecting", "observing", "blind", "starting", "blind", "toothless"]);
  pass(["protecting"], 3_600_000);
  // After a reload the jail counts its lines from zero.
  jail.unrecognized = 0;
  pass(["degraded"]);
  book.stats.save();
  const period = { from: instant(0), to: instant(time.wall + 1) };
  const { counts, runs } = book.stats.read(period);
  assert.deepEqual(
    counts.map(({ counter, count }) => [counter, count]),
    [
      ["unrecognized", 12],
      ["unrecognized", 4],
    ],
  );
  const spans = runs.map(({ jail: name, from, to, countsDrops }) => {
    const round = (at: number): number => (at - SAMPLE_START) / ROUND_MS;
    return [name, round(from), round(to), countsDrops];
  });
  // The hour by which the clock was stepped is in no run.
  assert.deepEqual(spans, [
    [DAEMON_RUN, 0, 6, false],
    [DAEMON_RUN, 127, 128, false],
    ["sshd", 0, 2, false],
    ["sshd", 5, 6, false],
    ["sshd", 127, 128, false],
  ]);
});
