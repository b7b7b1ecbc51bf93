/**
 * Generates log traffic of virtual weeks for tests, from a seed. Each kind defines the lines per look, modeled on real
 * hosts: office hours, a few lines a day, nightly jobs, waves of guessing whose length and strength vary a hundredfold.
 */
import { type Habit, HOURS, LOOK_MS } from "./habit.ts";
import { observeLook } from "./observe-look.ts";

export const LOOKS_AN_HOUR: number = 3_600_000 / LOOK_MS;
export const LOOKS_A_DAY: number = LOOKS_AN_HOUR * 24;

export type Random = () => number;

/** Creates a mulberry32 generator: small, and random enough for tests. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Returns the lines of a look; look 0 is on Sunday at 00:00. */
export type Traffic = (look: number) => number;

export function hourOf(look: number): number {
  return Math.floor(look / LOOKS_AN_HOUR) % HOURS;
}

function poisson(mean: number, random: Random): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const end = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > end; product *= random()) count++;
  return count;
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function isOffice(look: number): boolean {
  const hour = hourOf(look);
  const [day, clock] = [Math.floor(hour / 24), hour % 24];
  return day >= 1 && day <= 5 && clock >= 8 && clock < 18;
}

/** Adds waves of more lines at random, from minutes to hours, weak or strong. */
function waves(random: Random, aDay: number): Traffic {
  let [until, rate] = [0, 0];
  return (look) => {
    if (look >= until) {
      rate = 0;
      if (random() < aDay / LOOKS_A_DAY) {
        until = look + Math.ceil(Math.exp(3.5 + 1.2 * normal(random)));
        rate = Math.exp(1 + 1.5 * normal(random));
      }
    }
    return rate === 0 ? 0 : poisson(rate, random);
  };
}

export const TRAFFIC: Readonly<Record<string, (random: Random) => Traffic>> = {
  busy: (random) => (look) =>
    poisson(
      (420 / LOOKS_AN_HOUR) * (1 + 0.4 * Math.sin((look / LOOKS_A_DAY) * 2 * Math.PI)),
      random,
    ),
  "very busy": (random) => () => poisson(60, random),
  quiet: (random) => () => poisson(40 / LOOKS_A_DAY, random),
  sparse: (random) => () => poisson(3 / LOOKS_A_DAY, random),
  "office hours": (random) => (look) =>
    poisson((isOffice(look) ? 90 : 0.5) / LOOKS_AN_HOUR, random),
  "office only": (random) => (look) => poisson((isOffice(look) ? 20 : 0) / LOOKS_AN_HOUR, random),
  bursty: (random) => {
    const wave = waves(random, 3);
    return (look) => wave(look) + poisson(5 / LOOKS_AN_HOUR, random);
  },
  "waves only": (random) => waves(random, 6),
  "rare waves": (random) => waves(random, 1),
  "nightly job": (random) => {
    let start = 0;
    return (look) => {
      if (look % LOOKS_A_DAY === 0) start = Math.floor(3 * LOOKS_AN_HOUR + random() * 20);
      const at = look % LOOKS_A_DAY;
      return at === start || at === start + 1 ? 1 + Math.floor(random() * 30) : 0;
    };
  },
  "hourly job": (random) => (look) =>
    look % LOOKS_AN_HOUR === 34 ? 2 : poisson(2 / LOOKS_A_DAY, random),
};

/** Adds the looks in [from, to) to the habit; calls `told` after each. */
export function watch(
  habit: Habit,
  traffic: Traffic,
  [from, to]: readonly [number, number],
  onLook: (look: number, hour: number) => void = () => undefined,
): void {
  for (let look = from; look < to; look++) {
    const hour = hourOf(look);
    observeLook(habit, { hour, elapsed: LOOK_MS, lines: traffic(look) });
    onLook(look, hour);
  }
}
