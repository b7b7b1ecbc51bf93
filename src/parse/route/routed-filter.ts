import type { LineFields } from "../../domain/line-batch.ts";
import type { Filter } from "../filter/compile-filter.ts";

export interface RoutedFilter {
  readonly filter: Filter;
  /** For sources with trusted fields: whether the line is this filter's at all. */
  readonly accepts: ((fields: LineFields) => boolean) | undefined;
  /**
   * The source was named for this filter: whether a line of it that no program of the filter is named in is the filter's
   * all the same. Without it only lines of its programs are.
   */
  readonly owns?: ((fields: LineFields | undefined) => boolean) | undefined;
}
