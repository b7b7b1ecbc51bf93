/**
 * Remembers who decided the bans that ended by themselves, to find those that covered an address which logs in. An
 * address may have been banned by several jails. Bounded to 2,000 addresses and networks, the oldest are dropped first,
 * and of each to the newest 16 jails.
 */
import { maskIp, splitSubject, type Subject } from "../../domain/cidr.ts";
import { familyOf, type Ip } from "../../domain/ip.ts";
import type { Decider } from "./ban-quality.ts";
import { trimOldest } from "./trim-oldest.ts";

export interface EndedBan {
  readonly decider: Decider;
  readonly at: number;
}

export type EndedBansState = readonly (readonly [Subject, EndedBan])[];

const MAX_SUBJECTS = 2000;
const MAX_OF_SUBJECT = 16;

export class EndedBans {
  readonly #ended = new Map<Subject, readonly EndedBan[]>();
  /** Lengths of prefixes of all that was ever added, by family. */
  readonly #prefixes = { ipv4: new Set<number>(), ipv6: new Set<number>() };

  constructor(state: EndedBansState = []) {
    for (const [subject, ended] of state) this.add(subject, ended);
  }

  add(subject: Subject, ended: EndedBan): void {
    const { family, prefix } = splitSubject(subject);
    this.#prefixes[family].add(prefix);
    const others = (this.#ended.get(subject) ?? []).filter(
      ({ decider }) => decider.jail !== ended.decider.jail,
    );
    this.#ended.delete(subject);
    this.#ended.set(subject, [...others, ended].slice(-MAX_OF_SUBJECT));
    trimOldest(this.#ended, MAX_SUBJECTS);
  }

  /** Removes and returns the bans that covered the address. */
  takeAround(ip: Ip): EndedBansState {
    if (this.#ended.size === 0) return [];
    const taken: [Subject, EndedBan][] = [];
    for (const prefix of this.#prefixes[familyOf(ip)]) {
      const subject = maskIp(ip, prefix);
      for (const ended of this.#ended.get(subject) ?? []) taken.push([subject, ended]);
      this.#ended.delete(subject);
    }
    return taken;
  }

  /** Removes the bans that a rule or detector decided. */
  forget({ jail, name, isDetector }: Decider): void {
    for (const [subject, all] of this.#ended) {
      const others = all.filter(
        ({ decider: one }) =>
          one.jail !== jail || one.name !== name || one.isDetector !== isDetector,
      );
      if (others.length === 0) this.#ended.delete(subject);
      else if (others.length < all.length) this.#ended.set(subject, others);
    }
  }

  state(): EndedBansState {
    return [...this.#ended].flatMap(([subject, all]) =>
      all.map((ended): readonly [Subject, EndedBan] => [subject, ended]),
    );
  }
}
