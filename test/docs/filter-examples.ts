/** Reads the worked examples of docs/filters.md: a sample, the command, the answers, and the filter that results. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = join(import.meta.dirname, "../../docs/filters.md");

export interface FilterExample {
  readonly title: string;
  /** Name of the sample's file, as the command reads it. */
  readonly file: string;
  readonly sample: string;
  readonly command: string;
  /** The keys that are pressed. */
  readonly keys: string;
  /** What the terminal shows; undefined: the page does not show it. */
  readonly screen: string | undefined;
  readonly filter: string;
}

export function filterExamples(): readonly FilterExample[] {
  const sections = readFileSync(PAGE, "utf8").split(/^(?=#{2,3} )/m);
  return sections
    .filter((section) => section.startsWith("### Example: "))
    .map((section) => {
      const block = (kind: string): string | undefined =>
        new RegExp(`^\`\`\`${kind}\n([^]*?)^\`\`\`$`, "m").exec(section)?.[1];
      const answers = /^The answers are (.*)\.$/m.exec(section)?.[1] ?? "";
      const plain = /^```sh\n[^`]*```\n\n```\n([^]*?)^```$/m.exec(section)?.[1];
      return {
        title: /^### (.*)/.exec(section)?.[1] ?? "",
        file: /^`(.*)` contains$/m.exec(section)?.[1] ?? "",
        sample: block("log") ?? "",
        command: block("sh")?.trim() ?? "",
        keys: [...answers.matchAll(/`(.)`/g)].map(([, key]) => key).join(""),
        screen: plain,
        filter: block("toml") ?? "",
      };
    });
}
