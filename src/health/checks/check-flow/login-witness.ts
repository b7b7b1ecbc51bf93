/**
 * The login witness proves the flow of lines independently of the log: of services that record each login in btmp and
 * wtmp, these records are compared with the lines that came. Reads both files at each look, in bounded portions, and
 * saves where it stopped.
 */
import type { Instant } from "../../../domain/instant.ts";
import type { Proof } from "../../../domain/proof.ts";
import { LoginLog, type LoginLogRead } from "../../../host/logins/login-log.ts";
import { LOGIN_LOGS, LOGIN_TYPES, type LoginLogs } from "../../../host/logins/login-logs.ts";
import { findRunningUnits } from "../../../host/process/running-units.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { StateStore } from "../../../record/state-store.ts";
import { judgeLogins, type LoginJudgment } from "../../judge/judge-logins.ts";
import type { LoginComparison, LoginOutcome } from "../../../pipeline/login-comparison.ts";
import type { WatchedJail } from "../../jail-check.ts";

export interface LoginWitnessOptions {
  readonly stateStore: StateStore;
  /** Fed by the main path with the lines that it recognizes. */
  readonly logins: LoginComparison;
  readonly loginLogs?: LoginLogs;
}

/** sshd does not write to a btmp that others may read or execute (record_failed_login in its loginrec.c). */
const FORBIDDEN_MODES = { failed: 0o017, succeeded: 0o002 } as const;
const OUTCOMES = ["failed", "succeeded"] as const;
const LINK = "flow";

interface Followed {
  readonly log: LoginLog;
  savedCursor: string | undefined;
}

export class LoginWitness {
  readonly #options: LoginWitnessOptions;
  readonly #logs: Readonly<Record<LoginOutcome, Followed>>;
  /** By name, those whose source is read. */
  readonly #jails = new Map<string, LiveJail>();
  /** By jail: services whose records cannot be distinguished from those of the service it watches, as of the last look. */
  readonly #others = new Map<string, readonly string[]>();

  constructor(options: LoginWitnessOptions) {
    const { stateStore, loginLogs = LOGIN_LOGS } = options;
    this.#options = options;
    const follow = (outcome: LoginOutcome): Followed => {
      const forbiddenMode = FORBIDDEN_MODES[outcome];
      const cursor = stateStore.load(stateName(outcome));
      const { owner, [outcome]: path } = loginLogs;
      return { log: new LoginLog({ path, forbiddenMode, cursor, owner }), savedCursor: cursor };
    };
    this.#logs = { failed: follow("failed"), succeeded: follow("succeeded") };
  }

  look(watched: readonly WatchedJail[], now: Instant): void {
    this.#compareJails(watched, now);
    if (this.#jails.size === 0) return;
    const { logins } = this.#options;
    for (const outcome of OUTCOMES) this.#take(outcome, this.#logs[outcome].log.read(), now);
    logins.forget(now);
    this.#others.clear();
    for (const [name, { jail, definition }] of this.#jails) {
      const { verdict } = judgeLogins(logins.recordsOf(jail.name), now);
      if (verdict === "unlogged") this.#others.set(name, servicesOf(definition.programs));
    }
  }

  #compareJails(watched: readonly WatchedJail[], now: Instant): void {
    const { logins } = this.#options;
    const names = new Set<string>();
    for (const { live, source } of watched) {
      const { jail, definition } = live;
      const terminals = definition.records_logins;
      if (terminals === undefined || source?.state !== "reading") continue;
      names.add(jail.name);
      if (this.#jails.get(jail.name) === live) continue;
      this.#jails.set(jail.name, live);
      logins.begin(jail.name, { since: now, terminals });
    }
    for (const [name, { jail }] of this.#jails) {
      if (names.has(name)) continue;
      this.#jails.delete(name);
      logins.end(jail.name);
    }
  }

  #take(outcome: LoginOutcome, { state, records }: LoginLogRead, now: Instant): void {
    this.#save(outcome);
    if (state !== "readable") return;
    for (const { type, ip, at, terminal } of records)
      if (ip !== undefined && LOGIN_TYPES[outcome] === type)
        this.#options.logins.addRecord({ outcome, ip, at, terminal }, now);
  }

  #save(outcome: LoginOutcome): void {
    const followed = this.#logs[outcome];
    const { cursor } = followed.log;
    if (cursor === undefined || cursor === followed.savedCursor) return;
    followed.savedCursor = cursor;
    this.#options.stateStore.save(stateName(outcome), cursor);
  }

  /** undefined: there is no witness for this jail, or it has seen nothing of late. */
  proof({ live, source }: WatchedJail, now: Instant): Proof | undefined {
    const { jail } = live;
    if (this.#jails.get(jail.name) !== live) return undefined;
    const judgment = judgeLogins(this.#options.logins.recordsOf(jail.name), now);
    switch (judgment.verdict) {
      case "none":
        return undefined;
      case "logged":
        return {
          ...{ kind: "proven", link: LINK, at: now, witness: "btmp" },
          evidence: `confirmed by btmp: ${judgment.evidence}`,
        };
      case "pending":
        return { kind: "unproven", link: LINK, evidence: judgment.evidence };
      case "unlogged":
        return this.#unlogged({ live, source }, judgment, now);
    }
  }

  #unlogged({ live, source }: WatchedJail, { evidence }: LoginJudgment, now: Instant): Proof {
    const { jail, definition } = live;
    const unread = source?.openFiles?.some(({ size, offset }) => offset < size) === true;
    if (unread)
      return { kind: "unproven", link: LINK, evidence: `${evidence}; lines wait to be read` };
    const others = this.#others.get(jail.name) ?? [];
    if (others.length > 1) {
      const several = `${evidence}; ${others.join(" and ")} run here, and a record does not say which of them wrote it`;
      return { kind: "unproven", link: LINK, evidence: several };
    }
    const program = definition.programs[0] ?? definition.name;
    const fix = `check that ${program} logs to what the jail reads (log level, log file, syslog daemon, time zone), and compare: lastb -n 5; bailiff scan --filter ${definition.name} ${source?.kind === "file" ? source.where : ""}`;
    return {
      kind: "found",
      link: LINK,
      cause: "logins-unlogged",
      evidence,
      at: now,
      fix: fix.trim(),
    };
  }
}

/** Names of the services in which these programs run. */
function servicesOf(programs: readonly string[]): readonly string[] {
  const services = findRunningUnits(programs)
    .filter((unit) => unit.endsWith(".service"))
    // All instances of a socket-activated service are one.
    .map((unit) => unit.replace(/@.*(?=\.service$)/, "@"));
  return [...new Set(services)];
}

function stateName(outcome: LoginOutcome): string {
  return `logins ${outcome}`;
}
