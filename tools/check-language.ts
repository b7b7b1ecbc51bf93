/**
 * Checks the wording of sources and documentation: American spelling, and the field's own terms. Reports phrases that
 * docs/glossary.md or CONTRIBUTING.md replaces, and comments of the program that do not begin or read as sentences.
 * Prints file, line, the phrase and what to write.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./run-step.ts";
import { findCommentFaults } from "./language/find-comment-faults.ts";
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
/** Files whose comments are checked as well. */
const PROGRAM = /^src\/.*(?<!\.test)\.ts$/;
/** Files that are not checked: the changelog is history, and the lists contain the phrases. */
const EXEMPT = /^(?:CHANGELOG\.md|tools\/language\/)/;

let found = 0;
for (const path of globSync(FILES, { cwd: ROOT }).toSorted()) {
  if (EXEMPT.test(path)) continue;
  const content = readFileSync(join(ROOT, path), "utf8");
  const comments = PROGRAM.test(path) ? findCommentFaults(content) : [];
  for (const { line, text, better } of [...findWording(content), ...comments]) {
    console.log(`${path}:${line}: "${text}": write ${better}`);
    found++;
  }
}
process.exitCode = found === 0 ? 0 : 1;
