/** The pictures of docs/detection.md are what the daemon really does: each is drawn from a run in virtual time. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "../scenario/virtual-daemon.ts";

const PAGE = readFileSync(new URL("../../docs/detection.md", import.meta.url), "utf8");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Attempt {
  /** Milliseconds after the picture begins; before it, nothing is drawn. */
  readonly at: number;
  readonly ip: string;
  readonly says: string;
}

interface Picture {
  readonly section: string;
  readonly detect: string;
  /** Time of one column, in milliseconds, and for display. */
  readonly column: readonly [length: number, name: string];
  /** Addresses to draw. */
  readonly rows: readonly string[];
  readonly attempts: readonly Attempt[];
}

const failed = (ip: string, user = "root"): string =>
  `Failed password for ${user} from ${ip} port 40022 ssh2`;
const unknown = (ip: string, user: string): string => `Invalid user ${user} from ${ip} port 40022`;
const accepted = (ip: string): string => `Accepted password for alice from ${ip} port 40022 ssh2`;

/** The attempts of one address, `gap` milliseconds apart. */
function series(ip: string, gap: number, says: readonly string[], from = 0): readonly Attempt[] {
  return says.map((one, i) => ({ at: from + i * gap, ip, says: one }));
}

const repeated = (text: string, count: number): readonly string[] =>
  Array<string>(count).fill(text);
const hosts = (network: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${network}.${i + 1}`);

const ALICE = "198.51.100.7";
const BOT = "192.0.2.7";
const TRAP = "192.0.2.8";
const WAVE = hosts("203.0.113", 9);
const NETWORK = hosts("192.0.2", 11);
const FAR = Array.from({ length: 24 }, (_, i) => `2001:db8:${i + 1}::7`);

/** Five days of noise and logins, before which no campaign is found. */
const QUIET = Array.from({ length: 20 }, (_, i) => i * 6 * HOUR - 120 * HOUR).flatMap((at, i) => [
  { at, ip: `203.0.113.${i + 1}`, says: failed(`203.0.113.${i + 1}`) },
  { at, ip: ALICE, says: accepted(ALICE) },
]);

const PICTURES: readonly Picture[] = [
  {
    section: "Slow guessing",
    detect: 'slow = "act"',
    column: [30 * MINUTE, "half an hour"],
    rows: [BOT, ALICE],
    attempts: [
      ...series(BOT, 30 * MINUTE, repeated(failed(BOT), 20)),
      ...series(ALICE, 30 * MINUTE, [
        failed(ALICE, "alice"),
        failed(ALICE, "alice"),
        accepted(ALICE),
      ]),
    ],
  },
  {
    section: "Evidence",
    detect: 'evidence = "act", honeypot_users = ["trap"]',
    column: [MINUTE, "a minute"],
    rows: [BOT, TRAP, ALICE],
    attempts: [
      ...series(
        BOT,
        MINUTE,
        ["admin", "oracle", "test", "user", "git"].map((name) => unknown(BOT, name)),
      ),
      ...series(TRAP, MINUTE, repeated(unknown(TRAP, "trap"), 3)),
      ...series(ALICE, MINUTE, [...repeated(failed(ALICE, "alice"), 3), accepted(ALICE)]),
    ],
  },
  {
    section: "Siege",
    detect: 'siege = "act"',
    column: [10 * MINUTE, "ten minutes"],
    rows: [...WAVE, ALICE],
    attempts: [
      ...WAVE.flatMap((ip, i) =>
        series(ip, HOUR, repeated(unknown(ip, "oracle"), 3), i * 10 * MINUTE),
      ),
      ...series(
        ALICE,
        20 * MINUTE,
        [...repeated(failed(ALICE, "alice"), 3), accepted(ALICE)],
        HOUR,
      ),
    ],
  },
  {
    section: "Campaigns",
    detect: 'campaigns = "act", accounts = "act"',
    column: [MINUTE, "a minute"],
    rows: [...FAR.slice(0, 2), ...FAR.slice(16, 24), ALICE],
    attempts: [
      ...QUIET,
      ...FAR.flatMap((ip, i) =>
        series(ip, 12 * MINUTE, repeated(unknown(ip, "backup"), 3), i * MINUTE),
      ),
      ...series(
        ALICE,
        MINUTE,
        [...repeated(failed(ALICE, "alice"), 2), accepted(ALICE)],
        20 * MINUTE,
      ),
    ],
  },
  {
    section: "Networks",
    detect: 'subnets = "act"',
    column: [10 * MINUTE, "ten minutes"],
    rows: [...NETWORK, ALICE],
    attempts: [
      ...NETWORK.flatMap((ip, i) => series(ip, 2 * HOUR, repeated(failed(ip), 2), i * 10 * MINUTE)),
      ...series(ALICE, 10 * MINUTE, [failed(ALICE, "alice"), accepted(ALICE)]),
    ],
  },
];

const OFF = ["slow", "evidence", "siege", "campaigns", "accounts", "subnets"];

function configOf({ detect }: Picture): string {
  const others = OFF.filter((name) => !detect.includes(`${name} =`)).map(
    (name) => `${name} = "off"`,
  );
  return `[defaults]
enforcer = "memory"
bantime = "1d"
detect = { ${[detect, ...others].join(", ")} }

[jails.sshd]
source = { file = ["/story"] }
`;
}

const STOPPED = "·";
const BANNED = "B";
const LOGIN = "L";
const FAILED = "x";

/** Reads the line unless a ban stops it, and returns what happened. */
async function happen(daemon: VirtualDaemon, { ip, says }: Attempt): Promise<string> {
  if (await daemon.holds(literalSubject(ip))) return STOPPED;
  await daemon.read([`${new Date(daemon.now()).toISOString()} host sshd${says}`], "live");
  if (says.includes("Accepted")) return LOGIN;
  return (await daemon.holds(literalSubject(ip))) ? BANNED : FAILED;
}

async function draw(picture: Picture): Promise<string> {
  const { rows, column, attempts } = picture;
  const [length, name] = column;
  await using daemon = await openVirtualDaemon(configOf(picture));
  const first = Math.min(...attempts.map(({ at }) => at));
  const cells = new Map<string, string[]>();
  let reason = "";
  let pid = 100;
  for (const attempt of attempts.toSorted((a, b) => a.at - b.at)) {
    await daemon.passTo(attempt.at - first);
    pid++;
    const mark = await happen(daemon, { ...attempt, says: `[${pid}]: ${attempt.says}` });
    if (attempt.at >= 0) {
      const row = cells.getOrInsertComputed(attempt.ip, () => []);
      row[Math.floor(attempt.at / length)] = mark;
    }
    const [ban] = mark === BANNED ? daemon.bansOf(literalSubject(attempt.ip)) : [];
    reason ||= ban?.reason ?? "";
  }
  const lines = rows.map((ip) => {
    const row = Array.from(cells.get(ip) ?? [], (mark: string | undefined) => mark ?? " ");
    return `${ip.padEnd(15)} ${row.join("")}`.trimEnd();
  });
  return [
    ...lines,
    `x failed   B failed, and banned   · stopped by a ban   L login   one column: ${name}`,
    reason,
  ].join("\n");
}

for (const picture of PICTURES)
  test(`the picture of "${picture.section}" is what the daemon does`, async () => {
    const [, section = ""] = PAGE.split(`\n## ${picture.section}\n`);
    const [, shown] = /```text\n(.*?)\n```/s.exec(section.split("\n## ")[0] ?? "") ?? [];
    assert.equal(shown, await draw(picture));
  });
