/** Creates the checks of all links, in flow order. */
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
  /** Why the book is in memory only; undefined: it is on disk. */
  readonly recordMissing: string | undefined;
  readonly firewall: Firewall;
  /** Checks of the links between the service and the reader. */
  readonly lines: readonly JailCheck[];
  readonly path: JailCheck;
  readonly canary: JailCheck;
  readonly wire: JailCheck;
  readonly guards: Guards;
  readonly drift: DriftWatch;
  readonly actions: Pick<Actions, "failing" | "describe">;
  readonly running: Pick<RunningConfig, "config" | "fail2ban">;
}

export function createChecks(options: ChecksOptions): readonly JailCheck[] {
  const { book, recordMissing, firewall, lines, path, canary, wire, guards, drift } = options;
  return [
    // First, because a log that no process writes shows no other fault.
    createBanLogCheck(options.running),
    ...lines,
    createRulesCheck(drift),
    createRecordCheck(book, recordMissing),
    // Before the firewall check, because it explains faults that the firewall check finds.
    path,
    createFirewallCheck(firewall),
    wire,
    canary,
    createGuardsCheck(guards),
    createActionsCheck(options.actions),
  ];
}
