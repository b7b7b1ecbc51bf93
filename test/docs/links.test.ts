/** Links between the documents lead to files, and headings, that exist. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "../..");
const LINK = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g;

test("every relative link has a target", () => {
  const broken: string[] = [];
  let links = 0;
  for (const file of globSync(["*.md", "docs/**/*.md"], { cwd: ROOT })) {
    for (const [, path = "", anchor] of withoutCode(
      readFileSync(join(ROOT, file), "utf8"),
    ).matchAll(LINK)) {
      links++;
      const target = path === "" ? join(ROOT, file) : join(ROOT, dirname(file), path);
      if (!existsSync(target)) broken.push(`${file}: ${path}`);
      else if (anchor !== undefined && !anchorsOf(target).has(anchor))
        broken.push(`${file}: ${path}#${anchor}`);
    }
  }
  assert.ok(links > 20, "the documents were not read");
  assert.deepEqual(broken, []);
});

function withoutCode(text: string): string {
  return text.replace(/^```[^]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
}

/** Anchors of headings as GitHub creates them. */
function anchorsOf(path: string): ReadonlySet<string> {
  const headings = readFileSync(path, "utf8").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
