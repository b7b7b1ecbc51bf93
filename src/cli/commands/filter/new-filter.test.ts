/** filter new through the program, without a terminal. */
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "smol-toml";
import { instant } from "../../../domain/instant.ts";
import { compileFilter } from "../../../parse/filter/compile-filter.ts";
import { readFilter } from "../../../parse/filter/read-filter.ts";
import { createLineRouter } from "../../../parse/route/line-router.ts";
import { type CommandEnd, runCommands } from "../../run-commands.fixture.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-filter-new-"));
after(() => rmSync(FOLDER, { recursive: true }));
const OUT = join(FOLDER, "out");

function sample(name: string, lines: readonly string[]): string {
  const path = join(FOLDER, `${name}.log`);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

function draft(name: string, lines: readonly string[]): CommandEnd & { readonly text: string } {
  const path = sample(name, lines);
  const [ended] = runCommands([["filter", "new", name, path, "--yes", "--out", OUT]]);
  assert.ok(ended !== undefined);
  const text = ended.status === 0 ? readFileSync(join(OUT, `${name}.toml`), "utf8") : "";
  return { ...ended, text };
}

const NAMES = ["carol", "bob", "dave", "erin", "frank", "grace"];

function failures(format: (name: string, address: string, n: number) => string): readonly string[] {
  return NAMES.map((name, n) => format(name, `198.51.100.${n + 10}`, n));
}

test("rules that nobody confirmed are unverified, and samples have documentation values only", () => {
  const lines = failures(
    (name, ip, n) =>
      `Nov 28 09:19:5${n} db7.corp.example shopd[4${n}]: login failed for ${name} from ${ip}`,
  );
  const { stdout, status, text } = draft("shop", lines);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^Nothing is asked: .* unverified\./m);
  assert.match(stdout, /remove unverified = true/);
  assert.equal(text.match(/^unverified = true$/gm)?.length, 1);
  assert.match(text, /^programs = \["shopd"\]$/m);
  assert.match(text, /^evidence = "lines of shop's log, given to filter new"$/m);
  for (const real of [...NAMES, "198.51.100", "db7", "corp.example"])
    assert.ok(!text.includes(real));
  const [tested] = runCommands([["filter", "test", join(OUT, "shop.toml")]]);
  assert.equal(tested?.status, 0, tested?.stdout ?? "");
});

test("the file is readable for all and complete, and is never overwritten", () => {
  const path = join(OUT, "shop.toml");
  const before = readFileSync(path, "utf8");
  assert.equal(statSync(path).mode & 0o777, 0o644);
  assert.deepEqual(readdirSync(OUT), ["shop.toml"], "nothing temporary is left");
  const log = sample(
    "again",
    failures((name, ip) => `login refused for ${name} from ${ip}`),
  );
  const [again, shipped] = runCommands([
    ["filter", "new", "shop", log, "--yes", "--out", OUT],
    ["filter", "new", "nginx", log, "--yes", "--out", OUT],
  ]);
  assert.equal(again?.status, 73);
  assert.match(again.stderr, /shop\.toml exists\n.*choose another name/);
  assert.equal(readFileSync(path, "utf8"), before);
  assert.equal(shipped?.status, 73);
  assert.match(shipped.stderr, /there is a filter "nginx" already/);
});

test("wrong use is explained", () => {
  const log = sample("empty", []);
  const blocked = join(FOLDER, "blocked");
  writeFileSync(blocked, "");
  const good = sample(
    "good",
    failures((name, ip) => `login refused for ${name} from ${ip}`),
  );
  const ends = runCommands([
    ["filter", "new"],
    ["filter", "new", "My App", log],
    ["filter", "new", "mine", join(FOLDER, "nowhere.log")],
    ["filter", "new", "mine", log],
    ["filter", "test", "--yes"],
    ["filter", "new", "mine", good, "--yes", "--out", blocked],
  ]);
  assert.deepEqual(
    ends.map(({ status }) => status),
    [64, 64, 66, 66, 64, 77],
  );
  assert.match(ends[1]?.stderr ?? "", /"My App" is not a valid name of a filter\n {2}expected /);
  const { stdout = "", stderr = "" } = ends[5] ?? {};
  assert.match(stderr, /mine\.toml cannot be written: .*\n {2}the filter is printed above/);
  const saved = join(FOLDER, "mine.toml");
  writeFileSync(saved, stdout.slice(stdout.indexOf("# Drafted")));
  assert.equal(runCommands([["filter", "test", saved]])[0]?.status, 0, "it can be saved as it is");
});

test("text of clients breaks neither the file nor the terminal", () => {
  const evil = '\u001b[2J"\'\\ \u202e"""';
  const plain = failures(
    (name, ip) => `weird \u001b[2J'\\ \u202e login failed for ${name} from ${ip}`,
  );
  const refused = draft("evil", plain);
  assert.equal(refused.status, 1, refused.stdout);
  assert.match(refused.stdout, /it does not recognize the line it was made of/);
  const user = `]]\n[[rule]]\nid = "x"${evil}`;
  const msg = "login failed \u202e'\"\\ {ip} = { }";
  const json = failures((name, ip) => JSON.stringify({ msg, user: name + user, ip }));
  const written = draft("odd", json);
  assert.equal(written.status, 0, written.stdout);
  assert.equal(Object(parse(written.text)["rule"]).length, 1);
  assert.match(written.stdout, /^1 rule for 6 of 6 lines:$/m);
  for (const { stdout, text } of [refused, written])
    assert.ok(!/[\u001b\u202e]/.test(stdout + text));
});

