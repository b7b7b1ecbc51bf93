/** Explains why no row of a log that names its columns can be read. */

export type UnknownColumns =
  | { readonly kind: "no header" }
  | { readonly kind: "no directive" }
  | {
      readonly kind: "missing";
      readonly missing: readonly string[];
      readonly names: readonly string[];
    };

const MAX_NAMES = 20;

/** Explains it for people. */
export function explainColumns(unknown: UnknownColumns): string {
  if (unknown.kind === "no header") return `no line before its rows names the columns ${BOUND}`;
  if (unknown.kind === "no directive")
    return `no #Fields line that can be believed is before its rows ${BOUND}`;
  const { missing, names } = unknown;
  const shown = [...names.slice(0, MAX_NAMES), ...(names.length > MAX_NAMES ? ["…"] : [])];
  return `its last header lacks ${missing.join(", ")}: ${shown.join(", ")}`;
}

/** That of MAX_EARLIER_BYTES. */
const BOUND = "(1 GiB before them is searched)";
