/** A default of the schema as it is written in TOML: texts, numbers, switches and lists of them. */
export function tomlValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(tomlValue).join(", ")}]` : JSON.stringify(value);
}
