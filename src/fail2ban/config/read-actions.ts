/**
 * Reads the actions of a jail, `action = NAME[key=value, …] …`, with their files. Arguments override [Init]. Replaces
 * tags whose value is known before a ban.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../domain/problem.ts";
import { findBlankBeforeOptions } from "./blank-before-options.ts";
import { firewallUse } from "./firewall-actions.ts";
import type { Fail2banAction } from "./fail2ban-action.ts";
import type { KnownArguments } from "./known-arguments.ts";
import type { LayerReader, Layers } from "./layers.ts";
import { missingFile, notRead } from "./missing-file.ts";
import { parseNamedOptions, splitNamedOptions } from "./named-options.ts";
import { ACTION_KEYS } from "./option-keys.ts";
import { placeInLayers } from "./place-in-layers.ts";
import { readDefinition } from "./read-definition.ts";
import type { StockActions } from "./stock-actions.ts";
import { findUnusedArguments } from "./unused-arguments.ts";

export interface ActionsRequest {
  readonly reader: LayerReader;
  readonly directory: string;
  /** Name of the jail. */
  readonly name: string;
  /** The layers of jail.conf. */
  readonly layers: Layers;
  /** Options of the jail. */
  readonly options: ReadonlyMap<string, string>;
  /** File of the jail's section. */
  readonly path: string;
  readonly knownArguments: KnownArguments;
  readonly stockActions: StockActions;
}

export interface ReadActions {
  readonly actions: readonly Fail2banAction[];
  /** Problems because of which the jail cannot run. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Files of the actions. */
  readonly used: ReadonlySet<Layers>;
}

/** Tags that are replaced for each ban, not when the configuration is read. */
const LATER_TAGS = ["matches", "ipmatches", "ipjailmatches", "timeout", "bantime"];
/** Arguments of every action: its name, and the time limit of its commands. */
const OWN_ARGUMENTS = ["name", "actname", "timeout"];

export function readActions(request: ActionsRequest): ReadActions {
  const findings = { problems: [], warnings: [], used: new Set<Layers>() };
  const actions = splitNamedOptions(request.options.get("action") ?? "").flatMap(
    (text) => readAction(request, text, findings) ?? [],
  );
  return { actions, ...findings };
}

interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly used: Set<Layers>;
}

function readAction(
  request: ActionsRequest,
  text: string,
  findings: Findings,
): Fail2banAction | undefined {
  const { reader, directory, path, name: jail } = request;
  const { problems } = findings;
  const parsed = parseNamedOptions(text);
  if (!parsed.ok) {
    const expected = `NAME[key=value, …]: ${parsed.error}`;
    problems.push({ ...placeInLayers(request, "action"), got: text, expected });
    return undefined;
  }
  const { name: file, options: args } = parsed.value;
  findings.warnings.push(...findBlankBeforeOptions(text, "action", request));
  const named = {
    layers: request.layers,
    jail,
    directory,
    kind: "action",
    name: file,
    path,
  } as const;
  if (file.endsWith(".py")) {
    if (existsSync(join(directory, "action.d", file))) return pythonAction(file, args);
    problems.push(missingFile(named));
    return undefined;
  }
  const layers = reader.read(directory, join("action.d", file));
  if (layers.files.length === 0) {
    problems.push(...notRead(layers, named));
    return undefined;
  }
  return shellAction(request, { file, args, layers }, findings);
}

function pythonAction(file: string, args: ReadonlyMap<string, string>): Fail2banAction {
  const properties = new Map(args);
  const name = properties.get("actname") ?? file.slice(0, -3);
  properties.delete("actname");
  return { file, name, commands: new Map(), properties, firewall: { kind: "as written" } };
}

interface NamedAction {
  readonly file: string;
  readonly args: ReadonlyMap<string, string>;
  readonly layers: Layers;
}

function shellAction(
  { name: jail, options, path, layers: jails, knownArguments, stockActions }: ActionsRequest,
  { file, args, layers }: NamedAction,
  { problems, warnings, used }: Findings,
): Fail2banAction {
  used.add(layers);
  const named = withActionName(file, jail, args);
  const definition = readDefinition({
    layers,
    path: layers.files[0] ?? path,
    // "type" is not a command: it says what a firewall action closes.
    keys: [...ACTION_KEYS, "type"],
    everything: false,
    jail: options,
    args: named,
    ignored: LATER_TAGS,
  });
  warnings.push(
    ...layers.problems,
    ...findUnusedArguments({
      ...{ jail, layers: jails, args, user: layers, knownArguments },
      file: { kind: "action", name: file },
      options: [...ACTION_KEYS, ...OWN_ARGUMENTS],
    }),
  );
  problems.push(...definition.problems);
  const isCommand = (key: string): boolean => ACTION_KEYS.some((one) => one === key);
  return {
    file,
    name: named.get("actname") ?? file,
    commands: new Map([...definition.values].filter(([key]) => isCommand(key))),
    properties: new Map(
      [...definition.init].filter(([key]) => !isCommand(key) && !key.startsWith("known/")),
    ),
    firewall: firewallUse({ file, layers, args, definition }, stockActions),
  };
}

/** Makes the name unique if a jail uses the same action twice. */
function withActionName(
  file: string,
  jail: string,
  args: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const named = new Map(args);
  const name = args.get("name") ?? jail;
  named.set("name", name);
  if (args.has("actname")) return named;
  const suffix = name === jail ? "" : name.startsWith(jail) ? name.slice(jail.length) : `-${name}`;
  return named.set("actname", file + suffix);
}
