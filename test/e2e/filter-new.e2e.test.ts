/** filter new on a pseudo terminal, with the worked examples of docs/filters.md. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { filterExamples } from "../docs/filter-examples.ts";

const BAILIFF = join(import.meta.dirname, "../../bailiff");
const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-filter-new-"));
after(() => rmSync(FOLDER, { recursive: true }));

const FILTERS = join(FOLDER, "filters");
const CONFIG = join(FOLDER, "bailiff.toml");
writeFileSync(CONFIG, `filters.directories = [${JSON.stringify(FILTERS)}]\n`);
mkdirSync(join(FOLDER, "bin"));
writeFileSync(
  join(FOLDER, "bin/bailiff"),
  `#!/bin/sh\nexport BAILIFF_CONFIG='${CONFIG}'\nexec '${BAILIFF}' "$@"\n`,
  { mode: 0o755 },
);

/** Types a command on a pseudo terminal of 80 columns, and one key at each prompt. */
async function type(command: string, keys: string): Promise<{ screen: string; code: number }> {
  const { PATH = "" } = process.env;
  const child = spawn("script", ["-qec", `stty cols 80; umask 077; ${command}`, "/dev/null"], {
    cwd: FOLDER,
    env: {
      ...process.env,
      PATH: `${join(FOLDER, "bin")}:${PATH}`,
      SHELL: "/bin/sh",
      TERM: "xterm",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let [screen, pressed] = ["", 0];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    const prompts = screen.match(/; Enter: /g)?.length ?? 0;
    for (; pressed < Math.min(prompts, keys.length); pressed++) child.stdin.write(keys[pressed]);
  });
  const code = await new Promise<number>((resolve) => {
    child.on("close", (status) => resolve(status ?? -1));
  });
  return { screen: screen.replaceAll("\r", ""), code };
}

const EXAMPLES = filterExamples();

test("the page has three worked examples", () => {
  assert.equal(EXAMPLES.length, 3);
});

for (const { title, file, sample, command, keys, screen, filter } of EXAMPLES)
  test(`${title}: the answers make the filter that the page shows`, async () => {
    writeFileSync(join(FOLDER, file), sample);
    const done = await type(command, keys);
    assert.equal(done.code, 0, done.screen);
    const name = file.replace(/\.log$/, "");
    const path = join(FILTERS, `${name}.toml`);
    assert.equal(readFileSync(path, "utf8"), filter);
    assert.equal(statSync(path).mode & 0o777, 0o644);
    const shown = done.screen.replaceAll(FILTERS, "/etc/bailiff/filters");
    if (screen !== undefined) assert.equal(shown, screen);
    const tested = await type(`bailiff filter test ${name}`, "");
    assert.equal(tested.code, 0, tested.screen);
    assert.match(tested.screen, /: passed: \d+ rules?, /);
  });

test("a file that exists is not touched, and nothing is asked", async () => {
  const [{ command, filter } = { command: "", filter: "" }] = EXAMPLES;
  const { code, screen } = await type(command, "");
  assert.equal(code, 73);
  assert.match(screen, /shopd\.toml exists\n.*nothing was written/);
  assert.equal(readFileSync(join(FILTERS, "shopd.toml"), "utf8"), filter);
});

test("a file that is not the log itself is written as a comment to correct", async () => {
  const { code, screen } = await type("bailiff filter new copied ./shopd.log", "fsn");
  assert.equal(code, 0, screen);
  const text = readFileSync(join(FILTERS, "copied.toml"), "utf8");
  assert.ok(text.includes(`\n# files = [${JSON.stringify(join(FOLDER, "shopd.log"))}]\n`), text);
  assert.match(screen, /In it, "files" is a comment with/);
});

for (const [what, key] of [
  ["q", "q"],
  ["Ctrl-C", "\u0003"],
] as const)
  test(`${what} ends the questions without a file`, async () => {
    const { code, screen } = await type("bailiff filter new other < shopd.log", `f${key}`);
    assert.equal(code, 1, screen);
    assert.match(screen, /Nothing was written\./);
    assert.throws(() => statSync(join(FILTERS, "other.toml")), { code: "ENOENT" });
  });
