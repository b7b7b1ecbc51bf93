/** Parses fail2ban's ignorecache: key="<ip>",max-count=100,max-time=5m. */
import { parseNamedOptions } from "../../config/named-options.ts";
import { readSeconds } from "../../config/read-seconds.ts";

export interface Cache {
  readonly key: string;
  readonly count: number;
  readonly seconds: number;
}

/** Parses the option. An empty text disables the cache; undefined: the text is invalid. */
export function readCache(text: string): Cache | undefined {
  if (text.trim() === "") return { key: "", count: 0, seconds: 0 };
  const parsed = parseNamedOptions(`cache[${text}]`);
  if (!parsed.ok) return undefined;
  const { options } = parsed.value;
  const seconds = readSeconds(options.get("max-time") ?? "5m");
  const count = Number(options.get("max-count") ?? 100);
  if (!seconds.ok || seconds.value < 0 || !Number.isInteger(count)) return undefined;
  return { key: options.get("key") ?? "", count, seconds: Math.round(seconds.value) };
}
