/**
 * Our fail2ban-regex prints the same as the real one: rows of large logs line by line, and every form of its report.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeLog } from "../../../bench/generate-log.ts";
import { fuzzCount, fuzzSample } from "../../fuzz-rounds.ts";
import { filtersWithSamples, readSamples } from "./read-samples.ts";
import { normalized, runOurs, runTheirs } from "./regex-tool.ts";

const folder = mkdtempSync(join(tmpdir(), "bailiff-regex-"));
after(() => rmSync(folder, { recursive: true }));

/** A path, because a plain name would be that of a jail. */
const FILTERS = "/etc/fail2ban/filter.d";
const SSHD: string = join(FILTERS, "sshd");

/** bailiff never looks up host names, so the look-up is turned off in both. */
const NO_DNS = "--usedns=no";

function compare(words: readonly string[]): string {
  const theirs = runTheirs(words);
  const ours = runOurs(words);
  assert.equal(ours.code, theirs.code, words.join(" "));
  assertSameLines(
    normalized(ours.output).split("\n"),
    normalized(theirs.output).split("\n"),
    words,
  );
  return theirs.output;
}

/** Reports only the first different line, because the outputs are long. */
function assertSameLines(
  ours: readonly string[],
  theirs: readonly string[],
  words: readonly string[],
): void {
  const at = theirs.findIndex((line, i) => line !== ours[i]);
  const place = `line ${at + 1} of fail2ban-regex ${words.join(" ")}`;
  assert.deepEqual({ line: ours[at] }, { line: theirs[at] }, place);
  assert.equal(ours.length, theirs.length, place);
}

/** The real program reads only a few thousand lines a second. */
const MAX_LINES = 200_000;
const LOGS = [
  { lines: Math.min(fuzzCount(2000), MAX_LINES), attacks: 0.5, header: "rfc3164", seed: 1 },
  { lines: Math.min(fuzzCount(5000), MAX_LINES), attacks: 0.5, header: "rfc3339", seed: 2 },
] as const;

for (const log of LOGS) {
  test(`the same rows for ${log.lines} generated lines with ${log.header} timestamps`, () => {
    const path = join(folder, `${log.header}.log`);
    writeLog(path, log);
    for (const filter of ["sshd", "sshd[mode=aggressive]", "pam-generic"]) {
      const rows = compare(["-o", "row", path, join(FILTERS, filter)]).split("\n").length - 1;
      assert.ok(rows > log.lines / 100, `${filter}: ${rows} rows`);
    }
    compare([path, SSHD]);
  });
}

test("the same rows for sample lines of filters", () => {
  let rows = 0;
  const filters = fuzzSample(filtersWithSamples("/etc/fail2ban"), 12);
  for (const filter of filters) {
    const path = join(folder, `${filter}.log`);
    writeFileSync(
      path,
      readSamples(filter)
        .map(({ line }) => `${line}\n`)
        .join(""),
    );
    rows += compare(["-o", "row", NO_DNS, path, join(FILTERS, filter)]).split("\n").length - 1;
  }
  assert.ok(rows > 4 * filters.length, `${rows} rows of ${filters.length} filters`);
});

const SMALL = join(folder, "small.log");
const LINE =
  "Jan  5 00:00:45 web1 sshd[2021]: Failed password for backup from 192.0.2.112 port 62847 ssh2";
const THREE = "2026-11-11 10:00:00 a\nb 192.0.2.4\n2026-11-11 10:00:01 a 192.0.2.5";

