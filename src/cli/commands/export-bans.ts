/**
 * Formats bans for other programs: lists of addresses, and commands for nft and ipset. All formats except csv leave out
 * observed bans.
 */
import type { BanReply } from "../../control/ban-messages.ts";
import { formatBansCsv } from "../../control/bans-csv.ts";
import type { Instant } from "../../domain/instant.ts";
import {
  maskIp,
  parseSubject,
  splitSubject,
  type Subject,
  subjectRange,
  widthOf,
} from "../../domain/cidr.ts";
import { MAX_HOLD } from "../../domain/enforcer.ts";
import { ipFromBits } from "../../domain/ip.ts";
import { splitNested } from "./export-bans/split-nested.ts";
import type { BanFormat } from "./shared-options.ts";

export type ExportFormat = Exclude<BanFormat, "json">;

/** Maximum timeout of an ipset element, in seconds; the kernel counts it in milliseconds of 32 bits. */
const MAX_IPSET_SECONDS = 2_147_483;

const NFT_TABLE = "inet bailiff_export";

/** A subject that some jail bans, until its last ban ends. */
interface Exported {
  readonly subject: Subject;
  readonly family: "ipv4" | "ipv6";
  /** Seconds, at least 1; undefined: permanent. */
  readonly seconds: number | undefined;
}

/** Returns the bans as text without a final line feed; empty: there is nothing to export. */
export function exportBans(bans: readonly BanReply[], format: ExportFormat, now: Instant): string {
  return WRITERS[format](bans, now).join("\n");
}

type Writer = (bans: readonly BanReply[], now: Instant) => readonly string[];

const WRITERS: Record<ExportFormat, Writer> = {
  plain: (bans, now) => exportedOf(bans, now).map(({ subject }) => subject),
  csv: formatBansCsv,
  nft: (bans, now) => writeNft(exportedOf(bans, now)),
  ipset: (bans, now) => writeIpset(exportedOf(bans, now)),
};

/** Each subject once, with its latest end. Observed bans are left out: nobody loads them to only observe. */
function exportedOf(bans: readonly BanReply[], now: Instant): readonly Exported[] {
  const found = new Map<string, Exported>();
  for (const { subject: text, state, until } of bans) {
    const subject = parseSubject(text);
    if (subject === undefined || state === "observed") continue;
    const { family } = splitSubject(subject);
    const left = until === null ? undefined : Math.ceil((Date.parse(until) - now) / 1000);
    if (left !== undefined && left <= 0) continue;
    const before = found.get(subject);
    const seconds =
      left === undefined || (before !== undefined && before.seconds === undefined)
        ? undefined
        : Math.max(left, before?.seconds ?? 1);
    found.set(subject, { subject, family, seconds });
  }
  return [...found.values()];
}

/** Commands for `nft -f`. They replace what an earlier export added. Elements of a set must not overlap. */
function writeNft(exported: readonly Exported[]): readonly string[] {
  return [
    "# To use it, add rules such as: ip saddr @ipv4 drop; ip6 saddr @ipv6 drop",
    `add table ${NFT_TABLE}`,
    ...(["ipv4", "ipv6"] as const).flatMap((family) => [
      `add set ${NFT_TABLE} ${family} { type ${family}_addr; flags interval, timeout; }`,
      `flush set ${NFT_TABLE} ${family}`,
      ...nftElements(family, exported),
    ]),
  ];
}

function nftElements(family: Exported["family"], exported: readonly Exported[]): readonly string[] {
  const bans = exported.filter((one) => one.family === family);
  if (bans.length === 0) return [];
  const elements = splitNested(
    bans.map(({ subject, seconds = Number.POSITIVE_INFINITY }) => {
      const { first, last } = subjectRange(subject);
      return { first, last, seconds };
    }),
  );
  return [
    `add element ${NFT_TABLE} ${family} {`,
    ...elements.map(({ first, last, seconds }) => {
      const left = Math.min(seconds, MAX_HOLD / 1000);
      const timeout = seconds === Number.POSITIVE_INFINITY ? "" : ` timeout ${left}s`;
      return `  ${describeRange(first, last, family)}${timeout},`;
    }),
    "}",
  ];
}

/** Returns an address, a network, or a range such as "192.0.2.0-192.0.2.8". */
function describeRange(first: bigint, last: bigint, family: Exported["family"]): string {
  const [from, to] = [ipFromBits(first, family), ipFromBits(last, family)];
  if (first === last) return from;
  const hostBits = (last - first).toString(2).length;
  const network = maskIp(from, widthOf(family) - hostBits);
  const whole = subjectRange(network);
  return whole.first === first && whole.last === last ? network : `${from}-${to}`;
}

/** Commands for `ipset restore`. They replace what an earlier export added. */
function writeIpset(exported: readonly Exported[]): readonly string[] {
  const size = Math.max(65_536, exported.length);
  return [
    ...["inet", "inet6"].flatMap((family) => [
      `create ${ipsetName(family)} hash:net family ${family} maxelem ${size} timeout 0 -exist`,
      `flush ${ipsetName(family)}`,
    ]),
    ...exported.map(({ subject, family, seconds }) => {
      const timeout = Math.min(seconds ?? 0, MAX_IPSET_SECONDS);
      return `add ${ipsetName(family === "ipv4" ? "inet" : "inet6")} ${subject} timeout ${timeout}`;
    }),
  ];
}

function ipsetName(family: string): string {
  return family === "inet" ? "bailiff_export4" : "bailiff_export6";
}
