/** Wraps texts at blanks to fit a screen. A word that is longer than a line stays whole. */

/** Lines of at most `width` characters; at least one. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (visibleLength(line) + 1 + visibleLength(word) <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => line.trimEnd());
}

export interface Hanging {
  /** Text at the start of the first line; it includes the blank before the text. */
  readonly head: string;
  readonly text: string;
  /** Of the screen. */
  readonly width: number;
  /** Indentation of the lines after the first; default: the length of the head. */
  readonly indent?: number | undefined;
}

/** A text after its head, with its further lines indented. */
export function hang({ head: label, text, width, indent = visibleLength(label) }: Hanging): string {
  // Blanks at the beginning of a text are its own indentation.
  const head = label + (/^ */.exec(text)?.[0] ?? "");
  const [first = "", ...rest] = wrapText(text.trimStart(), width - visibleLength(head));
  const more = rest.length === 0 ? [] : wrapText(rest.join(" "), width - indent);
  return [head + first, ...more.map((line) => " ".repeat(indent) + line)].join("\n");
}

/** Lines that are longer than the screen are broken at blanks, the rest indented further than their beginning. */
export function fitLines(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => {
      if (visibleLength(line) <= width) return line;
      const indent = (/^ */.exec(line)?.[0].length ?? 0) + 2;
      return hang({ head: "", text: line, width, indent });
    })
    .join("\n");
}

/** Without the color codes that `paint` adds. */
export function visibleLength(text: string): number {
  return withoutColor(text).length;
}

export function withoutColor(text: string): string {
  return text.replace(COLOR, "");
}

const COLOR = /\u001b\[\d+m/g;

/**
 * Wraps a shell command so that it can be copied: between words, never within quotes, with a backslash before
 * the end of the line. A comment behind it is printed on separate lines.
 */
export function wrapCommand(text: string, width: number, indent: number): readonly string[] {
  const [, command = text, comment = ""] = /^(.*?)\s{2,}# (.*)$/.exec(text) ?? [];
  // Continuation lines are indented further.
  const room = width - indent - 2;
  const lines: string[] = [];
  for (const word of command.match(SHELL_WORD) ?? []) {
    const line = lines.at(-1);
    // Room for the blank and the backslash after it.
    if (line !== undefined && line.length + 1 + word.length <= room - 2)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  const [first = "", ...rest] = lines;
  const broken = [first, ...rest.map((line) => `  ${line}`)];
  const whole = command.length <= room + 2 ? [command] : broken;
  const comments = comment === "" ? [] : wrapText(comment, room - 2).map((line) => `# ${line}`);
  return [...whole.map((line, i) => (i < whole.length - 1 ? `${line} \\` : line)), ...comments].map(
    (line) => " ".repeat(indent) + line,
  );
}

const SHELL_WORD = /(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+|\S+/g;
