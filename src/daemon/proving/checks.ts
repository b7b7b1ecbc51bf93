/** Every check of a jail's links: the one place that lists them. */
import type { BanBook } from "../../domain/ban-book.ts";
import { createFirewallCheck } from "./check-firewall.ts";
import { createFlowCheck, type FlowCheckOptions } from "./check-flow.ts";
import { createGuardsCheck } from "./check-guards.ts";
import { createPathCheck } from "./check-path.ts";
import { createPlaceCheck, type PlaceCheckOptions } from "./check-place.ts";
import { createRecordCheck } from "./check-record.ts";
import { createRulesCheck } from "./check-rules.ts";
import { createSourceCheck, type SourceCheckOptions } from "./check-source.ts";
import type { DriftWatch } from "../drift-watch.ts";
import type { Firewall } from "../firewall.ts";
import type { Guards } from "../guards.ts";
import type { JailCheck } from "../jail-check.ts";
import type { PathLookOptions } from "./look-at-path.ts";

export interface ChecksOptions {
  readonly book: BanBook;
  /** Why the book is in memory only. */
  readonly recordMissing: string | undefined;
  readonly firewall: Firewall;
  readonly place: PlaceCheckOptions;
  readonly source: SourceCheckOptions;
  readonly flow: FlowCheckOptions;
  readonly path: Omit<PathLookOptions, "book">;
  /** Made by whoever tries by hand as well. */
  readonly canary: JailCheck;
  /** Made by whoever tells it what is heard. */
  readonly wire: JailCheck;
  readonly guards: Guards;
  readonly drift: DriftWatch;
}

export function createChecks({
  book,
  recordMissing,
  firewall,
  place,
  source,
  flow,
  path,
  canary,
  wire,
  guards,
  drift,
}: ChecksOptions): readonly JailCheck[] {
  return [
    // First: why a file is missing comes before that it is.
    createPlaceCheck(place),
    createSourceCheck(source),
    createFlowCheck(flow),
    createRulesCheck(drift),
    createRecordCheck(book, recordMissing),
    // Before the firewall's own: why it cannot be changed comes before that it cannot.
    createPathCheck({ ...path, book }),
    createFirewallCheck(firewall),
    wire,
    canary,
    createGuardsCheck(guards),
  ];
}
