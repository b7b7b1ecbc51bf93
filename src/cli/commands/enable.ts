/**
 * Runs enable and disable. Plans one small file in conf.d for each service, loads the configuration with these files,
 * and only if it is valid writes them and reloads the daemon.
 */
import { partsDirectory } from "../../config/read-sources.ts";
import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import { filterNamed } from "../../domain/other-names.ts";
import { suggestFilter } from "../../domain/suggest-filter.ts";
import { formatProblem, type Problem } from "../../domain/problem.ts";
import { systemClock } from "../../host/system-clock.ts";
import { compileJails, type CompiledJail } from "../../jails/compile-jails.ts";
import { type Loaded, loadAll } from "../../jails/load-all.ts";
import { doubtForgery } from "../../jails/doubt-forgery.ts";
import { type Config, enabledJails } from "../../config/config.ts";
import { findSource } from "../../pipeline/sources/find-sources.ts";
import { ask } from "../ask.ts";
import { askReload } from "../ask-reload.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { wrapOrder } from "./describe-orders.ts";
import { type AppliedBy, applyFiles, readIfPresent } from "./enable/apply-files.ts";
import { requireCounting, requireOwnFilter } from "./enable/require-usable.ts";
import { disablingText, enablingText, linesByHand, servicePath } from "./enable/service-file.ts";

export interface EnableOptions {
  readonly abuse: boolean;
  readonly unverified: boolean;
  readonly json: boolean;
}

type PlannedFiles = ReadonlyMap<string, string | undefined>;

/** Stable JSON of `enable --json` and `disable --json`, one for each service. */
export interface SwitchedService {
  readonly service: string;
  readonly enabled: boolean;
  readonly mode: string | null;
  /** The written file; null: a file was removed, or nothing changed. */
  readonly file: string | null;
  /** Where the service's lines are read; null: no log was found, or the service is disabled. */
  readonly log: string | null;
  readonly applied: AppliedBy | "unchanged";
}

export async function enable(
  context: CommandContext,
  services: readonly string[],
  options: EnableOptions,
): Promise<ExitCode> {
  const { now, names } = await loadCurrent(context, services);
  for (const name of names) requireOwnFilter(now, name);
  const mode = options.abuse ? "abuse" : "normal";
  const missing = names.filter((name) => !runs(now, name, mode, options));
  const { autojails } = now.config;
  const text = (name: string): string => enablingText(name, { ...options, keepBuiltIn: autojails });
  const isDisabling = (name: string): boolean =>
    readIfPresent(pathOf(context, name)) === disablingText(name);
  const removed: PlannedFiles = new Map(
    missing.filter(isDisabling).map((name) => [pathOf(context, name), undefined]),
  );
  const without = removed.size === 0 ? now : await loadPlanned(context, removed);
  const suffices = (name: string): boolean =>
    removed.has(pathOf(context, name)) && runs(without, name, mode, options);
  const files: PlannedFiles = new Map(
    missing.map((name) => [pathOf(context, name), suffices(name) ? undefined : text(name)]),
  );
  const next = await loadPlanned(context, files);
  for (const name of names) requireCounting(next, name, options);
  const jails = compile(next);
  for (const name of missing) {
    if (!runs(next, name, mode, options)) throw overridden(next, name, files);
  }
  const lost = describeLost(context, missing);
  const applied = files.size === 0 ? "unchanged" : await apply(context, files);
  const done = await Promise.all(
    names.map(async (name): Promise<SwitchedService> => {
      const jail = jails.find((one) => one.jail.name === name);
      const path = pathOf(context, name);
      return {
        ...{ service: name, enabled: true, mode: jail?.jail.config.mode ?? mode },
        file: files.get(path) === undefined ? null : path,
        log: jail === undefined ? null : await findLog(jail, next.config),
        applied: files.has(path) ? applied : "unchanged",
      };
    }),
  );
  const enabled = jails.filter(({ jail }) => names.some((name) => name === jail.name));
  const doubts = enabled.flatMap(({ jail }) => doubtForgery(jail.config, next.filters));
  const warnings = doubts.map(({ doubt, fix }) => `Warning: ${doubt}: ${fix}`);
  show(context, done, { ...options, warnings: [...lost, ...warnings] });
  return EXIT.ok;
}

