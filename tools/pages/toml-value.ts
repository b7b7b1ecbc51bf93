/** Formats a default of the schema as TOML: texts, numbers, booleans and lists. */
export function tomlValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(tomlValue).join(", ")}]` : JSON.stringify(value);
}
