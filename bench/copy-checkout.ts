/** Copies this checkout in its state directly after installation: the same packages, and a new compile cache. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./bench-daemon.ts";

const COPIED = [
  "bailiff",
  "package.json",
  "package-lock.json",
  "src",
  "filters",
  "config",
  "tools",
];

export function copyCheckout(to: string): void {
  mkdirSync(join(to, "node_modules"), { recursive: true });
  for (const name of COPIED) {
    cpSync(join(ROOT, name), join(to, name), { recursive: true, preserveTimestamps: true });
  }
  const packages = join(ROOT, "node_modules");
  for (const name of readdirSync(packages)) {
    if (name !== ".cache") symlinkSync(join(packages, name), join(to, "node_modules", name));
  }
  // Fills the compile cache, as the last step of an installation does (tools/with-node.sh).
  execFileSync("/bin/sh", [join(to, "tools/with-node.sh"), "tools/warm-cache.ts"]);
}
