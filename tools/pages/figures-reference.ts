/** Generates docs/reference/figures.md: the recorded benchmark run as a table. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Judged } from "../../bench/figure.ts";
import { cellsOf, HEADINGS } from "../../bench/format-table.ts";
import { cell } from "./markdown-cell.ts";

export interface Baseline {
  readonly at: string;
  readonly machine: string;
  readonly node: string;
  readonly figures: readonly Judged[];
}

const PATH = join(import.meta.dirname, "../../bench/baseline.json");

export async function readBaseline(): Promise<Baseline> {
  const baseline: Baseline = JSON.parse(await readFile(PATH, "utf8"));
  return baseline;
}

export async function renderFiguresReference(): Promise<string> {
  const { at, machine, node, figures } = await readBaseline();
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return `# Figures

<!-- Generated from bench/baseline.json by tools/docs.ts. Do not edit. -->

The last recorded run of \`npm run bench\`, of ${at.slice(0, 10)}: ${machine}, Node ${node}.
[Benchmarks](../benchmarks.md) says what each row measures.

${row(HEADINGS)}
${row(HEADINGS.map(() => "---"))}
${figures.map((figure) => row(cellsOf(figure))).join("\n")}
`;
}
