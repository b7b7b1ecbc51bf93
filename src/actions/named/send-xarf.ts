/** Delivers reports in the form of XARF: by POST, or as one file each in a directory that another program empties. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { NamedAction } from "../../config/config.ts";
import type { HttpUrl } from "../../domain/http-url.ts";
import { codeOf } from "../../domain/thrown-error.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import { judgePost, post } from "../../host/http/post.ts";
import { readSecret } from "../../host/read-secret.ts";
import { createFile } from "../../host/replace-file.ts";
import type { Delivery } from "./delivery-queue.ts";
import type { SendReport } from "./report-action.ts";
import { makeXarfReport } from "./xarf-report.ts";

const TIMEOUT_MS = 15_000;
/** The wait after a refusal of the key, and while the directory is full. */
const LONG_WAIT_MS = 600_000;

export function createXarfSender(setting: NamedAction<"xarf">): SendReport {
  return async (facts) => {
    const report = makeXarfReport(facts, setting);
    if (report === undefined) return { kind: "skipped" };
    const { url, directory, key_file: keyFile } = setting;
    const text = JSON.stringify(report);
    if (url !== undefined) return postReport(text, url, keyFile);
    if (directory === undefined) return { kind: "skipped" };
    return writeReport(text, { directory, id: facts.id, max: setting.max_files });
  };
}

async function postReport(
  body: string,
  url: HttpUrl,
  keyFile: string | undefined,
): Promise<Delivery> {
  const key = keyFile === undefined ? undefined : await readSecret(keyFile);
  if (key?.ok === false) return { kind: "refused", reason: key.error, wait: LONG_WAIT_MS };
  const headers = key === undefined ? {} : { authorization: `Bearer ${key.value}` };
  const contentType = "application/json";
  const end = await post({ url, body, contentType, headers, milliseconds: TIMEOUT_MS });
  const verdict = judgePost(end);
  if (verdict.kind === "taken") return { kind: "done" };
  const { reason, retryable, wait } = verdict;
  const isKey = end.kind === "answered" && (end.status === 401 || end.status === 403);
  if (isKey) return { kind: "refused", reason, wait: LONG_WAIT_MS };
  return retryable ? { kind: "failed", reason, wait } : { kind: "dropped", reason };
}

interface ReportFile {
  readonly directory: string;
  readonly id: string;
  readonly max: number;
}

async function writeReport(text: string, { directory, id, max }: ReportFile): Promise<Delivery> {
  try {
    const files = (await readdir(directory)).filter((name) => name.endsWith(".json"));
    if (files.length >= max) {
      const reason = `${directory} has ${files.length} reports that no program took`;
      return { kind: "refused", reason, wait: LONG_WAIT_MS };
    }
    createFile(join(directory, `${id}.json`), `${text}\n`);
    return { kind: "done" };
  } catch (error) {
    // A try before a crash wrote it.
    if (codeOf(error) === "EEXIST") return { kind: "done" };
    return { kind: "failed", reason: `no report can be written: ${reasonOf(error)}`, wait: 0 };
  }
}
