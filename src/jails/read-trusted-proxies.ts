/** Reads trusted proxies: entries of the configuration, and the same syntax on a command line. */
import { type ProxyEntry, proxyListKind } from "../config/kinds/proxy-list-kind.ts";
import { createTrustedProxies, type TrustedProxies } from "../detect/trusted-proxies.ts";
import { CodedError } from "../domain/errors.ts";

/** Returns undefined if the command line names no proxy. */
export function readTrustedProxies(names: readonly string[]): TrustedProxies | undefined {
  if (names.length === 0) return undefined;
  const read = proxyListKind.read(names, {}, new Map());
  if (read.ok) return trustedProxiesOf(read.value);
  const [first] = read.error;
  throw new CodedError(
    "usage",
    `--proxy: found ${first?.got}, expected ${first?.expected}`,
    first?.hint === undefined ? {} : { hint: first.hint },
  );
}

export function trustedProxiesOf(entries: readonly ProxyEntry[]): TrustedProxies {
  const subjectsOf = (isCdn: boolean): ProxyEntry["subjects"] =>
    entries.filter((entry) => entry.isCdn === isCdn).flatMap(({ subjects }) => subjects);
  return createTrustedProxies(subjectsOf(false), subjectsOf(true));
}
