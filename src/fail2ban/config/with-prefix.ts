/** Converts 192.0.2.0/255.255.255.0 to 192.0.2.0/24. */
export function withPrefix(entry: string): string {
  const [address = "", mask] = entry.split("/");
  if (mask === undefined || !/^\d+\.\d+\.\d+\.\d+$/.test(mask)) return entry;
  const bits = mask.split(".").map((part) => Number(part).toString(2).padStart(8, "0"));
  const joined = bits.join("");
  return /^1*0*$/.test(joined) ? `${address}/${joined.lastIndexOf("1") + 1}` : entry;
}
