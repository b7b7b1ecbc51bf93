/** Reads the policies that `replay` tries: the built-in one, a configuration, a fail2ban directory, fail2ban's defaults. */
import { statSync } from "node:fs";
import { withAutoJails } from "../../../config/auto-jails.ts";
import type { JailConfig } from "../../../config/config.ts";
import { enabledJails } from "../../../config/config.ts";
import { defaultPaths } from "../../../config/default-paths.ts";
import { NO_DETECTORS } from "../../../config/jail-settings.ts";
import { asEnforced } from "../../../config/observes-only.ts";
import { parseConfig } from "../../../config/parse-config.ts";
import { CodedError } from "../../../domain/errors.ts";
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import { formatProblem, type Problem } from "../../../domain/problem.ts";
import type { Result } from "../../../domain/result.ts";
import { readPortNames } from "../../../host/services/port-names.ts";
import { loadFilterCompiler } from "../../../jails/compile-any-filter.ts";
import {
  compileJails,
  type CompiledJail,
  type FiltersToCompile,
} from "../../../jails/compile-jails.ts";
import { loadAll } from "../../../jails/load-all.ts";
import type { ReplayPolicy } from "../../../pipeline/replay.ts";
import { type CommandContext, configFiles } from "../../context.ts";
import { readNamedFilters } from "../../read-named-filter.ts";

export interface PolicyOptions {
  /** Names of filters, or paths of their files; empty: those of the configuration, else sshd. */
  readonly filter: readonly string[];
  readonly fail2ban: string | undefined;
  /** A file, a fail2ban directory, or "fail2ban". */
  readonly against: string | undefined;
}

const DEFAULT_FILTERS = ["sshd"];
/** The word for fail2ban's default policy, as in its jail.conf. */
const FAIL2BAN = "fail2ban";
const FAIL2BAN_POLICY = `
[defaults]
maxretry = 5
findtime = "10m"
bantime = "10m"
ipv6_prefix = 128
increment = { enabled = false }
${NO_DETECTORS}
`;

export async function readPolicies(
  context: CommandContext,
  options: PolicyOptions,
): Promise<readonly ReplayPolicy[]> {
  const { fail2ban, against } = options;
  const definitions = await readNamedFilters(context, options.filter);
  const isBuiltIn = context.config === undefined && fail2ban === undefined;
  const first = isBuiltIn
    ? await builtIn(await orDefault(context, definitions))
    : await ofFiles({ config: context.config, fail2ban }, definitions);
  if (against === undefined) return [first];
  return [first, await second(against, definitions, first)];
}

async function second(
  against: string,
  chosen: readonly FilterDefinition[],
  { jails }: ReplayPolicy,
): Promise<ReplayPolicy> {
  if (against === FAIL2BAN) {
    const used = new Map(jails.map(({ definition }) => [definition.name, definition]));
    return fail2banDefaults(chosen.length > 0 ? chosen : [...used.values()]);
  }
  const stats = statSync(against, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new CodedError("bad-config", `--against ${against}: no such file or directory`, {
      hint: `specify a configuration, a fail2ban directory, or ${FAIL2BAN} for its defaults`,
    });
  const files = stats.isDirectory() ? { fail2ban: against } : { config: against };
  return ofFiles({ ...{ config: undefined, fail2ban: undefined }, ...files }, chosen);
}

async function orDefault(
  context: CommandContext,
  chosen: readonly FilterDefinition[],
): Promise<readonly FilterDefinition[]> {
  if (chosen.length > 0) return chosen;
  return readNamedFilters(context, DEFAULT_FILTERS);
}

async function builtIn(definitions: readonly FilterDefinition[]): Promise<ReplayPolicy> {
  return { name: "default", jails: await jailsOf(definitions, ""), guards: "all" };
}

async function fail2banDefaults(definitions: readonly FilterDefinition[]): Promise<ReplayPolicy> {
  return { name: FAIL2BAN, jails: await jailsOf(definitions, FAIL2BAN_POLICY), guards: "none" };
}

/** Compiles a jail with the name of each filter. */
async function jailsOf(
  definitions: readonly FilterDefinition[],
  text: string,
): Promise<readonly CompiledJail[]> {
  const context = { paths: defaultPaths({ uid: 0, env: {} }), ports: await readPortNames() };
  const config = await parseConfig([{ path: "built-in policy", text }], context);
  const names = definitions.flatMap(({ name }) => parseJailName(name) ?? []);
  const filters = new Map(definitions.map((definition) => [definition.name, definition]));
  const compile = await loadFilterCompiler(definitions);
  return compiled(withAutoJails(valueOf(config), names).jails, { filters, compile });
}

async function ofFiles(
  {
    config,
    fail2ban,
  }: { readonly config: string | undefined; readonly fail2ban: string | undefined },
  chosen: readonly FilterDefinition[],
): Promise<ReplayPolicy> {
  const files = configFiles({ config });
  const loaded = valueOf(await loadAll({ ...files, fail2ban, findServices: async () => [] }));
  const names = new Set(chosen.map(({ name }) => name));
  const configs = enabledJails(loaded.config).filter(
    ({ filter }) => names.size === 0 || names.has(filter),
  );
  const name = config ?? fail2ban ?? "";
  if (configs.length === 0) {
    const filters = [...new Set(loaded.config.jails.map(({ filter }) => filter))];
    const hint = `filters of its jails: ${filters.join(", ")}`;
    throw new CodedError("bad-config", `${name} has no enabled jail for these filters`, { hint });
  }
  return { name, jails: compiled(configs, loaded), guards: "all" };
}

function compiled(configs: readonly JailConfig[], from: FiltersToCompile): readonly CompiledJail[] {
  // A jail that only observes is tried as if it dropped packets: that is what the administrator wants to know.
  const { jails, problems } = compileJails(configs.map(asEnforced), from, []);
  if (problems.length > 0) throw problemsFound(problems);
  return jails;
}

function valueOf<T>(read: Result<T, readonly Problem[]>): T {
  if (read.ok) return read.value;
  throw problemsFound(read.error);
}

function problemsFound(problems: readonly Problem[]): CodedError {
  return new CodedError("bad-config", problems.map(formatProblem).join("\n"));
}
