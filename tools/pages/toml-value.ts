/** Formats a default of the schema as TOML: a text, number, boolean or list. */
export function tomlValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(tomlValue).join(", ")}]` : JSON.stringify(value);
}
