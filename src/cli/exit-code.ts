/** Exit codes of commands, after sysexits.h(3). */
export const EXIT = {
  ok: 0,
  /** The answer is no: `status` without protection, `why` of an unknown address. */
  no: 1,
  /** Of `check-health`, as for any plugin of Nagios. */
  critical: 2,
  unknown: 3,
  usage: 64,
  noInput: 66,
  unavailable: 69,
  software: 70,
  /** The output file cannot be created. */
  cannotCreate: 73,
  /** Standard output cannot be written. */
  ioError: 74,
  permission: 77,
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Maps the stable code of a CodedError to an exit code (docs/reference/errors.md). */
export function exitCodeOf(code: string): ExitCode {
  switch (code) {
    case "network-too-wide":
      return EXIT.no;
    case "unknown-jail":
    case "unknown-service":
    case "unknown-message":
    case "unknown-channel":
    case "no-address":
    case "bad-duration":
    case "usage":
    case "no-terminal":
    case "bad-input":
      return EXIT.usage;
    case "no-input":
      return EXIT.noInput;
    case "bundle-not-written":
    case "page-not-written":
    case "metrics-not-written":
    case "import-not-empty":
    case "filter-exists":
      return EXIT.cannotCreate;
    case "permission-denied":
    case "web-as-root":
    case "filter-not-written":
    case "config-not-written":
      return EXIT.permission;
    case "bad-config":
    case "web-misconfigured":
    case "record-foreign":
    case "record-newer":
    case "state-unsafe":
      return EXIT.config;
    case "bug":
      return EXIT.software;
    default:
      return EXIT.unavailable;
  }
}
