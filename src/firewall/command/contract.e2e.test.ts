/** Runs the contracts of enforcers with a program that keeps its blocks as files. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { testEnforcerContract } from "../enforcer.contract.ts";
import { testEnforcerSequences } from "../enforcer-sequences.contract.ts";
import { newTool, PROGRAM } from "../command-tool.fixture.ts";

for (const knows of ["list", "flush"] as const) {
  testEnforcerContract(`command, ${knows}`, async (isAllowed) => {
    const tool = newTool();
    const more = { [knows]: ["sh", PROGRAM, tool.folder, knows] };
    const enforcer = await tool.open({ ...more, isAllowed, capacity: 300, parallel: 8 });
    return { enforcer, release: () => enforcer.close() };
  });

  const tool = newTool();
  const blocks = join(tool.folder, "blocks");
  const remove = (): void => rmSync(blocks, { recursive: true, force: true });
  testEnforcerSequences({
    name: `command, ${knows}`,
    open: () => tool.open({ [knows]: ["sh", PROGRAM, tool.folder, knows] }),
    clean: async () => remove(),
    // Without a list, only what the check sees is repaired.
    damages: { "removed firewall": remove },
  });
}
