/** Keeps unconsumed failures by jail and subject, without their lines. Bounded; the oldest subjects are dropped first. */
import type { CountedFailure } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import { detachString } from "../../domain/detach-string.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";

interface Window {
  readonly subject: Subject;
  readonly jail: JailName;
}

export class MemoryFailures {
  readonly #bound: number;
  readonly #jails = new Map<JailName, Map<Subject, CountedFailure[]>>();
  #size = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  insert({
    subject,
    jail,
    at,
    weight,
    extra = 0,
    extraBy,
    rule,
    user,
    ip,
    via,
  }: CountedFailure): void {
    const subjects = this.#jails.getOrInsertComputed(jail, () => new Map());
    const known = subjects.get(subject);
    const failures = known ?? [];
    const own = known?.[0]?.subject ?? detachString(subject);
    if (known === undefined || known.length === 0) subjects.set(own, failures);
    failures.push({
      ...{ subject: own, jail, weight, rule, line: "", via },
      ...(extra > 0 ? { extra } : {}),
      ...(extraBy === undefined ? {} : { extraBy }),
      at: instant(Math.floor(at)),
      user: user === undefined ? undefined : detachString(user),
      ip: ip === undefined ? undefined : detachString(ip),
    });
    this.#size++;
    if (this.#size > this.#bound) this.#dropOldest(subjects);
  }

  #dropOldest(subjects: Map<Subject, CountedFailure[]>): void {
    const [oldest] = subjects.keys();
    if (oldest !== undefined) this.#remove(subjects, oldest);
  }

  #remove(subjects: Map<Subject, CountedFailure[]>, subject: Subject): void {
    this.#size -= subjects.get(subject)?.length ?? 0;
    subjects.delete(subject);
  }

  consume(subject: Subject, jail: JailName): void {
    const subjects = this.#jails.get(jail);
    if (subjects !== undefined) this.#remove(subjects, subject);
  }

  forgive(subject: Subject, jail: JailName, account: string): void {
    this.#keepWhere({ subject, jail }, ({ user }) => user !== account);
  }

  forget(at: Instant): void {
    for (const [jail, subjects] of this.#jails)
      for (const subject of subjects.keys())
        this.#keepWhere({ subject, jail }, (failure) => failure.at >= at);
  }

  #keepWhere({ subject, jail }: Window, isKept: (failure: CountedFailure) => boolean): void {
    const subjects = this.#jails.get(jail);
    const all = subjects?.get(subject);
    if (subjects === undefined || all === undefined || all.every(isKept)) return;
    const kept = all.filter(isKept);
    this.#size -= all.length - kept.length;
    if (kept.length === 0) subjects.delete(subject);
    else subjects.set(subject, kept);
  }

  /** Returns failures, newest first. */
  ofWindow({ subject, jail, limit }: Window & { readonly limit: number }): CountedFailure[] {
    return (this.#jails.get(jail)?.get(subject) ?? []).slice(-limit).reverse();
  }
}
