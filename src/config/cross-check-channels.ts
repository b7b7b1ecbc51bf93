/**
 * Checks the tables [notify.NAME] across all files: each sets what its kind needs, and one address; no password and no
 * notice leaves this host unencrypted.
 */
import { CHANNEL_KINDS, type ChannelConfig } from "./channels/channel-kinds.ts";
import type { CheckedDocument, CrossMistake } from "./check-document.ts";
import type { Config } from "./config.ts";
import { isOnThisHost } from "./channels/smtp-keys.ts";
import { isMisread, lastDocumentOf, missingKeys } from "./missing-keys.ts";

type Documents = readonly Pick<CheckedDocument, "notify" | "mistakes">[];

export function crossCheckChannels(
  { notify }: Pick<Config, "notify">,
  documents: Documents,
): readonly CrossMistake[] {
  return notify.flatMap((channel) => {
    const missing = missingKeys("notify", channel, CHANNEL_KINDS[channel.kind].keys, documents);
    if (missing.length > 0) return missing;
    return [...checkAddress(channel, documents), ...checkSmtp(channel, documents)];
  });
}

/** Reports neither or both of url and url_file, because the intended one would be a guess. */
function checkAddress(
  { name, settings }: ChannelConfig,
  documents: Documents,
): readonly CrossMistake[] {
  if (!("url" in settings)) return [];
  const path = ["notify", name];
  const keys = ["url", "url_file"] as const;
  if (keys.some((key) => isMisread([...path, key], documents))) return [];
  const document = lastDocumentOf("notify", name, documents);
  const found = keys.filter((key) => settings[key] !== undefined);
  if (found.length === 1) return [];
  if (found.length === 0) {
    const got = `[notify.${name}] without url`;
    return [{ document, mistake: { path, at: "key", got, expected: "url or url_file" } }];
  }
  const got = "url_file beside url";
  const wrong = { path: [...path, "url_file"], at: "key", got, expected: "one of them" } as const;
  return [{ document, mistake: wrong }];
}

function checkSmtp(channel: ChannelConfig, documents: Documents): readonly CrossMistake[] {
  if (channel.kind !== "smtp") return [];
  const { name, settings } = channel;
  const { host, user, password_file, security } = settings;
  const path = ["notify", name];
  // A misread value is missing here, and already reported.
  const isKnown = !["host", "password_file"].some((key) => isMisread([...path, key], documents));
  const document = lastDocumentOf("notify", name, documents);
  const mistakes: CrossMistake[] = [];
  if (isKnown && user !== undefined && password_file === undefined) {
    const expected = "password_file, the file with its password";
    const got = "user without password_file";
    mistakes.push({ document, mistake: { path: [...path, "user"], at: "key", got, expected } });
  }
  if (isKnown && security === "none" && !isOnThisHost(host)) {
    const expected = `"starttls" or "tls", because ${host} is another host`;
    const wrong = { path: [...path, "security"], at: "value", got: '"none"', expected } as const;
    mistakes.push({ document, mistake: wrong });
  }
  return mistakes;
}
