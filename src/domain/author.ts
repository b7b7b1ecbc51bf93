/**
 * Who made a change: a program, and as far as it could still be read, what it belongs to. Programs that change a firewall
 * often end within milliseconds, so everything but the name may be missing.
 */
export interface Author {
  readonly program: string;
  /** As the kernel knows it; inside a container not the number seen there. */
  readonly pid: number | undefined;
  /** The systemd unit it ran in: "nftables.service", "session-3.scope". */
  readonly unit: string | undefined;
  /** Who started it, unless that is the unit itself. */
  readonly parent: { readonly program: string; readonly pid: number } | undefined;
}

/** "nft (pid 812) of nftables.service", "nft (pid 812), started by reload-rules (pid 800)". */
export function formatAuthor({ program, pid, unit, parent }: Author): string {
  const number = pid === undefined ? "" : ` (pid ${pid})`;
  const of = unit === undefined ? "" : ` of ${unit}`;
  const by = parent === undefined ? "" : `, started by ${parent.program} (pid ${parent.pid})`;
  return `${program}${number}${of}${by}`;
}

/** The same program at another time has the same name: no numbers in it. */
export function nameAuthor({ program, unit, parent }: Author): string {
  const of = unit === undefined ? "" : ` of ${unit}`;
  const by = parent === undefined ? "" : ` started by ${parent.program}`;
  return `${program}${of}${by}`;
}
