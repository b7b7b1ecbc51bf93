/** Counts past bans of each subject. Bounded: MAX_SUBJECTS; the subject that was banned first is dropped first. */
import type { Ban } from "../../domain/ban.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";

const MAX_SUBJECTS = 1_000_000;
/** More bans of a subject do not lengthen the next one. */
const MAX_BANS_EACH = 1000;

type EndedBan = readonly [jail: JailName, ended: Instant];

export class MemoryHistory {
  readonly #subjects = new Map<Subject, EndedBan[]>();

  add({ subject, jail, origin }: Pick<Ban, "subject" | "jail" | "origin">, ended: Instant): void {
    // A self-test lengthens no later ban.
    if (origin === "canary") return;
    const bans = this.#subjects.get(subject);
    if (bans === undefined) {
      const [oldest] = this.#subjects.keys();
      if (this.#subjects.size >= MAX_SUBJECTS && oldest !== undefined)
        this.#subjects.delete(oldest);
      this.#subjects.set(subject, [[jail, ended]]);
    } else if (bans.length < MAX_BANS_EACH) bans.push([jail, ended]);
  }

  earlier(subject: Subject, jail: JailName | "all", since: Instant): number {
    const bans = this.#subjects.get(subject) ?? [];
    return bans.filter(([of, ended]) => ended >= since && (jail === "all" || of === jail)).length;
  }
}
