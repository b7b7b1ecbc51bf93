import { CodedError } from "../domain/errors.ts";

/** An error that the dashboard answers to its page. Its codes are not those of commands. */
export class WebError extends CodedError {}
