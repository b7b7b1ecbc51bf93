/** Rewords advice about bailiff.toml into options of fail2ban's jail.local, for jails configured there. */
const SOURCE = /\[jails\.(?<jail>[^\]]+)\] source = \{ (?<form>[^}]*) \}/g;
const PORTS = /\bports = \[(?<list>[^\]]*)\]/g;
const ALL_PORTS = /\bports = "all"/g;
const QUOTED = /"(?<text>[^"]*)"/g;

export function fixInFail2banTerms(fix: string): string {
  return fix
    .replace(SOURCE, (...match) => {
      const { jail = "", form = "" } = groupsOf(match);
      return `[${jail}] ${sourceOptions(form)}`;
    })
    .replace(PORTS, (...match) => `port = ${portsOf(groupsOf(match)["list"] ?? "")}`)
    .replace(ALL_PORTS, "banaction = %(banaction_allports)s")
    .replace(GROWTH, (key) => GROWTH_KEYS.get(key) ?? key);
}

/** Keys of the ban time increment, each with fail2ban's option. */
const GROWTH_KEYS: ReadonlyMap<string, string> = new Map([
  ["increment = { enabled = false }", "bantime.increment = false"],
  ["increment.maxtime", "bantime.maxtime"],
  ["increment.jitter", "bantime.rndtime"],
  ["increment", "bantime.increment"],
]);
const GROWTH = /(?<!bantime\.)\bincrement(?:\.maxtime|\.jitter| = \{ enabled = false \}|\b)/g;

/** Converts the inside of `source = { … }`, which is `file = ["…"]` or `journal = ["…"], directory = "…"`. */
function sourceOptions(form: string): string {
  const [lists = "", directory] = form.split(/, directory = /);
  const texts = textsIn(lists);
  if (lists.startsWith("file")) return `logpath = ${texts.join(" ")}`;
  const backend = directory === undefined ? "" : `[journalpath=${textsIn(directory).join("")}]`;
  return `backend = systemd${backend}, journalmatch = ${texts.join(" + ")}`;
}

function portsOf(list: string): string {
  return list
    .replaceAll('"', "")
    .replace(/\/(?:tcp|udp)\b/g, "")
    .replaceAll(", ", ",");
}

function textsIn(text: string): readonly string[] {
  return [...text.matchAll(QUOTED)].map(({ groups }) => groups?.["text"] ?? "");
}

/** Returns the named groups, which are the last argument of a replacer function. */
function groupsOf(match: readonly unknown[]): Readonly<Record<string, string | undefined>> {
  const last = match.at(-1);
  const isRecord = (value: unknown): value is Record<string, string | undefined> =>
    typeof value === "object" && value !== null;
  return isRecord(last) ? last : {};
}
