/** Every shipped example, in a file or in a page, is valid for `bailiff check`. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadAll } from "../../src/jails/load-all.ts";
import { formatProblem } from "../../src/domain/problem.ts";

const ROOT = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "bailiff-examples-"));
after(() => rmSync(folder, { recursive: true }));

const OWN_FILTER = `name = "web"
programs = ["own"]
ports = ["8080"]
[[rule]]
id = "refused"
is = "failure"
line = "refused {ip}"
[[sample]]
line = "refused 192.0.2.7"
expect = { rule = "refused", ip = "192.0.2.7" }
`;

interface Example {
  /** "docs/filters.md:6" */
  readonly place: string;
  readonly text: string;
}

function examplesOf(page: string): readonly Example[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```toml\n([^]*?)^```$/gm)].map((found) => {
    const line = text.slice(0, found.index).split("\n").length;
    return { place: `${page}:${line}`, text: found[1] ?? "" };
  });
}

let number = 0;

async function checkExample({ text }: Example, filters: Readonly<Record<string, string>> = {}) {
  const root = join(folder, String(number++));
  mkdirSync(join(root, "filters"), { recursive: true });
  for (const [name, filter] of Object.entries(filters))
    writeFileSync(join(root, "filters", `${name}.toml`), filter);
  const path = join(root, "bailiff.toml");
  // A user of an example is not one of this host.
  const own = text.replace('users = ["alice"]', `users = ["${userInfo().username}"]`);
  writeFileSync(path, `filters.directories = ["${join(root, "filters")}"]\n${own}`);
  const loaded = await loadAll({ path, env: {}, uid: 0, fail2ban: undefined });
  assert.deepEqual(loaded.ok ? [] : loaded.error.map(formatProblem), []);
}

const isFilter = ({ text }: Example): boolean => text.includes("[[rule]]");
const pages = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];
/** Its examples are of web.toml; dashboard.test.ts checks them. */
const DASHBOARD = "docs/dashboard.md";
const examples = pages
  .filter((page) => page.endsWith(".md") && page !== DASHBOARD)
  .flatMap(examplesOf);

test("there are examples in pages, of configurations and of filters", () => {
  assert.ok(examples.filter(isFilter).length >= 3);
  assert.ok(examples.filter((example) => !isFilter(example)).length >= 9);
});

for (const example of examples)
  test(`${example.place} is valid`, async () => {
    if (!isFilter(example)) {
      await checkExample(example, { web: OWN_FILTER });
      return;
    }
    const isWhole = /^(?:name|extends) = /m.test(example.text);
    const text = isWhole ? example.text : `name = "own"\nprograms = ["own"]\n${example.text}`;
    const name = /^name = "(.*)"/m.exec(text)?.[1] ?? "own";
    const jail = text.includes("extends") ? "sshd" : name;
    await checkExample({ ...example, text: `[jails.${jail}]` }, { [name]: text });
  });

for (const name of readdirSync(join(ROOT, "config")).filter((file) => file.endsWith(".toml")))
  test(`config/${name} is valid`, () =>
    checkExample({ place: name, text: readFileSync(join(ROOT, "config", name), "utf8") }));

test("commented parts of the shipped example are valid once their filter exists", async () => {
  const text = readFileSync(join(ROOT, "config/example.toml"), "utf8");
  const whole = text.replaceAll(/^# (?=\[|\w+ = )/gm, "");
  assert.match(whole, /^\[jails\.web\]$/m);
  await checkExample({ place: "", text: whole }, { web: OWN_FILTER });
});

test("a disabled jail may name a missing filter, an enabled one may not", async () => {
  const off =
    '[jails.sshd]\n[jails.nobodys]\nenabled = false\n[jails.x]\nfilter = "nobodys"\nenabled = false';
  await checkExample({ place: "", text: off });
  await assert.rejects(checkExample({ place: "", text: off.replaceAll("false", "true") }));
});
