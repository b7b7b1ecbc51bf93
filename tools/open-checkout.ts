/**
 * Some tests run as a user without rights, who must be able to read this checkout. Where it is, or lies in, a folder that
 * only its owner may enter (a clone in root's home, in a temporary folder), the tests run in a mount namespace of their
 * own that shows what is in the checkout in an open place as well. The mounts end with them.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { ROOT } from "./run-step.ts";

/** $1: the checkout, whose own mode a mount of it would show as well; $2: the open place; then the command. */
const MOUNT_AND_RUN = `set -e
mount -t tmpfs -o mode=755 tmpfs "$2"
for entry in "$1"/* "$1"/.[!.]*; do
  name=\${entry##*/}
  if [ -d "$entry" ]; then mkdir "$2/$name"; else : > "$2/$name"; fi
  mount --bind "$entry" "$2/$name"
done
cd "$2"
shift 2
exec "$@"`;

/** The exit code of `program` run from the open place; undefined when this one is open, or there is no way to one. */
export function runFromOpenPlace(program: string, args: readonly string[]): number | undefined {
  if (process.getuid?.() !== 0 || isOpen(ROOT)) return undefined;
  const place = mkdtempSync(join(tmpdir(), "bailiff-checkout-"));
  chmodSync(place, 0o755);
  if (!isOpen(place)) {
    rmdirSync(place);
    return undefined;
  }
  const there = (path: string): string => join(place, relative(ROOT, path));
  const cache = process.env["NODE_COMPILE_CACHE"];
  const inside = [there(process.execPath), ...process.execArgv, there(program), ...args];
  const flags = ["--mount", "--propagation", "private"];
  const { status } = spawnSync(
    "/usr/bin/unshare",
    [...flags, "/bin/sh", "-c", MOUNT_AND_RUN, "sh", ROOT, place, ...inside],
    {
      stdio: "inherit",
      env: { ...process.env, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: there(cache) }) },
    },
  );
  rmdirSync(place);
  return status ?? 1;
}

/** Whether any user may enter every folder above. */
function isOpen(path: string): boolean {
  const above = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (above === path || isOpen(above));
}