const REPORTS: readonly (readonly string[])[] = [
  [LINE, SSHD],
  ["-v", LINE, `${SSHD}[mode=ddos]`],
  [SMALL, SSHD],
  [SMALL, `${SSHD}.conf`],
  ["-c", FILTERS, SMALL, "pam-generic.conf"],
  ["--print-all-matched", "--print-all-missed", "--print-all-ignored", SMALL, SSHD],
  ["--print-no-missed", "--print-no-ignored", "--no-check-all", SMALL, SSHD],
  ["--print-all-mis", SMALL, `${SSHD}[publickey=invalid]`],
  [SMALL, `${SSHD}[mode=aggressive, logtype=short]`],
  ["-vv", "-d", "{^LN-BEG}", SMALL, `${SSHD}[mode=ddos]`],
  ["-d", "%Y-%m-%d %H:%M:%S", "--TZ", "UTC+0300", THREE, "a <ADDR>$"],
  ["-L", "3", THREE, "a<SKIPLINES>b <F-ID>\\S+</F-ID>$"],
  ["--maxlines=2", "--print-all-matched", THREE, "b <F-ID>\\S+</F-ID>$", "0:00"],
  [THREE, "a <F-ID>\\S+</F-ID>$", "10:00"],
  ["-D", "--print-all-matched", THREE, "a <F-ID>\\S+</F-ID>$"],
  ["a\nb\nc\nd\ne\nf\ng", "<F-ID>g</F-ID>"],
  ["# <F-ID>", "<F-ID>.</F-ID>"],
  ["\r\n\rx 192.0.2.1", "<F-ID>x</F-ID>"],
  ["x 192.0.2.1 y", "no such thing <F-ID>x</F-ID>"],
  // Expressions that are refused.
  ["x", "a (<F-ID>x</F-ID>"],
  ["x", "(?P<a>x)(?P<a>y)<F-ID>x</F-ID>"],
  ["x", "a"],
  ["x", ""],
  ["x", " "],
  ["x", "<F-ID>x</F-ID>", ""],
  ["x", "(?P=nosuch)<F-ID>x</F-ID>"],
  ["x", "(?(nosuch)a|b)<F-ID>x</F-ID>"],
  ["x", "nosuchfilter"],
  ["--TZ", "Nowhere", "x", "<F-ID>x</F-ID>"],
  ["-V"],
  ["--version"],
  ["--nonsense", "x", "y"],
  ["-L", "x", "x", "y"],
];

test("forms of the report are the same", () => {
  writeLog(SMALL, { lines: 1000, attacks: 0.5, header: "rfc3164", seed: 3 });
  for (const words of fuzzSample(REPORTS, 16)) compare(words);
});

/** LOG, REGEX and options that once gave different rows. */
const ROWS: readonly (readonly string[])[] = [
  // An address does not begin with a single colon.
  ["2026-11-11 10:00:00 failed user:abc x 192.0.2.1", "^ failed .*?<ADDR>"],
  ["2026-11-11 10:00:00 failed from :192.0.2.1", "^ failed from \\S*?<ADDR>"],
  // A network of full prefix length is an address.
  ["2026-11-11 10:00:00 from 203.0.113.9/32", "from <SUBNET>$"],
  ["2026-11-11 10:00:00 from 2001:db8::9/128", "from <SUBNET>$"],
  ["2026-11-11 10:00:00 from 2001:db8::9/64", "from <SUBNET>$"],
  ["2026-11-11 10:00:00 from 203.0.113.9/24", "from <SUBNET>$"],
  // Characters that may surround a number of seconds.
  ["[1700000000 error] 192.0.2.1", "error\\] <ADDR>"],
  ["[1700000000.123 error] 192.0.2.1", "error\\] <ADDR>"],
  ["[[1700000000]] 192.0.2.1", "<ADDR>"],
  ["audit(1700000000.123 x 192.0.2.1", "<ADDR>"],
  ["-d", "^{DATE}", "@4000000050369ddb12345678 x 192.0.2.1", "^ x <ADDR>"],
  ["-d", "{^LN-BEG}{DATE}", "@4000000050369ddb12345678 x 192.0.2.1", "^ x <ADDR>"],
  ["-d", "^{DATE}", "1700000000 x 192.0.2.1", "^ x <ADDR>"],
  // A date at another position of a line, then one as before.
  [
    [
      "Dec 15 08:59:59 a 192.0.2.1",
      "<34>Nov 11 18:57:57 a 192.0.2.1",
      "Dec 15 08:59:59 a 192.0.2.1",
      "CET Oct  9 00:32:58 a 192.0.2.1",
    ].join("\n"),
    "^ a <ADDR>",
  ],
];

