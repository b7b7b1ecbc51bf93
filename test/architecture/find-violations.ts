/**
 * Holds modules against the plan of the house: who may import whom, private subfolders, file names, barrels, cycles,
 * and what pure rooms must not name. Modules and the plan in, sentences out; nothing is read from disk.
 */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { findCycle } from "./find-cycle.ts";
import type { Module } from "./read-module.ts";

export interface Plan {
  /** Which rooms each room may import from, besides itself. */
  readonly mayImport: ReadonlyMap<string, readonly string[]>;
  readonly pureRooms: readonly string[];
  /** The one room that makes regular expressions from text. */
  readonly patternRoom: string;
}

export interface Report {
  readonly violations: readonly string[];
  /** Imports from one room to another that were seen: none means that the check is blind. */
  readonly crossings: number;
}

const BANNED_NAME = /^(?:utils?|helpers?|common|lib|types|interfaces|index)(?:\.(?:test\.)?ts)?$/;
/** What sources may import from outside `src/`. */
const OUTSIDE = new Set(["package.json"]);

/** Paths are relative to the project's root, with forward slashes. */
export function findViolations(modules: readonly Module[], plan: Plan): Report {
  const paths = new Set(modules.map((module) => module.path));
  const edges = new Map<string, readonly string[]>();
  const violations: string[] = [];
  let crossings = 0;
  for (const module of modules) {
    violations.push(...moduleViolations(module, plan));
    const targets: string[] = [];
    for (const { specifier, line } of module.imports) {
      const where = `${module.path}:${line}`;
      const target = specifier === undefined ? undefined : resolve(module.path, specifier);
      if (specifier === undefined) violations.push(`${where} imports something computed`);
      if (target === undefined) continue;
      targets.push(target);
      if (roomOf(target) !== undefined && roomOf(target) !== roomOf(module.path)) crossings++;
      const wrong = importViolation(module.path, target, paths, plan);
      if (wrong !== undefined) violations.push(`${where} imports ${target}: ${wrong}`);
    }
    edges.set(module.path, targets);
  }
  const cycle = findCycle(edges);
  if (cycle !== undefined) violations.push(`import cycle: ${cycle.join(" -> ")}`);
  return { violations, crossings };
}

function resolve(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : undefined;
}

/** undefined outside `src/`, and "" for a file that lies in no room. */
function roomOf(path: string): string | undefined {
  const parts = path.split("/");
  if (parts[0] !== "src") return undefined;
  return parts.length > 2 ? parts[1] : "";
}

function importViolation(
  from: string,
  to: string,
  paths: ReadonlySet<string>,
  plan: Plan,
): string | undefined {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room !== undefined && target === undefined) {
    return OUTSIDE.has(to) ? undefined : "it lies outside src/";
  }
  if (target === undefined) return undefined;
  if (!paths.has(to)) return "there is no such file";
  if (room !== undefined && room !== target && !plan.mayImport.get(room)?.includes(target)) {
    return `${room} may not import from ${target}`;
  }
  return privacyViolation(from, to);
}

/** `enforce/nftables/…` belongs to `enforce/nftables.ts`: only it, its tests and the folder itself import from there. */
function privacyViolation(from: string, to: string): string | undefined {
  const folders = to.split("/").slice(0, -1);
  for (let depth = 3; depth <= folders.length; depth++) {
    const folder = folders.slice(0, depth).join("/");
    const owner = from.replace(/(?:\.e2e)?(?:\.test)?\.ts$/, "");
    if (owner !== folder && !from.startsWith(`${folder}/`))
      return `${folder}/ is private to ${folder}.ts`;
  }
  return undefined;
}

function moduleViolations(module: Module, plan: Plan): readonly string[] {
  const found: string[] = [];
  const room = roomOf(module.path);
  const banned = module.path.split("/").find((part) => BANNED_NAME.test(part));
  if (banned !== undefined)
    found.push(`${module.path}: a file or folder named ${banned} says nothing`);
  if (room === undefined) return found;
  if (!plan.mayImport.has(room)) found.push(`${module.path} lies in no room of the plan`);
  if (module.barrel) found.push(`${module.path} only passes on what other files export`);
  const isTest = module.path.endsWith(".test.ts");
  if (room !== plan.patternRoom && !isTest) {
    for (const { line } of module.compiledPatterns) {
      found.push(`${module.path}:${line} compiles a pattern outside src/${plan.patternRoom}/`);
    }
  }
  if (plan.pureRooms.includes(room) && !isTest) found.push(...impurityViolations(module, room));
  return found;
}

function impurityViolations(module: Module, room: string): readonly string[] {
  const builtins = module.imports
    .filter(({ specifier }) => specifier !== undefined && isBuiltin(specifier))
    .map(({ specifier, line }) => ({ what: specifier ?? "", line }));
  return [...builtins, ...module.impurities].map(
    ({ what, line }) => `${module.path}:${line} names ${what}, and ${room} is pure`,
  );
}
