/**
 * Compiles configuration and filters to jails, and lists the problems of those that cannot run. A jail with an
 * unchanged configuration and filter stays the same object, with its window and attempts (invariant 6).
 */
import { isDeepStrictEqual } from "node:util";
import type { JailConfig } from "../config/config.ts";
import { type FilterDefinition, isUnverified } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { emptyFilter, isByHand } from "./by-hand.ts";
import type { CompileAnyFilter } from "./compile-any-filter.ts";
import { withPrefix } from "../parse/filter/with-prefix.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { checkTimes, withTimes } from "../parse/filter/stated-times.ts";
import { createJail, type Jail } from "./jail.ts";
import { withClientField } from "./with-client-field.ts";
import { honeypotPathsOf, withHoneypotPaths } from "./with-honeypot-paths.ts";

export interface CompiledJail {
  readonly jail: Jail;
  readonly definition: FilterDefinition;
}

export interface CompiledJails {
  readonly jails: readonly CompiledJail[];
  readonly problems: readonly Problem[];
}

export interface FiltersToCompile {
  readonly filters: ReadonlyMap<string, FilterDefinition>;
  readonly compile: CompileAnyFilter;
}

export function compileJails(
  configs: readonly JailConfig[],
  { filters, compile }: FiltersToCompile,
  before: readonly CompiledJail[],
): CompiledJails {
  const problems: Problem[] = [];
  const compiled = new Map<string, ReturnType<CompileAnyFilter>>();
  const jails = configs.flatMap((config): readonly CompiledJail[] => {
    const definition = filters.get(config.filter) ?? withoutFilter(config);
    if (definition === undefined) {
      problems.push(unknownFilter(config));
      return [];
    }
    const same = before.find(
      (old) =>
        isDeepStrictEqual(old.jail.config, config) && isDeepStrictEqual(old.definition, definition),
    );
    if (same !== undefined) return [same];
    const choice = config.unverified ? "all" : "verified";
    if (!config.unverified && isUnverified(definition)) {
      problems.push(needsRequest(config));
      return [];
    }
    const wrong = checkTimes(
      { ...config, path: `jail ${config.name}`, python: definition.python },
      `jails.${config.name}.`,
    );
    if (wrong.length > 0) {
      problems.push(...wrong);
      return [];
    }
    const honeypots = honeypotPathsOf(config, definition);
    const key = JSON.stringify([
      config.filter,
      config.mode,
      choice,
      config.client_field,
      honeypots,
    ]);
    const read = withHoneypotPaths(withClientField(definition, config.client_field), honeypots);
    const filter = compiled.get(key) ?? compile(read, config.mode, choice);
    if (!filter.ok) {
      problems.push(...filter.error.map((problem) => placeInJail(problem, config)));
      return [];
    }
    compiled.set(key, filter);
    const timed = withTimes(distinguish(filter.value, honeypots), config, "log");
    const prefixed = withPrefix(timed, config.container_prefix);
    return [{ jail: createJail(config, prefixed), definition }];
  });
  return { jails, problems };
}

/** Jails with other honeypots recognize other lines. */
function distinguish(filter: Filter, honeypots: readonly string[]): Filter {
  if (honeypots.length === 0) return filter;
  return { ...filter, variant: `${filter.variant} ${JSON.stringify(honeypots)}` };
}

function placeInJail(problem: Problem, { name }: JailConfig): Problem {
  if (problem.key !== "client_field") return problem;
  return { ...problem, path: `jail ${name}`, key: `jails.${name}.client_field` };
}

/** Returns an empty filter for a jail of manual bans, which needs no filter; undefined for others. */
function withoutFilter(config: JailConfig): FilterDefinition | undefined {
  return isByHand(config) ? emptyFilter(config.filter) : undefined;
}

function needsRequest({ name, filter }: JailConfig): Problem {
  return {
    path: `jail ${name}`,
    got: `filter "${filter}" was not verified on real logs; set unverified = true in [jails.${name}] to use it`,
  };
}

function unknownFilter(config: JailConfig): Problem {
  return {
    path: `jail ${config.name}`,
    key: `jails.${config.name}.filter`,
    got: `"${config.filter}"`,
    expected: "the name of an available filter",
    hint: "bailiff services --all lists them",
  };
}
