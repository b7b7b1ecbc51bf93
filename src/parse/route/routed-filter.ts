import type { LineFields } from "../../domain/line-batch.ts";
import type { Filter } from "../filter/compile-filter.ts";

export interface RoutedFilter {
  readonly filter: Filter;
  /** For sources with trusted fields: returns whether the line concerns this filter. */
  readonly accepts: ((fields: LineFields) => boolean) | undefined;
  /**
   * Set if the source was configured for this filter. Returns whether a line without a program name of the filter still
   * belongs to it; without it, only lines of its programs do.
   */
  readonly owns?: ((fields: LineFields | undefined) => boolean) | undefined;
  /** Whether no other filter reads this log of a syslog daemon. Then a log without syslog headers is unrecognized. */
  readonly isAlone?: boolean | undefined;
}
