/** Returns the path of a page of the documentation, which is installed with the program: "/opt/bailiff/docs/filters.md". */
import { fileURLToPath } from "node:url";

export function docPage(name: string): string {
  return fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
}
