/**
 * Makes this checkout readable for tests that run as an unprivileged user. If other users cannot enter a directory
 * above it (such as root's home), the tests run in a mount namespace in which the checkout is also mounted at an
 * accessible path.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { ROOT } from "./run-step.ts";

/**
 * Mounts the checkout and runs a command. $1: the checkout, whose entries are mounted one by one, because a mount of
 * the whole would keep its mode; $2: the accessible path; then the command.
 */
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

/**
 * Runs `program` from the accessible path and returns its exit code. undefined: the checkout is already accessible, or
 * cannot be mounted.
 */
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

/** Reports whether every user may enter all directories above the path. */
function isOpen(path: string): boolean {
  const above = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (above === path || isOpen(above));
}