test("the same rows for lines that once differed", () => {
  for (const words of fuzzSample(ROWS, 7)) compare(["-o", "row", NO_DNS, ...words]);
});

test("formats of -o print the same", () => {
  writeLog(SMALL, { lines: 1000, attacks: 0.5, header: "rfc3164", seed: 3 });
  const words = ["row", "id", "fid", "ip", "msg", "user", "ip4", "ip6", "dns", "host", "mlfid"];
  const texts = ["<ip> <F-USER> | <msg>", "<fid> <failures> <family>", "<ip><br><F-NONE>."];
  for (const word of fuzzSample([...words, ...texts], 6)) compare(["-o", word, SMALL, SSHD]);
});

test("without LOG and REGEX both report that and exit with code 255", () => {
  for (const words of [[], ["x"], ["a", "b", "c", "d"]]) {
    assert.equal(runTheirs(words).code, 255);
    assert.equal(runOurs(words).code, 255);
  }
  assert.match(runOurs(["-h"]).output, /^Usage: fail2ban-regex \[OPTIONS\] <LOG> <REGEX>/);
});

test("a name is that of a jail before that of a filter, as in newer releases", () => {
  const jails = join(folder, "jails");
  mkdirSync(join(jails, "filter.d"), { recursive: true });
  writeFileSync(
    join(jails, "jail.conf"),
    "[DEFAULT]\nmode = strict\n[shop]\nfilter = shop[mode=%(mode)s]\n[own]\nfailregex = ^ own <ADDR>$\n",
  );
  writeFileSync(
    join(jails, "filter.d/shop.conf"),
    "[Definition]\nfailregex = ^ <mode> <ADDR>$\nmode = mild\n",
  );
  const tried = (line: string, name: string): readonly string[] => {
    const { output } = runOurs(["-c", jails, `2026-11-11 10:00:00 ${line} 192.0.2.7`, name]);
    return output.match(/^Use.* (?:jail|file|options) : .*|^Lines: .*/gm) ?? [];
  };
  const matched = "Lines: 1 lines, 0 ignored, 1 matched, 0 missed";
  const missed = "Lines: 1 lines, 0 ignored, 0 matched, 1 missed";
  assert.deepEqual(tried("strict", "shop"), ["Use             jail : shop", matched]);
  assert.deepEqual(tried("mild", "shop"), ["Use             jail : shop", missed]);
  assert.deepEqual(tried("odd", "shop[mode=odd]"), [
    "Use             jail : shop",
    "Use jail/flt options : {'mode': 'odd'}",
    matched,
  ]);
  assert.deepEqual(tried("own", "own"), ["Use             jail : own", matched]);
  const file = `Use      filter file : shop, basedir: ${jails}`;
  for (const name of ["filter.d/shop", "shop.conf", join(jails, "filter.d/shop")])
    assert.deepEqual(tried("mild", name), [file, matched], name);
});

test("a host name is not looked up, unlike in fail2ban, since its owner could choose the address", () => {
  const line = LINE.replace("192.0.2.112", "localhost");
  const words = ["-o", "id", line, SSHD];
  assert.equal(runTheirs(words).output, "127.0.0.1\n");
  assert.equal(runOurs(words).output, "");
  assert.equal(runOurs(["--raw", ...words]).output, "localhost\n");
  const report = runOurs([line, SSHD]).output;
  assert.match(report, /^Lines: 1 lines, 0 ignored, 0 matched, 1 missed$/m);
  assert.match(report, /^Host names: 1 lines name no address/m);
  assert.match(runOurs(["-r", line, SSHD]).output, /^Lines: .* 1 matched, 0 missed$/m);
});

test("-i prints the lines that are not failures", () => {
  const print = (out: string): string => runOurs(["-o", out, "-i", `${LINE}\nother`, SSHD]).output;
  assert.equal(print("msg"), "other\n");
  assert.match(print("row"), /^\['',\t\d+(?:\.\d+)?,\t\{'fid': ''\}\],\n$/);
  assert.equal(print("<ip>|<matches>"), "|other\n");
});
