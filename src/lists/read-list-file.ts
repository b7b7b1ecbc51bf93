/** Reads the file of a block list, bounded in size. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { fail, ok, type Result } from "../domain/result.ts";
import { reasonOf } from "../host/explain-system-error.ts";

/** Fails with the reason. */
export async function readListFile(
  path: string,
  maxBytes: number,
): Promise<Result<string, string>> {
  try {
    // Do not block: opening a pipe would wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return fail(`${path} is not a regular file`);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of file.createReadStream({ autoClose: false })) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) return fail(`it has more than ${maxBytes} bytes (max_bytes)`);
    }
    return ok(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    return fail(reasonOf(error));
  }
}
