/**
 * Reads the commands of a page with their shown output, and compares it with real output. Commands are in a block
 * marked `sh`, with the output in the plain block that follows, or in a plain block with `$` before each command. Other
 * plain blocks, and those marked `text`, belong to no command.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export interface Step {
  /** "docs/operating.md:32" */
  readonly place: string;
  readonly commands: string;
  /** undefined: the page shows no output. */
  readonly shown: string | undefined;
}

export interface PageSteps {
  readonly steps: readonly Step[];
  /** Blocks that belong to no command. */
  readonly loose: readonly { readonly place: string; readonly text: string }[];
}

interface Block {
  readonly kind: string;
  readonly text: string;
  readonly line: number;
}

function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```(?<kind>\w*)\n(?<text>[^]*?)^```$/gm)].map((found) => ({
    kind: found.groups?.["kind"] ?? "",
    text: found.groups?.["text"] ?? "",
    line: page.slice(0, found.index).split("\n").length,
  }));
}

/** `name`: the page, from the root of the repository. */
export function readSteps(name: string): PageSteps {
  return findSteps(name, readFileSync(join(ROOT, name), "utf8"));
}

export function findSteps(name: string, page: string): PageSteps {
  const blocks = blocksOf(page);
  const steps: Step[] = [];
  const loose: PageSteps["loose"][number][] = [];
  for (const [index, { kind, text, line }] of blocks.entries()) {
    const place = `${name}:${line}`;
    if (kind === "sh") {
      const next = blocks[index + 1];
      const isOutput = next?.kind === "" && !next.text.startsWith("$ ");
      steps.push({ place, commands: text, shown: isOutput ? next.text : undefined });
    } else if (kind === "" && text.startsWith("$ ")) {
      steps.push(...sessionSteps(name, { kind, text, line }));
    } else if (kind === "text" || (kind === "" && blocks[index - 1]?.kind !== "sh")) {
      loose.push({ place, text });
    }
  }
  return { steps, loose };
}

/** The shown output of a command, which must occur once in the page. */
export function shownFor(name: string, command: string): string {
  const { steps } = readSteps(name);
  const found = steps.filter(({ commands }) => commands.trim() === command);
  const [only] = found;
  if (found.length !== 1 || only?.shown === undefined)
    throw new Error(`${name} shows ${command} ${found.length} times`);
  return only.shown;
}

function sessionSteps(name: string, { text, line }: Block): readonly Step[] {
  const starts = [...text.matchAll(/^\$ (.*\n)/gm)];
  return starts.map((start, index) => {
    const from = start.index + start[0].length;
    const shown = text.slice(from, starts[index + 1]?.index);
    const before = text.slice(0, start.index).split("\n").length;
    return { place: `${name}:${line + before}`, commands: start[1] ?? "", shown };
  });
}

/** Replaces values that differ between runs. Lines were joined before, so wrapping does not matter. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "<stamp>"],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3})?/g, "<stamp>"],
  [/(?:\b[A-Z][a-z]{2} \d?\d )?(?<![:\w])\d\d:\d\d(?::\d\d)?(?!:?\w|::)/g, "<time>"],
  [/\bjust now\b|\b\d+(?:ms|[smhd])(?: \d+[smhd])? ago\b/g, "<ago>"],
  [/(?<!(?:failures?|bans?) )\bin \d+(?:ms|[smhd])(?: \d+[smhd])?(?![\w])/g, "in <length>"],
  [/(?<=^|: )([a-z-]+) for \d+(?:ms|[smhd])(?: \d+[smhd])?(?=:| [✓✗·])/gu, "$1 for <age>"],
  [/\bfor 1h \d+[ms]\b|\bin the last \d+[smhd]\b/g, "for <length>"],
  [/\b\d+ ?ms\b|\b\d+\.\d s\b/g, "<ms>"],
  [/\bbailiff \d+\.\d+\.\d+/g, "bailiff <version>"],
  [/\bpid \d+/g, "pid <pid>"],
  [/(?<=\bsshd|\bfail2ban\.\w+ )\[\d+\]/g, "[<pid>]"],
  [/\bport \d{5}\b/g, "port <port>"],
  // At least one packet was dropped.
  [/(?<=\benforced +)[1-9]\d*(?= )/g, "<packets>"],
  [/\b[1-9]\d* packets? dropped/g, "<packets> dropped"],
  [/\b\d+% of the last \d+ lines recognized/g, "<part> recognized"],
  [/\b\d+ writes? kept\b/g, "<writes> kept"],
  [/\bpts\/\d+/g, "<terminal>"],
  // The length of a ban has a random part.
  [/\b[\d,]+ of ([\d,]+) \(\d+%\), by \d+ bans\b/g, "<part> of $1"],
  // Random values of verify, and lines that arrived before.
  [/\brules invalid-user(?:, [a-z-]+)*(?=; address )/g, "rules <rules>"],
  [/\bbailiff-canary-[a-z0-9]+/g, "<canary>"],
  [/\b127\.(?!0\.0\.1\b)[\d.]*\d/g, "<loopback>"],
  [/\b198\.51\.100\.(?:12[89]|1[3-9]\d|2\d\d)\b/g, "<test address>"],
  [/\b2001:db8:ca:[0-9a-f:]*[0-9a-f](?:::\/64)?/g, "<test address>"],
];

function normalize(text: string): string {
  // A backslash continues a command of a shell on the next line.
  const joined = text.replaceAll(/(?:\s|\\\n)+/g, " ").trim();
  return VARYING.reduce((kept, [pattern, name]) => kept.replaceAll(pattern, name), joined);
}

/** The difference between real output and a page; undefined: none. A line `…` matches any lines. */
export function differenceOf(shown: string, output: string): string | undefined {
  const parts = shown.split(/^ *…$/m).map(normalize);
  const real = normalize(output);
  const begins = (count: number, end = ""): RegExpExecArray | null =>
    new RegExp(
      `^${parts
        .slice(0, count)
        .map((part) => RegExp.escape(part))
        .join(".*?")}${end}`,
    ).exec(real);
  if (begins(parts.length, "$") !== null) return undefined;
  const wrong = parts.findIndex((_, index) => begins(index + 1) === null);
  const index = wrong < 0 ? parts.length - 1 : wrong;
  return describe(parts[index] ?? "", real.slice(begins(index)?.[0].length ?? 0));
}

function describe(shown: string, real: string): string {
  let same = 0;
  while (same < shown.length && shown[same] === real[same]) same++;
  const around = (text: string): string => text.slice(Math.max(0, same - 40), same + 80);
  return `the page: ${around(shown)}\nreality:  ${around(real)}`;
}
