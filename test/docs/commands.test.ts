/** Every command of bailiff in the documentation exists, with the options it is given. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { planProgram } from "../../tools/pages/command-tree.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGES = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md"];
const PROGRAM = planProgram();
const GLOBAL = PROGRAM.options.map(({ long }) => long);

/** Commands in shell blocks, and in code within a sentence. */
function commandsIn(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, text = ""]) =>
    text.split("\n"),
  );
  const inline = [...page.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)];
  return [...blocks, ...inline.map(([, text = ""]) => text)]
    .map((line) => line.replace(/^(?:\$ |sudo |\.\/)+/, ""))
    .filter((line) => /^bailiff [a-z]/.test(line));
}

/** The mistake in a command; undefined: none. */
function mistakeIn(command: string): string | undefined {
  const [typed = ""] = command.split(/\s[#|>;&]|\\\|/);
  const [, name = "", ...words] = typed.replaceAll(/[[\]]/g, " ").trim().split(/\s+/);
  const known = PROGRAM.commands.find((one) => one.name === name || one.aliases.includes(name));
  if (known === undefined) return `no command ${name}`;
  // The rest is in fail2ban's syntax.
  if (name.startsWith("fail2ban-")) return undefined;
  const options = [...GLOBAL, "--help", ...known.options.map(({ long }) => long)];
  const unknown = words.filter((word) => word.startsWith("--") && !options.includes(word));
  return unknown.length === 0 ? undefined : `${name} has no ${unknown.join(", ")}`;
}

test("every command in the documentation exists, with its options", () => {
  const pages = PAGES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
  const commands = pages.flatMap((page) =>
    commandsIn(readFileSync(join(ROOT, page), "utf8")).map((command) => ({ page, command })),
  );
  assert.ok(commands.length > 80, `${commands.length} commands were found`);
  const mistakes = commands.flatMap(({ page, command }) => {
    const mistake = mistakeIn(command);
    return mistake === undefined ? [] : [`${page}: ${command}: ${mistake}`];
  });
  assert.deepEqual(mistakes, []);
});

test("a command or an option that does not exist is found", () => {
  const page =
    "`bailiff frobnicate` and `bailiff bans --fast`\n\n```sh\nbailiff status --json\n```\n";
  assert.deepEqual(commandsIn(page).map(mistakeIn), [
    undefined,
    "no command frobnicate",
    "bans has no --fast",
  ]);
});
