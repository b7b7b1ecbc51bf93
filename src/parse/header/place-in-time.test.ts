import assert from "node:assert/strict";
import test from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import { TimePlacer, MAX_SKEW } from "./place-in-time.ts";

const NOW = instant(1_795_407_065_000);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const after = (milliseconds: number): Instant => instant(NOW + milliseconds);

interface Line {
  readonly arrives?: number;
  readonly stamp: number | undefined;
  readonly isExplicit?: boolean;
  readonly arrival?: "live" | "backlog";
  readonly host?: number;
}

/** The resulting time of each line, in milliseconds from NOW. */
function place(lines: readonly Line[]): readonly number[] {
  const placer = new TimePlacer();
  return lines.map(({ arrives = 0, stamp, isExplicit = false, arrival = "live", host = 1 }) => {
    const at = stamp === undefined ? undefined : after(stamp);
    return placer.place({ stamp: at, isExplicit, host }, after(arrives), arrival) - NOW;
  });
}

test("a line with a plausible time has that time, at most its arrival", () => {
  assert.deepEqual(place([{ stamp: undefined }, { stamp: -1000 }, { stamp: 1000 }]), [0, -1000, 0]);
  assert.deepEqual(place([{ stamp: -MAX_SKEW }, { stamp: MAX_SKEW }]), [-MAX_SKEW, 0]);
  const backlog = { arrival: "backlog" } as const;
  assert.deepEqual(place([{ ...backlog, stamp: -HOUR }]), [-HOUR]);
  assert.deepEqual(place([{ ...backlog, stamp: 1 }]), [0]);
});

test("lines of a delayed queue keep the intervals between their timestamps", () => {
  for (const isExplicit of [true, false]) {
    for (const stamps of [
      [-24, -18, -12, -6].map((hours) => hours * HOUR),
      [-90, -79, -68, -57, -46, -35].map((minutes) => minutes * MINUTE),
      [-6 * HOUR - 1000, -6 * HOUR, -3 * HOUR - 1000, -3 * HOUR],
    ]) {
      assert.deepEqual(
        place(stamps.map((stamp, i) => ({ stamp, arrives: i, isExplicit }))),
        stamps,
      );
      const slowly = stamps.map((stamp, i) => ({ stamp, arrives: i * 20_000, isExplicit }));
      assert.deepEqual(place(slowly), stamps, "and line by line, too");
    }
  }
});

test("a constant clock or zone difference is learned, and then corrects every timestamp", () => {
  for (const off of [-2 * HOUR, 2 * HOUR, -5 * MINUTE]) {
    const lines = [0, 12_000, 30_000, 600_000].map((arrives) => ({
      arrives,
      stamp: arrives + off,
    }));
    assert.deepEqual(place(lines).slice(1), [12_000, 30_000, 600_000]);
    // A late line of that host has its corrected time.
    const late = { arrives: 700_000, stamp: 700_000 + off - 20 * MINUTE };
    assert.deepEqual(place([...lines, late]).at(-1), 700_000 - 20 * MINUTE);
    const [other] = place([...lines, { arrives: 1, stamp: -HOUR, host: 2 }]).slice(-1);
    assert.equal(other, -HOUR, "of another host nothing is known");
    const repaired = { arrives: 800_000, stamp: 800_000 };
    assert.deepEqual(place([...lines, repaired]).at(-1), 800_000);
  }
});

test("lines of a relay with a constant delay are not a burst", () => {
  const steady = [0, 11_000, 22_000].map((arrives) => ({ arrives, stamp: arrives - 35 * MINUTE }));
  const rest = [-30, -20, -10].map((minutes, i) => ({
    arrives: 23_000 + i,
    stamp: minutes * MINUTE,
  }));
  assert.deepEqual(
    place([...steady, ...rest]).slice(3),
    [-30, -20, -10].map((m) => m * MINUTE),
  );
});

test("lines that are late by a constant keep their intervals to lines that come promptly", () => {
  const late = (arrives: number): Line => ({ arrives, stamp: arrives - 150_000 });
  const prompt = (arrives: number): Line => ({ arrives, stamp: arrives });
  const lines = [late(0), prompt(1000), late(180_000), prompt(181_000), late(400_000)];
  assert.deepEqual(place(lines).slice(2), [30_000, 181_000, 250_000]);
  assert.deepEqual(
    place([late(0), late(180_000), prompt(181_000), late(400_000)]).slice(1),
    [180_000, 181_000, 250_000],
    "without a prompt line in between, it looks like a wrong clock",
  );
});

test("a program in another zone is corrected beside programs whose times are right", () => {
  const lines = [0, 12_000, 24_000].flatMap((arrives): readonly Line[] => [
    { arrives, stamp: arrives - 2 * HOUR },
    { arrives: arrives + 1, stamp: arrives + 1 },
  ]);
  assert.deepEqual(place(lines).slice(2), [12_000, 12_001, 24_000, 24_001]);
});

