import type { FilterDefinition } from "../domain/filter-definition.ts";

/** Returns the filter that reads the client's address from the field that a jail or a command names. */
export function withClientField(
  definition: FilterDefinition,
  field: string | undefined,
): FilterDefinition {
  return field === undefined ? definition : { ...definition, client_field: field };
}
