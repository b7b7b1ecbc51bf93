/** Each file and program that a channel names is checked before a notice needs it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CHANNEL_KINDS } from "../config/channels/channel-kinds.ts";
import { parseConfig } from "../config/parse-config.ts";
import { doubtChannels } from "./doubt-channels.ts";

const FOLDER = mkdtempSync(join(tmpdir(), `bailiff-channels-${process.pid}-`));
after(() => rmSync(FOLDER, { recursive: true }));

const CONTEXT = { paths: { state: "/state", socket: "/socket" }, ports: new Map() };
const MAIL = 'kind = "smtp"\nhost = "mail.example.org"\nfrom = "a@example.org"\nto = ["root"]\n';

function write(name: string, content: string, mode = 0o600): string {
  const path = join(FOLDER, name);
  writeFileSync(path, content, { mode });
  return path;
}

/** Returns what is doubted in [notify.ops] with these keys, and what to do about it. */
async function doubtsOf(keys: string): Promise<readonly string[]> {
  const path = write("bailiff.toml", `[notify.ops]\n${keys}`);
  const config = await parseConfig([{ path, text: `[notify.ops]\n${keys}` }], CONTEXT);
  assert.ok(config.ok, JSON.stringify(config));
  const doubts = await doubtChannels(config.value);
  return doubts.map(({ doubt, fix }) => `${doubt.replaceAll(`${FOLDER}/`, "")} (${fix})`);
}

const READABLE = write("secret", "tk_12345678\n");
const URL_FILE = write("url", "https://hooks.example.org/T0\n");
const WORDS = write("words", "tk_12345678 two\n");
const OPEN = write("open", "tk_12345678\n", 0o644);
const PEM = write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
execFileSync("mkfifo", [join(FOLDER, "pipe")]);

const TELEGRAM = 'kind = "telegram"\nchat = "1"\ntoken_file =';
const NONE = `"${FOLDER}/none"`;

const FAULTS: readonly (readonly [keys: string, expected: RegExp])[] = [
  [
    `${TELEGRAM} ${NONE}`,
    /^bailiff\.toml:4:1: channel ops: none cannot be read: no such file or directory \(write the token there on one line, .*chmod 600\); or correct "token_file"\)$/,
  ],
  [`${TELEGRAM} "${OPEN}"`, /:4:1: channel ops: other users may read open: chmod 600 open/],
  [`${TELEGRAM} "${FOLDER}/pipe"`, /:4:1: channel ops: pipe is not a regular file/],
  [`${TELEGRAM} "${WORDS}"`, /:4:1: channel ops: words does not contain a key on one line/],
  [
    `${TELEGRAM} "/run/credentials/bailiff.service/none"`,
    /cannot be read: .* \(the unit of the daemon gives it with LoadCredential=NAME:FILE /,
  ],
  [`${MAIL}user = "a"\npassword_file = ${NONE}`, /:7:1: .*\(write the password there on one line/],
  [`${MAIL}ca_file = ${NONE}`, /:6:1: .* cannot be read: .* or correct "ca_file"\)$/],
  [`${MAIL}ca_file = "${READABLE}"`, /:6:1: .*secret contains no certificate in PEM form/],
  [`kind = "slack"\nurl_file = ${NONE}`, /:3:1: .*\(write the address, such as https:/],
  [`kind = "slack"\nurl_file = "${READABLE}"`, /:3:1: .*does not contain an http or https address/],
  [`kind = "slack"\nurl_file = "${FOLDER}/pipe"`, /:3:1: .*pipe is not a regular file/],
  [
    'kind = "command"\nrun = ["/no/such"]',
    /:3:1: .*the program of "run", \/no\/such, was not found/,
  ],
  [
    'kind = "sendmail"\nto = ["root"]\nprogram = "/no/such"',
    /:4:1: .*"program", \/no\/such, was not found .* \(install it, or correct "program"\)/,
  ],
];

for (const [keys, expected] of FAULTS)
  test(`a channel with a fault on this host: ${keys.replaceAll("\n", "; ")}`, async () => {
    const doubts = await doubtsOf(keys);
    assert.equal(doubts.length, 1);
    assert.match(doubts[0] ?? "", expected);
    assert.doesNotMatch(doubts[0] ?? "", /tk_1234/);
  });

test("a channel that lacks nothing is in no doubt", async () => {
  for (const keys of [
    `${TELEGRAM} "${READABLE}"`,
    `${MAIL}user = "a"\npassword_file = "${READABLE}"\nca_file = "${PEM}"`,
    MAIL,
    `kind = "slack"\nurl_file = "${URL_FILE}"`,
    'kind = "slack"\nurl = "https://hooks.example.org/T0"',
    'kind = "ntfy"\ntopic = "x"',
    'kind = "command"\nrun = ["/bin/true"]',
  ])
    assert.deepEqual(await doubtsOf(keys), [], keys);
});

test("every key of a channel that names a file is checked", () => {
  const named = Object.values(CHANNEL_KINDS).flatMap(({ keys }) =>
    Object.entries(keys).flatMap(([key, { is }]) => (is === "path" ? [key] : [])),
  );
  const checked = ["ca_file", "password_file", "program", "token_file", "url_file"];
  assert.deepEqual([...new Set(named)].sort(), checked);
});
