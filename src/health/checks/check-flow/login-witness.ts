/**
 * Proves the flow of lines independently of the log, for services that record logins. Compares the records in btmp and
 * wtmp with the lines that came. Reports lines without their expected record, which another program may have written.
 */
import { amount } from "../../../domain/amount.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import type { Proof } from "../../../domain/proof.ts";
import { findRunningUnits } from "../../../host/process/running-units.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { LoginRecords } from "../../../pipeline/login-records.ts";
import { judgeLogins, type LoginJudgment } from "../../judge/judge-logins.ts";
import { describeUnrecorded } from "../../judge/describe-unrecorded.ts";
import { hasUnreadLines } from "../../unread-lines.ts";
import type { WatchedJail } from "../../jail-check.ts";

export interface LoginWitnessOptions {
  readonly logins: LoginRecords;
}

const LINK = "flow";
/** Lines without a record are reported for this long. */
const UNRECORDED_MS = 600_000;
const MIN_UNRECORDED = 3;

export class LoginWitness {
  readonly #logins: LoginRecords;
  /** Jails whose source is read, by name. */
  readonly #jails = new Map<string, LiveJail>();
  /** Other services with records that look like those of the jail's service, by jail, at the last look. */
  readonly #others = new Map<string, readonly string[]>();

  constructor({ logins }: LoginWitnessOptions) {
    this.#logins = logins;
  }

  look(watched: readonly WatchedJail[], now: Instant): void {
    this.#compareJails(watched, now);
    this.#others.clear();
    if (this.#jails.size === 0) return;
    this.#logins.read(now);
    for (const [name, { jail, definition }] of this.#jails) {
      const { verdict } = judgeLogins(this.#logins.comparison.recordsOf(jail.name), now);
      if (verdict === "unlogged") this.#others.set(name, servicesOf(definition.programs));
    }
  }

  #compareJails(watched: readonly WatchedJail[], now: Instant): void {
    const { comparison } = this.#logins;
    const names = new Set<string>();
    for (const { live, source } of watched) {
      const { jail, definition, search } = live;
      const terminals = definition.records_logins;
      if (terminals === undefined || source?.state !== "reading") continue;
      names.add(jail.name);
      if (this.#jails.get(jail.name) === live) continue;
      this.#jails.set(jail.name, live);
      const rules = definition.rules.filter(({ recorded }) => recorded === true);
      // The journal proves which process wrote a line; a file does not.
      const isForgeable = search.source?.kind === "file";
      const recordedRules = new Set(isForgeable ? rules.map(({ id }) => id) : []);
      comparison.begin(jail.name, { since: now, terminals, recordedRules });
    }
    for (const [name, { jail }] of this.#jails) {
      if (names.has(name)) continue;
      this.#jails.delete(name);
      comparison.end(jail.name);
    }
  }

  /** Returns proofs; none if the jail has no witness, or no login was recorded recently. */
  proofs({ live, source }: WatchedJail, now: Instant): readonly Proof[] {
    const { jail } = live;
    if (this.#jails.get(jail.name) !== live) return [];
    const unrecorded = this.#unrecorded(live, now);
    const judgment = judgeLogins(this.#logins.comparison.recordsOf(jail.name), now);
    if (unrecorded !== undefined && judgment.verdict !== "unlogged") return [unrecorded];
    const skipped = this.#skippedRecords(jail.name, now);
    if (skipped !== undefined && judgment.verdict !== "unlogged") return [skipped];
    switch (judgment.verdict) {
      case "none":
        return [];
      case "logged":
        return [
          {
            ...{ kind: "proven", link: LINK, at: now, witness: "btmp" },
            evidence: `confirmed by btmp: ${judgment.evidence}`,
          },
        ];
      case "pending":
        return [{ kind: "unproven", link: LINK, evidence: judgment.evidence }];
      case "unlogged":
        return [this.#unlogged({ live, source }, judgment, now)];
    }
  }

  #unlogged({ live, source }: WatchedJail, { evidence }: LoginJudgment, now: Instant): Proof {
    const { jail, definition } = live;
    if (hasUnreadLines(source))
      return { kind: "unproven", link: LINK, evidence: `${evidence}; lines wait to be read` };
    const others = this.#others.get(jail.name) ?? [];
    if (others.length > 1) {
      const several = `${evidence}; ${others.join(" and ")} are running, and a record does not say which of them wrote it`;
      return { kind: "unproven", link: LINK, evidence: several };
    }
    const program = definition.programs[0] ?? definition.name;
    const fix = `check that ${program} logs to what the jail reads (log level, log file, syslog daemon, time zone), and compare it with: lastb -n 5`;
    return { kind: "found", link: LINK, cause: "logins-unlogged", evidence, at: now, fix };
  }

  #skippedRecords(jail: JailName, now: Instant): Proof | undefined {
    const { skipped, comparison } = this.#logins;
    if (skipped === undefined || !comparison.needsRecords(jail)) return undefined;
    if (now - skipped.at > UNRECORDED_MS) return undefined;
    const evidence = `${amount(skipped.count, "record")} of btmp skipped: more were written than one read can take, so lines of that time lead to bans even without a record`;
    const fix =
      "find out who writes them (lastb -n 50; su of a local account writes one for each wrong password); let the jail read the journal, which says who wrote a line";
    return { kind: "found", link: LINK, cause: "records-skipped", evidence, at: skipped.at, fix };
  }

  #unrecorded({ jail, definition }: LiveJail, now: Instant): Proof | undefined {
    const recorded = this.#logins.comparison.recordedLines(jail.name);
    if (recorded?.wasRecorded !== true) return undefined;
    const lines = recorded.unrecordedSince(instant(now - UNRECORDED_MS));
    if (lines.length < MIN_UNRECORDED) return undefined;
    const trouble = this.#logins.trouble(definition.programs);
    const isReliable =
      trouble === undefined && this.#logins.isReliable(jail.name, definition.programs, now);
    const evidence = describeUnrecorded(lines, { trouble, isReliable });
    const fix =
      "let the jail read the journal, which says who wrote a line; check that sshd may write its records: ls -l /var/log/btmp (root, utmp, mode 660)";
    return { kind: "found", link: LINK, cause: "logins-unrecorded", evidence, at: now, fix };
  }
}

/** Returns names of the services in which these programs run. */
function servicesOf(programs: readonly string[]): readonly string[] {
  const services = findRunningUnits(programs)
    .filter((unit) => unit.endsWith(".service"))
    // Instances of one socket-activated service count as the same service.
    .map((unit) => unit.replace(/@.*(?=\.service$)/, "@"));
  return [...new Set(services)];
}
