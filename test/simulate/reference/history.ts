import type {
  Difference,
  Happening,
  JailPolicy,
  Observation,
  ReferenceModel,
} from "../happenings.ts";
import { createReferenceModel } from "./reference-model.ts";

export const SECOND = 1_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const AUTH_LOG = "file:/var/log/auth.log";

export const SSHD: JailPolicy = {
  name: "sshd",
  service: "sshd",
  source: AUTH_LOG,
  maxRetry: 5,
  findTime: 10 * MINUTE,
  banTime: HOUR,
  increment: { multipliers: [1, 4, 24, 168], maxTime: 30 * 24 * HOUR },
  ipv6Prefix: 64,
  allow: ["127.0.0.0/8", "::1"],
};

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** A history written by hand: what happened, and what a daemon showed, which stays until it shows something else. */
export class History {
  now = 0;
  /** Names of the rules found broken so far. */
  readonly rules: string[] = [];
  differences: Difference[] = [];
  bans: Observation["bans"] = [];
  dropped: readonly string[] = [];
  state = "protecting";
  causes: readonly string[] = [];
  running = true;
  foreignIntact = true;
  readonly #model: ReferenceModel = createReferenceModel();
  #id = 0;

  /** Returns the history of a daemon that has run for two minutes without faults. */
  static start(policies: readonly JailPolicy[] = [SSHD]): History {
    const history = new History();
    history.happen({ kind: "configured", jails: policies });
    history.happen({ kind: "started" });
    history.wait(2 * MINUTE);
    return history;
  }

  happen(happening: Without<Happening, "at">): void {
    this.#model.happened({ ...happening, at: this.now } as Happening);
  }

  /** Lets time pass, while the daemon shows the same as before. */
  wait(time: number): void {
    this.now += time;
    this.see();
  }

  see(): void {
    const found = this.#model.observed({
      at: this.now,
      running: this.running,
      foreignIntact: this.foreignIntact,
      dropped: this.dropped,
      bans: this.running ? this.bans : [],
      jails: this.running ? [{ name: "sshd", state: this.state, causes: this.causes }] : [],
    });
    this.differences.push(...found);
    this.rules.push(...found.map(({ rule }) => rule));
  }

  login(ip: string, more: Partial<Extract<Happening, { kind: "login" }>> = {}): number {
    const id = ++this.#id;
    const stamp = "stamp" in more ? more.stamp : this.now;
    const login = { service: "sshd", ip, user: "root", outcome: "failed", logged: true } as const;
    this.happen({ kind: "login", ...login, id, ...more, stamp });
    return id;
  }

  readable(id: number, again = false, source: string = AUTH_LOG): void {
    this.happen({ kind: "readable", id, source, again });
  }

  /** Adds failed logins of one address, a second apart, each logged immediately. */
  fail(ip: string, count: number, more: Partial<Extract<Happening, { kind: "login" }>> = {}): void {
    for (let index = 0; index < count; index++) {
      this.readable(this.login(ip, more));
      this.wait(SECOND);
    }
  }

  /** Adds a ban to the daemon's list and to the kernel. */
  ban(subject: string, length: number, jail = "sshd"): void {
    const until = this.now + length;
    this.bans = [...this.bans.filter((ban) => ban.subject !== subject || ban.jail !== jail)];
    this.bans = [...this.bans, { subject, jail, until, enforced: true }];
    this.dropped = [...new Set([...this.dropped, subject])];
    this.see();
  }

  unban(subject: string): void {
    this.bans = this.bans.filter((ban) => ban.subject !== subject);
    this.dropped = this.dropped.filter((dropped) => dropped !== subject);
    this.see();
  }

  command(
    command: Extract<Happening, { kind: "command" }>["command"],
    subject: string,
    more = {},
  ): void {
    this.happen({ kind: "command", command, subject, jail: undefined, time: undefined, ...more });
  }

  /** Lets a long time pass in steps, with an observation after each. */
  waitLong(time: number, step: number = MINUTE): void {
    for (const end = this.now + time; this.now < end; ) this.wait(Math.min(step, end - this.now));
  }
}
