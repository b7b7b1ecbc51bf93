import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fail2banVersion, readVersion } from "./release.ts";

const root = mkdtempSync(join(tmpdir(), "bailiff-release-"));
after(() => rmSync(root, { recursive: true }));

const PLACES = ["python3*/dist-packages/fail2ban/version.py", "python3*/site/version.py"];

function install(folder: string, text: string): readonly string[] {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, "version.py"), text);
  return PLACES.map((place) => join(root, place));
}

test("without a package the newest release is followed", () => {
  assert.equal(readVersion(PLACES.map((place) => join(root, place))), undefined);
  assert.match(fail2banVersion(), /^\d+\.\d+/);
});

test("an installed package names its release", () => {
  const places = install("python3/dist-packages/fail2ban", '# version = "9"\nversion = "1.0.2"\n');
  assert.equal(readVersion(places), "1.0.2");
});

test("a file without a release is skipped", () => {
  install("python3/dist-packages/fail2ban", "version = compute()\n");
  assert.equal(readVersion(install("python3.13/site", "version = '1.1.1.dev1'\n")), "1.1.1.dev1");
});
