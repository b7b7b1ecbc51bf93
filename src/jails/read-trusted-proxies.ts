/** Reads the trusted proxies on a command line, in the syntax of the configuration. */
import { proxyListKind } from "../config/kinds/proxy-list-kind.ts";
import { createTrustedProxies, type TrustedProxies } from "../detect/trusted-proxies.ts";
import { CodedError } from "../domain/errors.ts";

/** Returns undefined if the command line names no proxy. */
export function readTrustedProxies(names: readonly string[]): TrustedProxies | undefined {
  if (names.length === 0) return undefined;
  const read = proxyListKind.read(names, {}, new Map());
  if (read.ok) return createTrustedProxies(read.value.flatMap(({ subjects }) => subjects));
  const [first] = read.error;
  throw new CodedError(
    "usage",
    `--proxy: found ${first?.got}, expected ${first?.expected}`,
    first?.hint === undefined ? {} : { hint: first.hint },
  );
}
