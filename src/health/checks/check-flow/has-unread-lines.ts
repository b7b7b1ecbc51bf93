import type { SourceStatus } from "../../../domain/line-source.ts";

/** Reports whether an open file has more than was read, so that a missing line may only be late. */
export function hasUnreadLines(source: SourceStatus | undefined): boolean {
  return source?.openFiles?.some(({ size, offset }) => offset < size) === true;
}
