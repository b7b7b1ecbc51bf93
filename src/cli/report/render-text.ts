/** Renders a report as text. */
import { formatBars, formatShare, joinUnknown } from "../bar-chart.ts";
import { formatTable } from "../table.ts";
import { hang, wrapText } from "../wrap-text.ts";
import type { Block, Section } from "./document.ts";

/** `width`: in columns. */
export function renderText(title: string, sections: readonly Section[], width: number): string {
  const parts = sections.map(({ title: heading, blocks }) =>
    [heading.toUpperCase(), ...blocks.map((block) => renderBlock(block, width))].join("\n\n"),
  );
  return [title, ...parts].join("\n\n");
}

function renderBlock(block: Block, width: number): string {
  switch (block.kind) {
    case "text":
      return wrapText(block.text, width).join("\n");
    case "facts": {
      const column = Math.max(...block.facts.map(([label]) => label.length));
      return block.facts
        .map(([label, text]) => hang({ head: `${label.padEnd(column)}  `, text, width }))
        .join("\n");
    }
    case "table": {
      const headings = block.headings.map((heading) => heading.toUpperCase());
      return formatTable({ headings, rows: block.rows, width });
    }
    case "bars":
      return formatBars(block.bars, block.headings, width);
    case "steps": {
      const bars = block.steps.map(({ name, value, observed }) => {
        return { name, value, note: formatShare(observed) };
      });
      return formatBars(joinUnknown(bars), ["from", block.what, "observed"], width);
    }
  }
}