export async function disable(
  context: CommandContext,
  services: readonly string[],
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const { now, names } = await loadCurrent(context, services);
  const running = names.filter((name) => jailOf(now, name)?.enabled === true);
  const removed: PlannedFiles = new Map(running.map((name) => [pathOf(context, name), undefined]));
  const without = await loadPlanned(context, removed);
  const files: PlannedFiles = new Map(
    running.map((name) => {
      const text = jailOf(without, name)?.enabled === true ? disablingText(name) : undefined;
      return [pathOf(context, name), text];
    }),
  );
  const next = await loadPlanned(context, files);
  compile(next);
  for (const name of running)
    if (jailOf(next, name)?.enabled === true) throw overridden(next, name, files);
  const lost = describeLost(context, running);
  const applied = files.size === 0 ? "unchanged" : await apply(context, files);
  const done = names.map((name): SwitchedService => {
    const path = pathOf(context, name);
    const file = files.get(path) === undefined ? null : path;
    const how = files.has(path) ? applied : "unchanged";
    return { service: name, enabled: false, mode: null, file, log: null, applied: how };
  });
  const bans = applied === "reload" ? await ask(context, "bans", {}) : [];
  const warnings = running.flatMap((name) => {
    const left = bans.filter(({ jail }) => jail === name).length;
    const stay = left === 1 ? "stays until it ends" : "stay until they end";
    return left === 0
      ? []
      : [`${amount(left, "ban")} ${stay}; to lift: bailiff unban --all --jail ${name}`];
  });
  show(context, done, { ...options, warnings: [...lost, ...warnings] });
  return EXIT.ok;
}

/** Describes what the files of these services said that neither command wrote, and that is gone when they are. */
function describeLost(context: CommandContext, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const path = pathOf(context, name);
    const lines = linesByHand(name, readIfPresent(path) ?? "");
    if (lines.length === 0) return [];
    return [`Warning: ${path} was edited, and these lines of it are gone: ${lines.join("; ")}`];
  });
}

function pathOf(context: CommandContext, name: string): string {
  return servicePath(partsDirectory(configFiles(context)), name);
}

/** Loads the present configuration, and finds the services that were named. */
async function loadCurrent(
  context: CommandContext,
  services: readonly string[],
): Promise<{ readonly now: Loaded; readonly names: readonly string[] }> {
  const loaded = await loadAll(configFiles(context));
  if (!loaded.ok)
    throw asError(
      "nothing was changed, because the configuration is already invalid",
      loaded.error,
    );
  const { config, names: known } = loaded.value;
  const { directory } = config.fail2ban;
  if (directory !== undefined)
    throw new CodedError("usage", `jails come from ${directory}, which bailiff does not change`, {
      hint: `enable the jail there, in ${directory}/jail.local; or take the configuration over: bailiff import`,
    });
  const isJail = (name: string): boolean => jailOf(loaded.value, name) !== undefined;
  const meant = services.map((name) => (isJail(name) ? name : filterNamed(name, known)));
  for (const name of meant) {
    if (known.includes(name)) continue;
    throw new CodedError("unknown-service", `unknown service "${name}"`, {
      hint: isJail(name)
        ? `it is a jail, which is switched in its file: [jails.${name}] enabled = …`
        : (suggestFilter(name, known) ?? "bailiff services --all lists them"),
    });
  }
  return { now: loaded.value, names: [...new Set(meant)] };
}

async function loadPlanned(context: CommandContext, planned: PlannedFiles): Promise<Loaded> {
  const loaded = await loadAll({ ...configFiles(context), planned });
  if (loaded.ok) return loaded.value;
  throw asError("nothing was changed, because the configuration would be invalid", loaded.error);
}