test("a kind that a client could write as another one is left out, with the reason", () => {
  const lines = failures((name, ip, n) => `Rejected ${name} from ${ip} port 4${n} ssh2`);
  const bare = NAMES.map((name) => `Rejected ${name}`);
  const { stdout, status } = draft("rejected", [...lines, ...bare]);
  assert.equal(status, 1, stdout);
  assert.match(stdout, /^Left out: Rejected <word> from <address>/m);
  assert.match(stdout, /the program also writes "Rejected carol", and a client could make that/);
});

test("a name that is always empty is no field, however few lines there are", () => {
  const pam = "pam_unix(ftpd:auth): authentication failure; logname= uid=0 euid=0 tty= ruser=";
  const { text, stdout } = draft("ftp-pam", [`${pam} rhost=198.51.100.4 user=carol`]);
  assert.match(text, / ruser= rhost=\{ip\} user=\{user\}"$/m, stdout);
});

test("an address in an account counts for nobody", () => {
  const lines = failures((name, ip) => `login failed for user ${name} from ${ip}: bad password`);
  const names = ["x from 203.0.113.7: bad password", 'y" from 203.0.113.7', "203.0.113.7"];
  const forged = names.map(
    (name) => `login failed for user ${name} from 198.51.100.99: bad password`,
  );
  const { status, text, stdout } = draft("forged", [...lines, ...forged]);
  assert.equal(status, 0, stdout);
  const path = join(OUT, "forged.toml");
  const found = runCommands([["filter", "test", path]])[0];
  assert.equal(found?.status, 0, found?.stdout ?? "");
  const read = readFilter(parse(text), path);
  assert.ok(read.ok);
  const filter = compileFilter(read.value, "normal");
  assert.ok(filter.ok);
  const accused: (string | undefined)[] = [];
  createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0).route(
    {
      ...{ text: forged.map((line) => `${line}\n`).join(""), fields: undefined },
      ...{ arrival: "backlog", cursor: undefined },
    },
    instant(0),
    { matched: (_entry, { ip }) => void accused.push(ip), unrecognized() {} },
  );
  assert.deepEqual(new Set(accused), new Set(["198.51.100.99"]));
});

test("nothing is written if no kind can be a failure", () => {
  const { status, stdout } = draft("quiet", ["cache refreshed", "cache refreshed"]);
  assert.equal(status, 1);
  assert.match(stdout, /^Nothing was written, because no kind of message is a failure\./m);
});

test("only lines of the program called like the filter are used, if there are any", () => {
  const own = failures(
    (name, ip) => `Nov 28 09:19:50 host mine[1]: login failed for ${name} from ${ip}`,
  );
  const other = failures((name, ip) => `Nov 28 09:19:50 host other[1]: denied ${name} from ${ip}`);
  const { stdout, text } = draft("mine", [...own, ...other]);
  assert.match(stdout, /6 lines of other programs left out/);
  assert.match(text, /^programs = \["mine"\]$/m);
  assert.doesNotMatch(text, /denied/);
});

test("a long sample is bounded", () => {
  mkdirSync(OUT, { recursive: true });
  const lines = Array.from(
    { length: 60_000 },
    (_, n) => `login failed for user u${n % 7} from 198.51.100.${n % 200}`,
  );
  const { stdout, status } = draft("long", lines);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^50000 lines .*the rest of the sample was not read/);
});

for (const name of ["myapp", "sshd"])
  test(`the printed next commands work for a draft called ${name}, and no unverified draft stops the daemon`, () => {
    const etc = mkdtempSync(join(FOLDER, "etc-"));
    const own = join(etc, "filters.d");
    mkdirSync(own);
    const config = join(etc, "bailiff.toml");
    const paths = `state = "${etc}/state"\nsocket = "${etc}/socket"\n`;
    writeFileSync(config, `filters.directories = ["${own}"]\n[daemon]\n${paths}`);
    const bailiff = (...argv: readonly string[]): CommandEnd =>
      runCommands([["--config", config, ...argv]])[0] ?? assert.fail();
    const lines = failures(
      (user, ip) => `Nov 28 09:19:59 host ${name}[4]: denied entry of ${user} by ${ip}`,
    );
    const [line = ""] = lines;
    const log = sample(`next-${name}`, lines);
    // A shipped filter's name is taken, so its draft is moved into the directory.
    const draftName = name === "sshd" ? "draft" : name;
    const drafted = bailiff("filter", "new", draftName, "--yes", log);
    assert.equal(drafted.status, 0, drafted.stderr);
    if (name !== draftName) {
      const text = readFileSync(join(own, `${draftName}.toml`), "utf8");
      rmSync(join(own, `${draftName}.toml`));
      writeFileSync(join(own, `${name}.toml`), text.replace(/^name = .*/m, `name = "${name}"`));
    }
    const checked = bailiff("check", "--json");
    assert.equal(checked.status, 0, checked.stdout);
    assert.match(
      bailiff("services").stdout,
      new RegExp(`^${name} .* not verified .*enable ${name} --unverified$`, "m"),
    );
    const next = drafted.stdout.matchAll(/^ {2}bailiff --config \S+ (.+)$/gm);
    const commands = [...next].map(([, words = ""]) =>
      [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = ""]) =>
        (quoted ?? plain).replace(/^draft$/, name).replace("A LINE OF THE LOG", line),
      ),
    );
    assert.deepEqual(
      commands.map(([word, second]) => (word === "filter" ? second : word)),
      ["test", "explain", "enable"],
    );
    for (const argv of [...commands, ["check"]]) {
      const { status, stdout, stderr } = bailiff(...argv);
      assert.equal(status, 0, `${argv.join(" ")}: ${stdout}${stderr}`);
    }
    const jails = bailiff("check").stdout;
    assert.match(jails, new RegExp(`^${name} +yes `, "m"));
  });
