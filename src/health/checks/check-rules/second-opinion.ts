/**
 * Compares filters of fail2ban's expressions with bailiff's filter of the same service (`compare_with`). Expressions
 * only say what a failure is, so a message that an update of the service changed looks like any other line to them.
 */
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import type { Instant } from "../../../domain/instant.ts";
import { openLibrary } from "../../../jails/load-filters.ts";
import { compileFilter, type Filter } from "../../../parse/filter/compile-filter.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { JailCheck, WatchedJail } from "../../jail-check.ts";
import { findMissed, type MissedFailures } from "./find-missed.ts";
import { readNewestLines } from "./read-newest-lines.ts";

/** Reading the journal starts a process, so it is read less often than files. */
const JOURNAL_EVERY_MS = 300_000;

/** bailiff's filter of a service. */
interface OtherFilter extends Pick<FilterDefinition, "journal"> {
  readonly filter: Filter;
}

/** State of a jail when its newest lines were compared. */
interface Comparison {
  /** Another configuration of the jail has another definition. */
  readonly definition: FilterDefinition;
  readonly lines: number;
  readonly failures: number;
  readonly at: Instant;
  readonly missed: MissedFailures | undefined;
}

export class SecondOpinion implements Pick<Required<JailCheck>, "look"> {
  readonly #compared = new Map<string, Comparison>();
  readonly #others = new Map<string, OtherFilter | undefined>();

  async look(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    const names = new Set<string>(jails.map(({ live }) => live.jail.name));
    for (const name of this.#compared.keys()) if (!names.has(name)) this.#compared.delete(name);
    for (const watched of jails) await this.#compare(watched, now);
  }

  async #compare(watched: WatchedJail, now: Instant): Promise<void> {
    const { live, source } = watched;
    const { jail, definition } = live;
    if (definition.compare_with === undefined || source === undefined) return;
    const before = this.#of(live);
    const [lines, { failures }] = [source.lines, jail];
    if (before !== undefined && failures === before.failures) {
      const isJournal = source.kind === "journal";
      if (isJournal ? now - before.at < JOURNAL_EVERY_MS : lines === before.lines) return;
    }
    const other = await this.#read(definition.compare_with);
    const found =
      other && findMissed(live, other.filter, await readNewestLines(watched, other), now);
    const kept = failures === before?.failures ? before.missed : undefined;
    // Later lines of others push the missed ones out of the newest, which does not make the expressions better.
    const missed = found === "recognized" ? undefined : (found ?? kept);
    this.#compared.set(jail.name, { definition, lines, failures, at: now, missed });
  }

  async #read(name: string): Promise<OtherFilter | undefined> {
    if (!this.#others.has(name)) this.#others.set(name, await readShipped(name));
    return this.#others.get(name);
  }

  #of({ jail, definition }: LiveJail): Comparison | undefined {
    const known = this.#compared.get(jail.name);
    return known?.definition === definition ? known : undefined;
  }

  /** Returns failures that the other filter finds, and that the jail's expressions do not. */
  missedBy(live: LiveJail): MissedFailures | undefined {
    const known = this.#of(live);
    return known?.failures === live.jail.failures ? known.missed : undefined;
  }
}

async function readShipped(name: string): Promise<OtherFilter | undefined> {
  const definition = (await (await openLibrary([])).read([name])).filters.get(name);
  const filter = definition && compileFilter(definition, "normal");
  if (definition === undefined || filter?.ok !== true) return undefined;
  return { filter: filter.value, journal: definition.journal };
}
