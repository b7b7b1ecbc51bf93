/** Finds the form that most messages of a sample have. */
import { createAccessForm } from "./access-form.ts";
import type { LineForm } from "./line-form.ts";
import { createRecordForm } from "./record-form.ts";
import { TEXT_FORM } from "./text-form.ts";

/** Returns plain text if no other form fits most of the messages. */
export function detectForm(messages: readonly string[]): LineForm {
  const forms = [
    createRecordForm("json", messages),
    createRecordForm("logfmt", messages),
    createAccessForm(messages),
  ];
  const fits = (form: LineForm): boolean =>
    messages.filter((message) => form.reduce(message) !== undefined).length * 2 > messages.length;
  return forms.find(fits) ?? TEXT_FORM;
}
