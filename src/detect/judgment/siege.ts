/**
 * Tells whether a jail is under siege: many sources fail from which nobody has logged in.
 *
 * off → on: within 7 days, at least SIEGE_FROM strangers failed, and at least three times as many as the users who failed
 * first and then logged in, which is the jail's habit; 512 are enough for any habit.
 * on → off: fewer than half as many.
 * A stranger who logs in becomes a user, and an account counts as one user. Where anybody can register, an attacker could
 * log in before guessing others, so a stranger remains one, and only accounts of regular users are the habit. Of each, at
 * most 1024 are remembered.
 */
import { duration } from "../../domain/duration.ts";
import { MAX_SOURCES, type NotedSource, RecentSources } from "./recent-sources.ts";

export const SIEGE_FROM = 5;
const TIMES_HABIT = 3;
/** More strangers could never be counted where many users mistype. */
const ENOUGH = MAX_SOURCES / 2;
const WITHIN = duration(7 * 86_400_000);

export interface SavedSiege {
  readonly isOn: boolean;
  readonly strangers: readonly NotedSource[];
  readonly users: readonly NotedSource[];
}

export class Siege {
  readonly #strangers: RecentSources;
  readonly #users: RecentSources;
  #isOn: boolean;

  constructor({ isOn, strangers, users }: SavedSiege = { isOn: false, strangers: [], users: [] }) {
    this.#strangers = new RecentSources(WITHIN, strangers);
    this.#users = new RecentSources(WITHIN, users);
    this.#isOn = isOn;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Number of sources without a login that failed within 7 days. */
  get strangers(): number {
    return this.#strangers.size;
  }

  strangerFailed(source: number, at: number): void {
    this.#strangers.note(source, at);
    this.#update(at);
  }

  /** `user`: the account, so that one attacker with many sources is no habit. */
  loggedIn(source: number, user: number, at: number): void {
    if (this.#strangers.remove(source)) this.#users.note(user, at);
    this.#update(at);
  }

  /** Notes a login where anybody can register: the source stays a stranger. */
  openLogin(source: number, user: number, at: number): void {
    if (this.#strangers.has(source)) this.#users.note(user, at);
    this.#update(at);
  }

  shift(step: number): void {
    this.#strangers.shift(step);
    this.#users.shift(step);
  }

  save(): SavedSiege {
    const [strangers, users] = [this.#strangers.list(), this.#users.list()];
    return { isOn: this.#isOn, strangers, users };
  }

  #update(at: number): void {
    this.#strangers.pass(at);
    this.#users.pass(at);
    const limit = Math.min(Math.max(SIEGE_FROM, TIMES_HABIT * this.#users.size), ENOUGH);
    this.#isOn = this.#strangers.size >= (this.#isOn ? limit / 2 : limit);
  }
}
