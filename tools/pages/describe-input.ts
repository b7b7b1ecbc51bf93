/** Formats the input of a control command, such as "`jail`? text, `limit` integer from 1 to 1000000". */

/** The fields of a valibot schema that inputs use. */
interface Schema {
  readonly type?: string;
  readonly wrapped?: Schema;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly options?: readonly (Schema | string)[];
  readonly item?: Schema;
  readonly literal?: unknown;
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
}

export function describeInput(schema: Schema): string {
  const fields = Object.entries(schema.entries ?? {});
  return fields.length === 0 ? "nothing" : fields.map(describeField).join(", ");
}

function describeField([name, schema]: readonly [string, Schema]): string {
  const isOptional = schema.type === "exact_optional";
  return `\`${name}\`${isOptional ? "?" : ""} ${describeValue(schema)}`;
}

function describeValue(schema: Schema): string {
  const type: string = schema.type ?? "";
  switch (type) {
    case "exact_optional":
      return schema.wrapped === undefined ? "" : describeValue(schema.wrapped);
    case "nullable":
      return schema.wrapped === undefined ? "" : `${describeValue(schema.wrapped)} or null`;
    case "union":
    case "picklist":
      return (schema.options ?? []).map(describeOption).join(" or ");
    case "literal":
      return `\`${JSON.stringify(schema.literal)}\``;
    case "array":
      return `list of ${schema.item?.entries === undefined ? "texts" : `{${describeInput(schema.item)}}`}`;
    case "string":
      return "text";
    case "boolean":
      return "boolean";
    case "number":
      return `integer${describeRange(schema)}`;
    default:
      throw new Error(`an input of type ${type} cannot be described`);
  }
}

function describeOption(option: Schema | string): string {
  return typeof option === "string" ? `\`${JSON.stringify(option)}\`` : describeValue(option);
}

function describeRange({ pipe = [] }: Schema): string {
  const bound = (kind: string): unknown => pipe.find(({ type }) => type === kind)?.requirement;
  return ` ${String(bound("min_value"))} to ${String(bound("max_value"))}`;
}