test("a timestamp with an offset is trusted even with a constant delay", () => {
  const lines = [0, 11_000, 22_000].map((arrives) => {
    return { arrives, stamp: arrives - 35 * MINUTE, isExplicit: true };
  });
  assert.deepEqual(
    place(lines),
    lines.map(({ stamp }) => stamp),
  );
});

test("timestamps in the future by a constant count as now", () => {
  const ahead = [0, 1000, 2000].map((arrives) => ({ arrives, stamp: arrives + HOUR }));
  assert.deepEqual(place(ahead), [0, 1000, 2000]);
  const drained = [1, 7, 13, 19].map((hours) => ({ stamp: hours * HOUR }));
  assert.deepEqual(place(drained), [0, 7 * HOUR, 13 * HOUR, 19 * HOUR]);
  const backlog = drained.map((line) => ({ ...line, arrival: "backlog" as const }));
  assert.deepEqual(
    place(backlog),
    [1, 7, 13, 19].map((hours) => hours * HOUR),
  );
});

test("each difference is returned once, however many lines it shifts", () => {
  const placer = new TimePlacer();
  const skews = (off: number, host: number, from: number): readonly number[] =>
    [0, 12, 24, 36, 48].map((seconds) => {
      const arrives = from + seconds * 1000;
      placer.place(
        { stamp: after(arrives + off), isExplicit: false, host },
        after(arrives),
        "live",
      );
      return placer.takeSkew();
    });
  assert.deepEqual(skews(-2 * HOUR, 1, 0), [0, 2 * HOUR, 0, 0, 0]);
  // The same difference of another host of the source is not reported again.
  assert.deepEqual(skews(-2 * HOUR, 2, 60_000), [0, 0, 0, 0, 0]);
  assert.deepEqual(skews(-5 * HOUR, 3, 120_000), [0, 5 * HOUR, 0, 0, 0]);
  // Alternating hosts.
  for (let round = 0; round < 10; round++)
    for (const [host, off] of [
      [1, -2 * HOUR],
      [3, -5 * HOUR],
    ] as const)
      assert.deepEqual(skews(off, host, 200_000 + round * 100_000), [0, 0, 0, 0, 0]);
  // The zone of the first host changes.
  assert.deepEqual(skews(-3 * HOUR, 1, 2_000_000), [0, 3 * HOUR, 0, 0, 0]);
});

test("hosts beyond the bound are forgotten", () => {
  const placer = new TimePlacer();
  for (let host = 0; host < 10_000; host++)
    placer.place({ stamp: after(-HOUR), isExplicit: false, host }, NOW, "live");
  assert.equal(placer.takeSkew(), 0);
});

test("a difference learned before a restart applies after a line confirms it", () => {
  const placed = (late: number, arrival: "live" | "backlog"): number => {
    const placer = new TimePlacer([{ host: 1, late: 2 * HOUR }]);
    const line = { stamp: after(-late), isExplicit: false, host: 1 };
    return placer.place(line, NOW, arrival) - NOW;
  };
  assert.equal(placed(2 * HOUR, "live"), 0);
  assert.equal(placed(2 * HOUR + 4000, "live"), -4000);
  assert.equal(placed(3 * HOUR, "live"), -3 * HOUR);
  assert.equal(placed(2 * HOUR, "backlog"), -2 * HOUR);
});

test("learned differences are returned once, to be saved", () => {
  const placer = new TimePlacer();
  for (const arrives of [0, 5000, 12_000, 20_000]) {
    const line = { stamp: after(arrives - HOUR), isExplicit: false, host: 7 };
    placer.place(line, after(arrives), "live");
    const expected = arrives === 12_000 ? [{ host: 7, late: HOUR }] : undefined;
    assert.deepEqual(placer.takeLearned(), expected, `${arrives}`);
  }
});

test("a difference is learned after ten constant seconds, and dropped if it gives a future time", () => {
  const behind = (arrives: number): Line => ({ arrives, stamp: arrives - HOUR });
  assert.deepEqual(place([behind(0), behind(9999)]), [-HOUR, 9999 - HOUR]);
  assert.deepEqual(place([behind(0), behind(10_000)]), [-HOUR, 10_000]);
  // The clock was corrected and is late again, by an unknown difference.
  const set = { arrives: 20_000, stamp: 20_000 - 2 * MINUTE };
  const again = { arrives: 21_000, stamp: 21_000 - HOUR };
  assert.deepEqual(place([behind(0), behind(10_000), set, again]).slice(2), [
    20_000 - 2 * MINUTE,
    21_000 - HOUR,
  ]);
});
