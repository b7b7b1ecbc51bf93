/** Tells from how many unknown sources a day an account is tried, compared with its habit of two weeks. */
import { HyperLogLog } from "../hyper-log-log.ts";
import { type LoginDays, restoreDays } from "../login-days.ts";

const DAY_MS = 86_400_000;
/** Number of days that an account's habit remembers. */
const MEMORY_DAYS = 14;
/** Sources a day that are assumed before a habit is known; they count for one day. */
const PRIOR = 20;
/** Minimum number of sources a day that is unusual. */
const MIN_SOURCES = 12;
/** Below so many sources a day, a try from an unknown source is remarkable. */
const RARELY_TRIED = 5;
/** Number of sources up to which a login shows that its owner mistyped. */
const FORGIVEN_SOURCES = 3;

export interface AccountHabit extends LoginDays {
  /** Day of the sketch, from the epoch. */
  day: number;
  readonly sources: HyperLogLog;
  days: number;
  mean: number;
  square: number;
  /** Time of the last try while unusually many sources tried it; 0: never. */
  guessedAt: number;
  /** Sources of that day. */
  guessedFrom: number;
}

/** `sources`: registers of the sketch. `loginDays` is missing in a state of an earlier version. */
export type SavedHabit = Omit<AccountHabit, "sources" | "loginDays"> & {
  readonly sources: readonly number[];
  readonly loginDays?: number;
};

export function createHabit(at: number): AccountHabit {
  const habit = { days: 1, mean: PRIOR, square: PRIOR * PRIOR };
  const tries = { sources: new HyperLogLog(), guessedAt: 0, guessedFrom: 0 };
  return { loginAt: at, loginDays: 1, day: Math.floor(at / DAY_MS), ...tries, ...habit };
}

export function saveHabit(habit: AccountHabit): SavedHabit {
  const { loginAt, loginDays, day, days, mean, square, guessedAt, guessedFrom } = habit;
  const registers = [...habit.sources.registers];
  const sources = registers.some((rank) => rank > 0) ? registers : [];
  return { loginAt, loginDays, day, days, mean, square, guessedAt, guessedFrom, sources };
}

export function loadHabit(saved: SavedHabit): AccountHabit {
  const { sources, loginAt, loginDays, ...rest } = saved;
  return { ...rest, ...restoreDays(loginAt, loginDays), sources: new HyperLogLog(sources) };
}

/** Moves all times with a step of the wall clock, in milliseconds. */
export function shiftHabit(habit: AccountHabit, step: number): void {
  habit.loginAt += step;
  habit.day += Math.round(step / DAY_MS);
  if (habit.guessedAt > 0) habit.guessedAt += step;
}

/** Forgets today's sources at a login, if they are so few that they may be its user's. */
export function forgiveSources({ sources }: AccountHabit): void {
  if (sources.estimate() <= FORGIVEN_SOURCES + 0.5) sources.clear();
}

/** Returns whether unknown sources seldom try the account, unlike `root`. */
export function isRarelyTried({ mean }: AccountHabit): boolean {
  return mean < RARELY_TRIED;
}

/** Returns from how many sources the account was guessed during the last day; 0: it was not. */
export function guessesOf({ guessedAt, guessedFrom }: AccountHabit, at: number): number {
  return at - guessedAt <= DAY_MS ? guessedFrom : 0;
}

/** Learns from the days that ended. A late line belongs to the current day. */
export function turnTo(known: AccountHabit, at: number): void {
  const day = Math.floor(at / DAY_MS);
  const missed = Math.min(day - known.day, MEMORY_DAYS);
  if (missed <= 0) return;
  for (let i = 0; i < missed; i++) {
    const count = i === 0 ? Math.min(known.sources.estimate(), thresholdOf(known)) : 0;
    known.days = Math.min(MEMORY_DAYS, known.days + 1);
    known.mean += (count - known.mean) / known.days;
    known.square += (count * count - known.square) / known.days;
  }
  known.sources.clear();
  known.day = day;
}

/** Returns how many sources a day are unusual: as for arrivals. */
export function thresholdOf({ mean, square }: AccountHabit): number {
  const deviation = Math.sqrt(Math.max(mean, square - mean * mean));
  return Math.max(MIN_SOURCES, 2 * mean + 6 * deviation + 4);
}
