import type { Happening, JailPolicy, Observation } from "../happenings.ts";
import { parseNetwork } from "./network.ts";

type Ban = Observation["bans"][number];

/**
 * The simplest daemon that keeps the promises of one jail without guards. It sees the truth and reacts within the
 * moment. Its observations must give no difference; each of `FAULTS` must give one.
 */
export class PlainDaemon {
  readonly #policy: JailPolicy;
  readonly #fault: string | undefined;
  #running = true;
  #bans: Ban[] = [];
  #kernel: string[] = [];
  #unread: { subject: string; at: number }[] = [];
  #failures = new Map<string, number[]>();
  readonly #past = new Map<string, number>();
  readonly #logins = new Map<number, { subject: string; at: number; counts: boolean }>();

  constructor(policy: JailPolicy, fault: string | undefined) {
    this.#policy = policy;
    this.#fault = fault;
  }

  happened(happening: Happening): void {
    const { at } = happening;
    switch (happening.kind) {
      case "login":
        this.#logins.set(happening.id, {
          subject: subjectText(happening.ip),
          at: happening.stamp ?? at,
          counts: happening.outcome === "failed",
        });
        break;
      case "readable": {
        const login = this.#logins.get(happening.id);
        const isNew = !happening.again || this.#fault === "counts-again";
        if (login?.counts === true && isNew) this.#unread.push(login);
        break;
      }
      case "started":
        this.#running = true;
        if (this.#fault === "forgets-failures") this.#failures.clear();
        if (this.#fault === "forgets-bans") this.#bans = this.#bans.slice(1);
        break;
      case "stopped":
      case "crashed":
        this.#running = false;
        if (this.#fault === "opens-kernel") this.#kernel = [];
        break;
      case "firewall":
        if (happening.what === "flushed-ruleset") this.#kernel = [];
        break;
      case "command":
        this.#obey(happening);
        break;
      case "configured":
      case "forged":
      case "lost":
      case "source-broken":
      case "source-mended":
      case "clock":
      case "btmp":
      case "disk-full":
      case "disk-free":
      case "session-opened":
      case "session-ended":
        break;
    }
    this.#expire(at);
    if (!this.#running) return;
    for (const { subject, at: stamp } of this.#unread) this.#count(subject, stamp, at);
    this.#unread = [];
    if (this.#fault !== "leaves-flushed") this.#kernel = this.#bans.map(({ subject }) => subject);
  }

  observe(at: number): Observation {
    this.#expire(at);
    const { name } = this.#policy;
    return {
      at,
      running: this.#running,
      dropped: this.#kernel,
      bans: this.#running ? this.#bans : [],
      jails: this.#running ? [{ name, state: "protecting", causes: [] }] : [],
    };
  }

  #obey({ command, subject, time, at }: Extract<Happening, { kind: "command" }>): void {
    if (subject === undefined) return;
    if (command === "unban") {
      if (this.#fault === "ignores-unban") return;
      if (this.#bans.some((ban) => ban.subject === subject && ban.jail !== "manual")) {
        this.#past.set(subject, (this.#past.get(subject) ?? 1) - 1);
      }
      this.#bans = this.#bans.filter((ban) => ban.subject !== subject);
      if (this.#fault !== "keeps-pardoned") this.#failures.delete(subject);
    }
    if (command === "ban" && time !== undefined) {
      this.#bans = this.#bans.filter((ban) => ban.subject !== subject || ban.jail !== "manual");
      this.#bans = [...this.#bans, { subject, jail: "manual", until: at + time, enforced: true }];
    }
  }

  #count(subject: string, stamp: number, now: number): void {
    const { name, maxRetry, findTime, banTime, increment } = this.#policy;
    if (this.#bans.some((ban) => ban.subject === subject)) return;
    const failures = [...(this.#failures.get(subject) ?? []), stamp].toSorted((a, b) => a - b);
    const recent = failures.filter((at) => at > now - findTime);
    this.#failures.set(subject, recent);
    if (
      recent.length <
      maxRetry + (this.#fault === "bans-late" ? 1 : this.#fault === "bans-early" ? -1 : 0)
    )
      return;
    const past = this.#past.get(subject) ?? 0;
    this.#past.set(subject, past + 1);
    this.#failures.delete(subject);
    const multipliers = increment?.multipliers ?? [1];
    const factor =
      this.#fault === "never-grows"
        ? 1
        : (multipliers[Math.min(past, multipliers.length - 1)] ?? 1);
    const until = now + banTime * factor + Math.min(banTime * factor * 0.1, 200_000);
    this.#bans = [...this.#bans, { subject, jail: name, until, enforced: true }];
  }

  #expire(at: number): void {
    if (this.#bans.every(({ until }) => until > at)) return;
    const ended = this.#bans.filter(({ until }) => until <= at).map(({ subject }) => subject);
    this.#bans = this.#bans.filter(({ until }) => until > at);
    const left = new Set(this.#bans.map(({ subject }) => subject));
    this.#kernel = this.#kernel.filter((subject) => left.has(subject) || !ended.includes(subject));
  }
}

/** Faults that this daemon can have, one at a time. */
export const FAULTS = [
  "counts-again",
  "forgets-failures",
  "forgets-bans",
  "opens-kernel",
  "leaves-flushed",
  "ignores-unban",
  "keeps-pardoned",
  "bans-late",
  "bans-early",
  "never-grows",
] as const;

function subjectText(ip: string): string {
  if (parseNetwork(ip).family === 4) return ip;
  return `${ip.split(":").slice(0, 4).join(":")}::/64`;
}
