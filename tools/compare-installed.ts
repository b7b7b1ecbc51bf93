/**
 * compare-installed.ts runtime|development LOCKFILE INSTALLED: exits with 0 if every package of the lockfile for this
 * purpose is installed in its version, according to npm's node_modules/.package-lock.json. Uses no package.
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
  // Only optional packages for this system are installed.
  return wanted.optional === true || (forDevelopment && purpose === "runtime");
}

const wanted = [...readPackages(lockfile)].filter(([path]) => path !== "");
process.exitCode = wanted.length > 0 && wanted.every(isInstalled) ? 0 : 1;