function compile(loaded: Loaded): readonly CompiledJail[] {
  const { jails, problems } = compileJails(enabledJails(loaded.config), loaded, []);
  if (problems.length === 0) return jails;
  throw asError("nothing was changed, because the configuration would be invalid", problems);
}

function asError(what: string, problems: readonly Problem[]): CodedError {
  const list = problems.map((problem) => `\n  ${formatProblem(problem)}`).join("");
  return new CodedError("bad-config", `${what}:${list}`);
}

function jailOf({ config }: Loaded, name: string): Loaded["config"]["jails"][number] | undefined {
  return config.jails.find((jail) => jail.name === name);
}

function runs(
  loaded: Loaded,
  name: string,
  mode: string,
  { abuse, unverified }: EnableOptions,
): boolean {
  const jail = jailOf(loaded, name);
  if (jail?.enabled !== true || (unverified && !jail.unverified)) return false;
  // A jail that is configured as "aggressive" keeps its mode.
  return abuse ? jail.mode === mode : jail.mode !== "abuse";
}

/** Returns the error for a file that is read later and overrides this one. */
function overridden(loaded: Loaded, name: string, files: PlannedFiles): CodedError {
  const own = [...files.keys()];
  const later = loaded.config.files.filter((path) => own.every((one) => path > one));
  const where = later.length === 0 ? "another file" : later.join(", ");
  return new CodedError("usage", `nothing was changed: ${where} sets [jails.${name}] otherwise`, {
    hint: `change [jails.${name}] there`,
  });
}

async function apply(context: CommandContext, files: PlannedFiles): Promise<AppliedBy> {
  return applyFiles(files, () => askReload(context));
}

async function findLog(
  { jail, definition }: CompiledJail,
  { containers }: Config,
): Promise<string | null> {
  const { source } = await findSource({ jail, definition, containers }, systemClock);
  switch (source?.kind) {
    case undefined:
      return null;
    case "file":
      if (source.shownAs !== undefined) return source.shownAs;
      return source.files.length > SHOWN_FILES
        ? `${source.files[0]} and ${amount(source.files.length - 1, "more file", "more files")}`
        : source.files.join(", ");
    case "journal":
      return "the journal";
    case "command":
      return source.argv.join(" ");
    case "stdin":
      return "standard input";
    case "none":
      return null;
  }
}

const SHOWN_FILES = 3;

function show(
  { terminal }: CommandContext,
  done: readonly SwitchedService[],
  { json, warnings = [] }: { readonly json: boolean; readonly warnings?: readonly string[] },
): void {
  if (json) {
    terminal.print(JSON.stringify(done));
    return;
  }
  const lines = done.map((one) => (one.enabled ? describeEnabled(one) : describeDisabled(one)));
  if (done.some(({ applied }) => applied === "next-start"))
    lines.push("The daemon is not running: this takes effect at its next start.");
  const shown = [...lines, ...warnings].map((text) =>
    wrapOrder(terminal.complete(text), terminal.width),
  );
  terminal.show(shown.join("\n"));
}

function describeEnabled({ service, mode, log, applied }: SwitchedService): string {
  const is = applied === "unchanged" ? "is already enabled" : "is enabled";
  const what = mode === "abuse" ? "failed logins and abuse" : "failed logins";
  const where =
    log === null ? "no log of it was found yet, so its jail waits for one" : `read from ${log}`;
  const undo = applied === "unchanged" ? "" : ` Undo: bailiff disable ${service}`;
  return `${service} ${is} (${what}): ${where}.${undo}`;
}

function describeDisabled({ service, file, applied }: SwitchedService): string {
  if (applied === "unchanged") return `${service} is not enabled: nothing to disable.`;
  const how = file === null ? "" : ` (${file})`;
  return `${service} is disabled${how}. Undo: bailiff enable ${service}`;
}
