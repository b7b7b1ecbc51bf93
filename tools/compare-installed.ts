/**
 * Exits with 0 if every needed package of the lockfile is installed in its version. Usage: compare-installed.ts
 * runtime|development LOCKFILE INSTALLED, where INSTALLED is npm's node_modules/.package-lock.json. Uses no package
 * itself.
 */
import { readFileSync } from "node:fs";

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

function readPackages(path: string): ReadonlyMap<string, Entry> {
  const { packages = {} }: { packages?: Readonly<Record<string, Entry>> } = JSON.parse(
    readFileSync(path, "utf8"),
  );
  return new Map(Object.entries(packages));
}

const [purpose, lockfile = "", installedFile = ""] = process.argv.slice(2);
const installed = readPackages(installedFile);

function isInstalled([path, wanted]: readonly [string, Entry]): boolean {
  const found = installed.get(path);
  if (found !== undefined) return found.version === wanted.version;
  const forDevelopment = wanted.dev === true || wanted.devOptional === true;
  // An optional package may be missing: npm installs only those for this system.
  return wanted.optional === true || (forDevelopment && purpose === "runtime");
}

const wanted = [...readPackages(lockfile)].filter(([path]) => path !== "");
process.exitCode = wanted.length > 0 && wanted.every(isInstalled) ? 0 : 1;
