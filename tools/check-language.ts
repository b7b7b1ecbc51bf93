/**
 * Checks the wording of sources and documentation: American spelling, and no phrase that docs/glossary.md or
 * CONTRIBUTING.md replaces with the field's own term. Prints file, line, what was found and what to write.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./run-step.ts";
import { findWording } from "./language/find-wording.ts";

const FILES = [
  "{src,test,tools,bench}/**/*.{ts,sh,py}",
  "test/scenario/stories/*.txt",
  "filters/**/*.toml",
  "packaging/{bin,completions,man,systemd}/*",
  "docs/**/*.md",
  "*.md",
  "config/*.toml",
];
/** The changelog is history, and the lists contain what they replace. */
const EXEMPT = /^(?:CHANGELOG\.md|tools\/language\/)/;

let found = 0;
for (const path of globSync(FILES, { cwd: ROOT }).toSorted()) {
  if (EXEMPT.test(path)) continue;
  for (const { line, text, better } of findWording(readFileSync(join(ROOT, path), "utf8"))) {
    console.log(`${path}:${line}: "${text}": write ${better}`);
    found++;
  }
}
process.exitCode = found === 0 ? 0 : 1;
