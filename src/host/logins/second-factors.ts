/** Lists the modules that require more than a password, in sshd's PAM file and the files that it includes. */
import { codeOf } from "../../domain/thrown-error.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Known } from "../../domain/host-facts.ts";

const MODULES =
  /\b(pam_google_authenticator|pam_u2f|pam_duo|pam_oath|pam_yubico|pam_radius_auth|pam_privacyidea|pam_fido2)\.so\b/;
const MAX_FILES = 16;

export function readSecondFactors(folder = "/etc/pam.d"): Known<readonly string[]> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const waiting = ["sshd"];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (seen.has(name) || seen.size >= MAX_FILES) continue;
    seen.add(name);
    const text = read(join(folder, name));
    if (typeof text !== "string") {
      if (name === "sshd" && text.code !== "ENOENT")
        return { known: false, why: `no permission to read ${join(folder, name)}` };
      continue;
    }
    for (const line of text.split("\n")) {
      if (/^\s*#/.test(line)) continue;
      // Read only the authentication stack.
      const [, module] = /^-?auth\s/.test(line.trim()) ? (MODULES.exec(line) ?? []) : [];
      if (module !== undefined) found.add(module);
      const [, included] = INCLUDE.exec(line.trim()) ?? [];
      if (included !== undefined && /^[\w.-]+$/.test(included)) waiting.push(included);
    }
  }
  return { known: true, value: [...found] };
}

/** Matches "@include common-auth" of Debian and "auth substack password-auth" of Red Hat (pam.conf(5)). */
const INCLUDE = /^(?:@include|-?auth\s+(?:include|substack))\s+(\S+)/;

function read(path: string): string | { readonly code: unknown } {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return { code: codeOf(error) };
  }
}
