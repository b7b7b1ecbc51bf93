/** Refuses services whose jail `enable` cannot switch, or whose filter would count nothing. */
import { CodedError } from "../../../domain/errors.ts";
import { countsLogins, isUnverified } from "../../../domain/filter-definition.ts";
import type { Loaded } from "../../../jails/load-all.ts";

/** Throws if the jail of this name uses the filter of another service. */
export function requireOwnFilter({ config }: Loaded, name: string): void {
  const jail = config.jails.find((one) => one.name === name);
  if (jail === undefined || jail.filter === name) return;
  throw new CodedError("usage", `jail ${name} uses another filter, "${jail.filter}"`, {
    hint: `enable it in its file: [jails.${name}] enabled = true`,
  });
}

/**
 * Throws if the filter counts nothing without the option that includes abuse or unverified rules. `loaded` has the jail
 * already: only filters of jails are read.
 */
export function requireCounting(
  { filters }: Loaded,
  name: string,
  { abuse, unverified }: { readonly abuse: boolean; readonly unverified: boolean },
): void {
  const filter = filters.get(name);
  if (filter === undefined || filter.python !== undefined) return;
  if (isUnverified(filter) && !unverified)
    throw new CodedError("usage", `the rules of ${name} have not been verified on a real log`, {
      hint: `to use them anyway: bailiff enable ${name} --unverified`,
    });
  if (!countsLogins(filter) && !abuse && !unverified)
    throw new CodedError("usage", `${name} recognizes abuse, not failed logins`, {
      hint: `write: bailiff enable ${name} --abuse`,
    });
}
