import type { LineFields } from "../../domain/line-batch.ts";
import type { Filter } from "../filter/compile-filter.ts";

export interface RoutedFilter {
  readonly filter: Filter;
  /** For sources with trusted fields: whether the line concerns this filter at all. */
  readonly accepts: ((fields: LineFields) => boolean) | undefined;
  /**
   * The source was configured for this filter: whether a line without a program name of the filter is still the
   * filter's. Without it, only lines of its programs are.
   */
  readonly owns?: ((fields: LineFields | undefined) => boolean) | undefined;
}
