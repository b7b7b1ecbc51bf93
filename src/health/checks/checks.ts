/** Every check of a jail's links: the one place that lists them. */
import type { BanBook } from "../../domain/ban-book.ts";
import type { DriftWatch } from "../drift-watch.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import type { Guards } from "../../pipeline/guards/guards.ts";
import type { RunningConfig } from "../../pipeline/running-config.ts";
import type { JailCheck } from "../jail-check.ts";
import type { Actions } from "../../actions/run-actions.ts";
import { createActionsCheck } from "./check-actions.ts";
import { createBanLogCheck } from "./check-ban-log.ts";
import { createFirewallCheck } from "./check-firewall.ts";
import { createGuardsCheck } from "./check-guards.ts";
import { createRecordCheck } from "./check-record.ts";
import { createRulesCheck } from "./check-rules.ts";

export interface ChecksOptions {
  readonly book: BanBook;
  /** Why the book is in memory only. */
  readonly recordMissing: string | undefined;
  readonly firewall: Firewall;
  /** Of the way from the service to our reader. */
  readonly lines: readonly JailCheck[];
  /** Made by whoever explains what is heard. */
  readonly path: JailCheck;
  /** Made by whoever tries by hand as well. */
  readonly canary: JailCheck;
  /** Made by whoever tells it what is heard. */
  readonly wire: JailCheck;
  readonly guards: Guards;
  readonly drift: DriftWatch;
  readonly actions: Pick<Actions, "failing">;
  readonly running: Pick<RunningConfig, "config" | "foreign">;
}

export function createChecks(options: ChecksOptions): readonly JailCheck[] {
  const { book, recordMissing, firewall, lines, path, canary, wire, guards, drift } = options;
  return [
    // First: where nobody writes, no line is missed.
    createBanLogCheck(options.running),
    ...lines,
    createRulesCheck(drift),
    createRecordCheck(book, recordMissing),
    // Before the firewall's own: why it cannot be changed comes before that it cannot.
    path,
    createFirewallCheck(firewall),
    wire,
    canary,
    createGuardsCheck(guards),
    createActionsCheck(options.actions),
  ];
}
