/**
 * Checks modules against the layout: allowed imports, private subfolders, file names, barrels, cycles, and names that
 * pure folders must not use. Takes modules and the plan, and returns sentences; reads nothing from disk.
 */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { findCycle } from "./find-cycle.ts";
import type { Module } from "./read-module.ts";

export interface Plan {
  /** Folders under `src/`, each with those from which it may import; the deepest folder that contains a file counts. */
  readonly mayImport: ReadonlyMap<string, readonly string[]>;
  readonly pure: readonly string[];
  /** Additional imports for tests in any folder. */
  readonly inTests: readonly string[];
  /** The only folder that compiles regular expressions from text. */
  readonly patterns: string;
  /** Files that may import what they compute. */
  readonly computed: readonly string[];
}

export interface Report {
  readonly violations: readonly string[];
  /** Number of imports between folders of the plan; zero means that the check found nothing to check. */
  readonly crossings: number;
}

const BANNED_NAME = /^(?:utils?|helpers?|common|lib|types|interfaces|index)(?:\.(?:test\.)?ts)?$/;
/**
 * Imports from outside `src/` that sources may have; tests, fixtures and contracts may also import helpers from `test/`.
 */
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
      if (specifier === undefined && !plan.computed.includes(module.path))
        violations.push(`${where} imports something computed`);
      if (target === undefined) continue;
      targets.push(target);
      const [from, to] = [placeOf(module.path, plan), placeOf(target, plan)];
      if (to !== undefined && to !== from) crossings++;
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

function isTestCode(path: string): boolean {
  return /\.(?:test|fixture|contract)\.ts$/.test(path);
}

/** The folder of the plan that contains a file: undefined outside `src/`, "" if the plan has none. */
function placeOf(path: string, plan: Plan): string | undefined {
  const parts = path.split("/");
  if (parts[0] !== "src") return undefined;
  for (let depth = parts.length - 1; depth > 1; depth--) {
    const folder = parts.slice(1, depth).join("/");
    if (plan.mayImport.has(folder)) return folder;
  }
  return "";
}

function isInside(place: string, folder: string): boolean {
  return place === folder || place.startsWith(`${folder}/`);
}

function importViolation(
  from: string,
  to: string,
  paths: ReadonlySet<string>,
  plan: Plan,
): string | undefined {
  const [place, target] = [placeOf(from, plan), placeOf(to, plan)];
  if (place !== undefined && target === undefined) {
    const isAllowed = OUTSIDE.has(to) || (isTestCode(from) && to.startsWith("test/"));
    return isAllowed ? undefined : "it lies outside src/";
  }
  if (target === undefined) return undefined;
  if (!paths.has(to)) return "the file does not exist";
  const isTest = isTestCode(from);
  const allowed = [...(plan.mayImport.get(place ?? "") ?? []), ...(isTest ? plan.inTests : [])];
  if (place !== undefined && place !== target && !allowed.includes(target)) {
    return `${place} may not import from ${target}`;
  }
  return privacyViolation(from, to, paths);
}

/**
 * `firewall/nftables/…` is private to `firewall/nftables.ts`, its tests and the folder itself. A subfolder directly
 * below a folder of `src/` without such a file is open.
 */
function privacyViolation(
  from: string,
  to: string,
  paths: ReadonlySet<string>,
): string | undefined {
  const folders = to.split("/").slice(0, -1);
  for (let depth = 3; depth <= folders.length; depth++) {
    const folder = folders.slice(0, depth).join("/");
    if (depth === 3 && !paths.has(`${folder}.ts`)) continue;
    const owner = from.replace(/(?:\.e2e)?(?:\.test)?\.ts$/, "");
    if (owner !== folder && !from.startsWith(`${folder}/`))
      return `${folder}/ is private to ${folder}.ts`;
  }
  return undefined;
}

function moduleViolations(module: Module, plan: Plan): readonly string[] {
  const found: string[] = [];
  const place = placeOf(module.path, plan);
  const banned = module.path.split("/").find((part) => BANNED_NAME.test(part));
  if (banned !== undefined)
    found.push(`${module.path}: a file or folder named ${banned} says nothing`);
  if (place === undefined) return found;
  if (place === "") found.push(`${module.path} lies in no folder of the plan`);
  if (module.barrel) found.push(`${module.path} only passes on what other files export`);
  const isTest = module.path.endsWith(".test.ts");
  if (!isInside(place, plan.patterns) && !isTest) {
    for (const { line } of module.compiledPatterns) {
      found.push(`${module.path}:${line} compiles a pattern outside src/${plan.patterns}/`);
    }
  }
  if (plan.pure.some((folder) => isInside(place, folder)) && !isTest) {
    found.push(...impurityViolations(module, place));
  }
  return found;
}

function impurityViolations(module: Module, place: string): readonly string[] {
  const builtins = module.imports
    .filter(({ specifier }) => specifier !== undefined && isBuiltin(specifier))
    .map(({ specifier, line }) => ({ what: specifier ?? "", line }));
  return [...builtins, ...module.impurities].map(
    ({ what, line }) => `${module.path}:${line} names ${what}, and ${place} is pure`,
  );
}
