/** Writes the table of abilities into docs/firewalls.md; the rest of the page is written by hand. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ABILITIES, type StatedAbilities } from "../../src/firewall/enforcer-abilities.ts";
import { cell } from "./markdown-cell.ts";

const PATH = join(import.meta.dirname, "../../docs/firewalls.md");
const BEGIN =
  "<!-- Generated from src/firewall/enforcer-abilities.ts by tools/docs.ts. Do not edit. -->\n";
const END = "<!-- End of the generated table. -->\n";
const DEPENDS = "depends";

const COLUMNS: Readonly<Record<string, (abilities: StatedAbilities) => string>> = {
  "single ports": ({ scopes, depends }) =>
    depends?.includes("scopes") === true ? DEPENDS : yesNo(scopes === "ports"),
  networks: ({ networks = DEPENDS }) => networks,
  "ends bans itself": ({ expires, maxHold, depends }) => {
    if (depends?.includes("expires") === true) return DEPENDS;
    return maxHold === undefined
      ? yesNo(expires)
      : `${Math.floor(maxHold / 86_400_000)} days ahead`;
  },
  "counts packets": ({ counts, depends }) =>
    depends?.includes("counts") === true ? DEPENDS : yesNo(counts),
  limit: ({ capacity, depends }) =>
    depends?.includes("capacity") === true
      ? DEPENDS
      : (capacity?.toLocaleString("en-US") ?? "memory"),
  "open connections": ({ openConnections = DEPENDS }) => openConnections,
  "after a reboot": ({ survivesReboot }) =>
    survivesReboot === undefined ? DEPENDS : survivesReboot ? "still there" : "gone",
  "`bailiff restore`": ({ isRestored }) => yesNo(isRestored),
};

export async function renderAbilities(): Promise<string> {
  const page = await readFile(PATH, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/firewalls.md lacks the line ${BEGIN}`);
  return page.slice(0, begin + BEGIN.length) + table() + page.slice(end);
}

function table(): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const head = ["", ...Object.keys(COLUMNS)];
  const rows = Object.entries(ABILITIES).map(([name, abilities]) =>
    row([name, ...Object.values(COLUMNS).map((column) => column(abilities))]),
  );
  return `\n${[row(head), row(head.map(() => "---")), ...rows].join("\n")}\n\n`;
}

function yesNo(is: boolean): string {
  return is ? "yes" : "no";
}
