/** Defines what a service of channels is: a pure function from a message to an HTTP request, a command, or a mail. */
import type { ChannelKind, ChannelSettings } from "../../config/channels/channel-kinds.ts";
import type { SmtpSecurity } from "../../config/channels/smtp-keys.ts";
import type { HttpUrl } from "../../domain/http-url.ts";
import type { Notice } from "../../domain/notifier.ts";

/** What one request says: at least one notice. */
export interface Message {
  readonly host: string;
  readonly notices: readonly Notice[];
  /** Number of notices that were dropped before these. */
  readonly dropped: number;
  /** The same for each try to send the same notices, and another one for others. */
  readonly id: string;
}

export interface Destination<Kind extends ChannelKind> {
  readonly settings: ChannelSettings[Kind];
  /** The URL of a kind with the key `url`, else the token or password; "" if the channel has none. */
  readonly secret: string;
}

export interface ServiceRequest {
  readonly method?: "PUT";
  readonly url: HttpUrl;
  readonly body: string;
  readonly contentType?: "application/x-www-form-urlencoded";
  /** Their values are secrets. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServiceCommand {
  /** Without text of a message. */
  readonly argv: readonly string[];
  readonly input: string;
}

export interface ServiceMail {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** undefined: the certificate authorities of the system. */
  readonly caFile: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  /** The whole mail with its headers. */
  readonly mail: string;
}

export interface Service<Kind extends ChannelKind> {
  /** Set if a request can contain only one notice. */
  readonly isSingle?: true;
  readonly request: (
    message: Message,
    to: Destination<Kind>,
  ) => ServiceRequest | ServiceCommand | ServiceMail;
  /** Returns the wait in milliseconds that a refusal requests beside the header Retry-After. */
  readonly waitOf?: (status: number, body: string) => number;
}
