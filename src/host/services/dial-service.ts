/** Attempts one failed login to a service. Loads the code of a protocol on first use. */
import { reasonOf } from "../explain-system-error.ts";
import type { DialOutcome } from "./dial.ts";
import type { HttpDial } from "./dial-http.ts";
import type { DialKind } from "./find-service.ts";

/** Dials the service. Never rejects. */
export async function dialService(kind: DialKind, dial: HttpDial): Promise<DialOutcome> {
  try {
    return await dialOne(kind, dial);
  } catch (error) {
    return { kind: "unreachable", answer: reasonOf(error) };
  }
}

async function dialOne(kind: DialKind, dial: HttpDial): Promise<DialOutcome> {
  switch (kind) {
    case "ssh":
      return (await import("./dial-ssh.ts")).dialSsh(dial);
    case "http":
      return (await import("./dial-http.ts")).dialHttp(dial);
    case "smtp":
      return (await import("./dial-smtp.ts")).dialSmtp(dial);
    case "imap":
      return (await import("./dial-imap.ts")).dialImap(dial);
    case "ftp":
      return (await import("./dial-ftp.ts")).dialFtp(dial);
  }
}
