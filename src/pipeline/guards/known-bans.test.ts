import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../../domain/instant.ts";
import { ipFromBits } from "../../domain/ip.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { Jail } from "../../jails/jail.ts";
import { openBook } from "../../record/open-book.ts";
import { createStateStore } from "../../record/state-store.ts";
import { BanLimits } from "./ban-limits.ts";

const MINUTE = 60_000;
const USERS = ["alice", "bob", "carol", "dave", "erin", "frank"] as const;

/** Limits over a book that outlives them, and a clock. */
class Runs {
  now = 1_800_000_000_000;
  readonly #clock = { ...systemClock, now: () => instant(this.now), monotonic: () => this.now };
  readonly #book = openBook({ path: ":memory:", clock: this.#clock, emit: () => {} });
  limits = this.#start();

  #start(): BanLimits {
    const [book, stateStore] = [this.#book, createStateStore(this.#book)];
    return new BanLimits({ book, stateStore, clock: this.#clock, emit() {}, onChange() {} });
  }

  /** Begins another run without closing the last one, as after a crash. */
  restart(): void {
    this.limits = this.#start();
  }

  /** Returns whether the rule bans the address of each of these users, a minute apart. */
  bans(users: readonly string[], rule = "failed"): readonly boolean[] {
    return users.map((user) => {
      this.now += MINUTE;
      const name = parseJailName("sshd");
      const jail = { name, config: { bans_per_minute: 1000 } } as unknown as Jail;
      const subject = ipFromBits(0x0a000000n + BigInt(user.charCodeAt(0)), "ipv4");
      const at = instant(this.now);
      const ban = { subject, jail: name, rule } as Parameters<BanLimits["admit"]>[1];
      const facts = { at, failures: 5, accounts: [user] };
      return this.limits.admit(jail, ban, facts, () => {}) === undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.limits.close();
    await this.#book[Symbol.asyncDispose]();
  }
}

test("a restart does not let a rule ban more users within an hour", async () => {
  for (let before = 0; before <= 4; before++) {
    await using runs = new Runs();
    runs.bans(USERS.slice(0, before));
    runs.restart();
    const after = runs.bans(USERS.slice(before));
    assert.equal(before + after.indexOf(false), 4, `after ${before} bans`);
  }
});

test("a ban of a user counts for an hour, also after a restart", async () => {
  await using runs = new Runs();
  runs.bans(USERS.slice(0, 4));
  runs.now += 60 * MINUTE;
  runs.restart();
  assert.deepEqual(runs.bans(USERS.slice(4)), [true, true]);
});

test("bans of another rule do not count, and a reset forgets those of this one", async () => {
  await using runs = new Runs();
  runs.bans(USERS.slice(0, 4), "other");
  runs.restart();
  assert.deepEqual(runs.bans(USERS.slice(0, 5)), [true, true, true, true, false]);
  runs.limits.reset({ rule: "failed" }, "operator");
  runs.restart();
  assert.deepEqual(runs.bans(USERS.slice(5)), [true]);
  assert.deepEqual(runs.bans(USERS.slice(4), "other"), [false, false]);
});

test("bans from before a restart move with a step of the clock", async () => {
  await using runs = new Runs();
  runs.bans(USERS.slice(0, 4));
  runs.restart();
  const step = 7 * 24 * 60 * MINUTE;
  runs.now += step;
  runs.limits.shift(step);
  assert.deepEqual(runs.bans(USERS.slice(4, 5)), [false]);
});
