/** Formats the table of `stats`: the backend of each jail, and its failures and bans, current and in total. */
import { itemsOf, type PickleValue } from "../pickle-value.ts";
import { pythonText } from "../python-text.ts";

interface Row {
  readonly jail: string;
  readonly backend: string;
  /** Failed now and in total, banned now and in total. */
  readonly numbers: readonly string[];
}

const MIN_WORD = 8;
const MIN_NUMBER = 3;

export function describeStatistics(jails: ReadonlyMap<PickleValue, PickleValue>): string {
  const rows = [...jails].map(([jail, facts]): Row => {
    const [backend = "", ...pairs] = itemsOf(facts) ?? [];
    const numbers = pairs.flatMap((pair) => (itemsOf(pair) ?? []).map(pythonText));
    return { jail: pythonText(jail), backend: pythonText(backend), numbers };
  });
  const word = (texts: readonly string[]): number =>
    Math.max(MIN_WORD, ...texts.map((text) => text.length));
  const widths = {
    jail: word(rows.map(({ jail }) => jail)),
    backend: word(rows.map(({ backend }) => backend)),
    number: Math.max(MIN_NUMBER, ...rows.flatMap(({ numbers }) => numbers.map((n) => n.length))),
  };
  const line = (cross: string): string => {
    const pair = "═".repeat(widths.number * 2 + 5);
    const words = [widths.jail, widths.backend].map((width) => "═".repeat(width + 2));
    return [...words, pair, pair].join(cross);
  };
  const pair = (a: string, b: string): string =>
    ` ${a.padStart(widths.number)} │ ${b.padStart(widths.number)} `;
  const wide = (text: string): string => ` ${text}`.padEnd(widths.number * 2 + 5);
  const blank = (width: number): string => " ".repeat(width + 2);
  const thin = "─".repeat(widths.number * 2 + 5);
  const cell = (text: string, width: number): string => ` ${text.padEnd(width)} `;
  return [
    [blank(widths.jail), blank(widths.backend), wide("Filter"), wide("Actions")].join("║"),
    `${cell("Jail", widths.jail)}║${cell("Backend", widths.backend)}╟${thin}╫${thin}`,
    [blank(widths.jail), blank(widths.backend), pair("cur", "tot"), pair("cur", "tot")].join("║"),
    line("╬"),
    ...rows.map(({ jail, backend, numbers: [a = "", b = "", c = "", d = ""] }) =>
      [cell(jail, widths.jail), cell(backend, widths.backend), pair(a, b), pair(c, d)].join("║"),
    ),
    line("╩"),
  ].join("\n");
}
