/** Generates docs/reference/causes.md: every cause by its stable name, and its effect on a jail. */
import { CAUSES } from "../../src/domain/proof.ts";
import { CAUSE_MEANINGS } from "./cause-meanings.ts";
import { cell } from "./markdown-cell.ts";

const HEAD = `# Causes

<!-- Generated from src/domain/proof.ts by tools/docs.ts. Do not edit. -->

What \`status\`, \`doctor\`, the log, notices and the audit name when a jail does not simply protect.
The words are stable: scripts and monitors may rely on them.
\`blind\`: failures are not recognized.
\`toothless\`: bans have no effect.
\`degraded\`: failures are recognized and bans have an effect, but one link has a fault or lacks its proof.
What was seen and what to do stands beside each, in \`evidence\` and \`fix\`.

| cause | state | meaning |
|---|---|---|
`;

export function renderCausesReference(): string {
  const rows = Object.entries(CAUSES).map(([name, effect]) => {
    const meaning = Object.entries(CAUSE_MEANINGS).find(([cause]) => cause === name)?.[1] ?? "";
    return `| \`${name}\` | ${effect} | ${cell(meaning)} |`;
  });
  return `${HEAD}${rows.join("\n")}\n`;
}
