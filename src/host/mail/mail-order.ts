/** Defines one mail to send to a mail server. */

export interface MailOrder {
  /** Host name or address of the server. */
  readonly host: string;
  readonly port: number;
  readonly security: "starttls" | "tls" | "none";
  /** undefined: no login. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Certificate authorities to trust instead of the system's, as PEM. */
  readonly ca: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  /** The whole mail with its headers; lines end with a line feed. */
  readonly mail: string;
  readonly milliseconds: number;
}
