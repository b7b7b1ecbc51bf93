/** Removes possible secrets from a value, judged by the name of its key and by its form. */

const SECRET_KEY = /url|token|pass|secret|auth|credential|header|(^|_)key($|_)/i;
const URL_PATTERN = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@]*@)?([^\s/?#]+)[^\s]*/gi;
const ASSIGNMENT = /\b([\w-]*(?:pass|token|secret|key|auth)[\w-]*\s*[=:]\s*)\S+/gi;
const LEFT_OUT = "(left out)";

/** Copies plain data without possible secrets. A URL keeps its host. */
export function redact(value: unknown, key = ""): unknown {
  if (typeof value === "string") return redactText(value, key);
  if (Array.isArray(value)) return value.map((item) => redact(item, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, redact(one, name)]));
}

function redactText(text: string, key: string): string {
  const plain = text
    .replace(URL_PATTERN, (_all, scheme: string, host: string) => `${scheme}${host}/${LEFT_OUT}`)
    .replace(ASSIGNMENT, (_all, name: string) => `${name}${LEFT_OUT}`);
  return SECRET_KEY.test(key) && plain === text ? LEFT_OUT : plain;
}
