/**
 * Creates a jail that a client adds over the socket. It begins as in fail2ban: three failures in ten minutes, no log,
 * no expression and no action, so its bans are only recorded until it gets an action.
 */
import type { JailConfig } from "../../../config/config.ts";
import { defaultPaths } from "../../../config/default-paths.ts";
import { NO_DETECTORS } from "../../../config/jail-settings.ts";
import { parseConfig } from "../../../config/parse-config.ts";
import { fixedSource } from "../../../pipeline/sources/source-plan.ts";
import type { SourceSetting } from "../../../config/kinds/source-setting.ts";
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import { formatProblem, type Problem } from "../../../domain/problem.ts";
import { badValue, CommandError } from "../command-error.ts";
import { loadFilterCompiler } from "../../../jails/compile-any-filter.ts";
import { createJail } from "../../../jails/jail.ts";
import type { Adjustable } from "../../../daemon/live-config.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import type { ChangedJail } from "./changing-jail.ts";

const FILE_BACKENDS: ReadonlySet<string> = new Set(["auto", "polling", "pyinotify", "gamin"]);

export async function createAddedJail(name: string, backend: string): Promise<LiveJail> {
  const source = sourceOf(backend);
  const config = { ...(await parseJail(name)), source };
  return compileAddedJail({ config, definition: emptyFilter(config.filter), overrides: new Map() });
}

/** Compiles the jail after a change; it has no state to keep, as it has read nothing. */
export async function compileAddedJail({ config, definition }: ChangedJail): Promise<LiveJail> {
  const compile = await loadFilterCompiler([definition]);
  const filter = compile(definition, config.mode);
  if (!filter.ok) throw wrongJail(filter.error);
  const search = { source: fixedSource(config.source), looked: [] };
  return { jail: createJail(config, filter.value), definition, search };
}

/** Adds the jail to the configuration, and replaces a stopped jail of the same name. */
export function insertJail({ config, filters }: Adjustable, added: LiveJail): Adjustable {
  const { jail, definition } = added;
  const others = config.jails.filter(({ name }) => name !== jail.name);
  const jails = [...others, jail.config].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    config: { ...config, jails },
    filters: new Map([...filters, [definition.name, definition]]),
  };
}

function sourceOf(backend: string): SourceSetting {
  const name = backend.toLowerCase();
  if (FILE_BACKENDS.has(name)) return { kind: "none" };
  if (name === "systemd") return { kind: "journal", matches: [[]], directory: undefined };
  const known = "['pyinotify', 'gamin', 'polling', 'systemd'] or 'auto'";
  throw badValue(`Unknown backend ${name}. Must be among ${known}`);
}

async function parseJail(name: string): Promise<JailConfig> {
  const text = `[jails.${JSON.stringify(name)}]
filter = "added"
maxretry = 3
findtime = "600s"
bantime = "600s"
ipv6_prefix = 128
bans_per_minute = 0
canary = "0s"
lockout_guard = "0s"
ignoreip = []
enforcer = "memory"
increment = { enabled = false }
${NO_DETECTORS}
`;
  const parsed = await parseConfig([{ path: "add", text }], {
    paths: defaultPaths({ uid: 0, env: {} }),
    ports: new Map(),
  });
  if (!parsed.ok) throw wrongJail(parsed.error);
  const [jail] = parsed.value.jails;
  if (jail === undefined) throw new CommandError(`jail ${name} cannot be added`);
  // No filter file has this name, because it contains a blank.
  return { ...jail, filter: `added ${name}` };
}

function emptyFilter(name: string): FilterDefinition {
  return {
    ...{ name, description: "added over fail2ban's socket", path: "fail2ban's socket" },
    ...{ programs: [], journal: [], files: [], ports: [], rules: [], samples: [] },
    python: {
      ...{ failregex: [], ignoreregex: [], datepattern: [], maxlines: 1, usedns: "warn" },
      ...{ prefregex: undefined, logtimezone: undefined },
    },
  };
}

function wrongJail(problems: readonly Problem[]): CommandError {
  return new CommandError(problems.map(formatProblem).join("; "));
}
