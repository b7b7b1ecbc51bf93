import assert from "node:assert/strict";
import test from "node:test";
import { formatProblem } from "../domain/problem.ts";
import { readToml } from "./parse-toml.ts";

/** Text, and the position and message of its problem. */
const SLIPS: readonly (readonly [string, string, RegExp])[] = [
  // Typographic quotes.
  ["maxretry = “5”", "1:12", /\(write plain quotes: maxretry = 5\)$/],
  ['bantime = "10m”', "1:11", /\(write plain quotes: bantime = "10m"\)$/],
  ['bantime = "10m”\n', "1:16", /\(write plain quotes: bantime = "10m"\)$/],
  ["bantime = ‘10m’", "1:11", /\(write plain quotes: bantime = "10m"\)$/],
  ['ignoreip = [\n  "192.0.2.1",\n  „192.0.2.2“,\n]', "3:3", /plain quotes: "192.0.2.2",\)$/],
  // Unclosed quotes.
  ['findtime = "10m', "1:12", /a closing quote \(close the quote: findtime = "10m"\)$/],
  ['findtime = "10m\n', "1:16", /a closing quote \(close the quote: findtime = "10m"\)$/],
  ["findtime = '10m  # ten", "1:12", /\(close the quote: findtime = '10m'\)$/],
  ['x = ["a", "b]', "1:11", /a closing quote \(a text ends with the quote that it begins with\)$/],
  ['x = """a\ny = 1', "1:5", /the closing quotes/],
  // Invisible characters.
  ["\u00a0maxretry = 5", "1:1", /column 1 contains the character U\+00A0/],
  ["maxretry = 5\u200b", "1:13", /column 13 contains the character U\+200B/],
  // Brackets.
  ['x = ["a",\n  "b"\ny = 3', "3:1", /what line 1 opens is never closed: "x = \[/],
  ['x = { a = ["b"]\n', "2:1", /an end too early.*what line 1 opens is never closed/],
  // Other formats.
  ["defaults:\n  maxretry: 5", "1:9", /a table is written \[defaults\]/],
  ['{"defaults": {}}', "1:1", /this looks like JSON/],
  ["x == 5", "1:4", /one equals sign/],
  ["x = 05", "1:5", /write x = 5/],
  ["x = 5,", "1:6", /\(remove the "," at the end\)/],
  ["x = 5 y = 6", "1:7", /one setting a line/],
  ["x = 127.0.0.1 ::1", "1:10", /write texts in quotes: x = \["127.0.0.1", "::1"\]/],
  ['x = "a\\d"', "1:8", /write \\\\ for a backslash/],
];

test("a typing error is named, with the corrected line", async (t) => {
  for (const [text, place, said] of SLIPS)
    await t.test(JSON.stringify(text), () => {
      const [problem] = readToml("/b.toml", text).problems;
      assert.ok(problem !== undefined);
      assert.match(formatProblem(problem), said);
      assert.ok(formatProblem(problem).startsWith(`/b.toml:${place}: `), formatProblem(problem));
    });
});

test("one mistake hides neither other mistakes nor later settings", () => {
  const text = `[defaults]
maxretry = “5”
findtime = 10m
bantime = "1h"
[jails.sshd
maxretry = 3
[jails.web]
ignoreip = ["192.0.2.1",
  "192.0.2.2"
maxretry = 4
maxretry = 5
`;
  const { table, problems } = readToml("/b.toml", text);
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2, 3, 5, 10, 11],
  );
  assert.deepEqual(JSON.parse(JSON.stringify(table)), {
    defaults: { bantime: "1h" },
    jails: { web: { maxretry: 4 } },
  });
});

test("parsing only resumes where the next setting certainly begins", () => {
  const { table, problems } = readToml("/b.toml", 'a = [ “x”,\n  "y" ]\nb = oops\n');
  assert.deepEqual([problems.length, table], [1, {}]);
});

test("the number of reported mistakes is bounded", () => {
  const { problems } = readToml("/b.toml", "x = oops\n".repeat(1000));
  assert.equal(problems.length, 20);
});

test("an INI file of fail2ban is recognized, and reported once", () => {
  const files = [
    ["/etc/fail2ban/jail.local", "[DEFAULT]\nbantime = 10m\n[sshd]\nport = ssh\n"],
    ["/etc/fail2ban/filter.d/x.toml", "[Definition]\nfailregex = ^bad <HOST>$\n"],
    ["/etc/bailiff/conf.d/x.toml", "[sshd]\nenabled = true\nlogpath = %(sshd_log)s\n"],
    ["/etc/bailiff/conf.d/y.toml", "[sshd]\nlogpath = /var/log/auth.log\nfoo = bar\n"],
  ] as const;
  for (const [path, text] of files) {
    const { problems } = readToml(path, text);
    assert.deepEqual(
      problems.map((problem) => formatProblem(problem)),
      [
        `${path}: found an INI file, as fail2ban has them, expected a TOML file (convert it: bailiff import /etc/fail2ban --out DIRECTORY; or run it as it is: bailiff run --fail2ban /etc/fail2ban)`,
      ],
    );
  }
  const [toml] = readToml("/b.toml", "[jails.sshd]\nlogpath = /var/log/auth.log\n").problems;
  assert.match(toml?.hint ?? "", /^write text in quotes/);
});
