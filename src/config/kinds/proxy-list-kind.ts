/** Reads trusted_proxies: addresses, networks, and names of content delivery networks whose networks are published. */
import { CDN_LISTS, CDN_NAMES } from "../../domain/cdn-networks.ts";
import { explainZone, parseSubject, type Subject } from "../../domain/cidr.ts";
import { didYouMean } from "../../domain/did-you-mean.ts";
import { fail, ok } from "../../domain/result.ts";
import { describeWideNetwork } from "../../domain/wide-network.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake, type Reading } from "./kind.ts";
import { readList } from "../read-list.ts";

export interface ProxyEntry {
  /** The entry as written, or in canonical form. */
  readonly name: string;
  readonly subjects: readonly Subject[];
  /** Whether the entry names a content delivery network, whose proxies work for any customer. */
  readonly isCdn: boolean;
}

const ENTRY = `an address, a network such as "10.0.0.0/24", or ${CDN_NAMES.map((name) => `"${name}"`).join(", ")}`;

export const proxyListKind: Kind<readonly ProxyEntry[]> = {
  describe: () =>
    `a list of addresses, networks and names of networks such as ["10.0.0.2", "cloudflare"]`,
  read(value, limits) {
    return readList(value, { expected: this.describe(limits), least: 0, readOne });
  },
};

function readOne(value: unknown): Reading<ProxyEntry> {
  const refused = (hint?: string): Reading<ProxyEntry> =>
    fail(mistake(describeValue(value), ENTRY, hint));
  if (typeof value !== "string") return refused();
  const list = CDN_LISTS.find(({ name }) => name === value);
  if (list !== undefined) return ok({ name: value, subjects: list.networks, isCdn: true });
  const subject = parseSubject(value);
  if (subject === undefined) return refused(suggest(value));
  const wide = describeWideNetwork(subject);
  if (wide === undefined) return ok({ name: subject, subjects: [subject], isCdn: false });
  return refused(
    `that is ${wide}, and any client in it could accuse others: list only the proxies`,
  );
}

function suggest(text: string): string | undefined {
  const near = didYouMean(text, CDN_NAMES);
  if (near !== undefined) return `did you mean "${near}"?`;
  const zone = explainZone(text);
  if (zone !== undefined) return zone;
  return /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$/i.test(text)
    ? "write its addresses: who controls the name's zone would decide whom this host bans"
    : undefined;
}
