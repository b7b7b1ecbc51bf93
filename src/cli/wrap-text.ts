/**
 * Wraps texts at blanks to fit a screen. A word longer than a line is not broken, nor is a setting in TOML, so that it can
 * be copied.
 */

/** Returns lines of at most `width` characters; at least one line. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines = [""];
  for (const word of splitWords(text)) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (visibleLength(line) + 1 + visibleLength(word) <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => line.trimEnd());
}

/** A key with a table or an array. */
const TOML_SETTING = /\b[\w-]+ = (?:\{[^{}]*\}|\[[^[\]]*\])/g;
/** Stands for a blank that must stay; `escapeText` leaves no such character in a text for a screen. */
const KEPT_BLANK = "\u0000";

function splitWords(text: string): readonly string[] {
  const kept = text.replaceAll(TOML_SETTING, (setting) => setting.replaceAll(" ", KEPT_BLANK));
  return kept.split(" ").map((word) => word.replaceAll(KEPT_BLANK, " "));
}

export interface Hanging {
  /** Text at the start of the first line; it includes the blank before the text. */
  readonly head: string;
  readonly text: string;
  /** Width of the screen. */
  readonly width: number;
  /** Indentation of the lines after the first; default: the length of the head. */
  readonly indent?: number | undefined;
}

/** Formats a text after `head`, with further lines indented. */
export function hang({ head: label, text, width, indent = visibleLength(label) }: Hanging): string {
  // Blanks at the beginning of the text are part of its indentation.
  const head = label + (/^ */.exec(text)?.[0] ?? "");
  const [first = "", ...rest] = wrapText(text.trimStart(), width - visibleLength(head));
  const more = rest.length === 0 ? [] : wrapText(rest.join(" "), width - indent);
  return [head + first, ...more.map((line) => " ".repeat(indent) + line)].join("\n");
}

/** Wraps lines that are longer than the screen; the rest is indented further than the line. */
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

/** Returns the length without the color codes that `paint` adds. */
export function visibleLength(text: string): number {
  return withoutColor(text).length;
}

export function withoutColor(text: string): string {
  return text.replace(COLOR, "");
}

const COLOR = /\u001b\[\d+m/g;

/**
 * Wraps a shell command so that it can be copied: between words, never inside quotes, with a backslash before each
 * newline. A comment after it is put on separate lines.
 */
export function wrapCommand(text: string, width: number, indent: number): readonly string[] {
  const [, command = text, comment = ""] = /^(.*?)\s{2,}# (.*)$/.exec(text) ?? [];
  // Continuation lines are indented further.
  const room = width - indent - 2;
  const lines: string[] = [];
  for (const word of command.match(SHELL_WORD) ?? []) {
    const line = lines.at(-1);
    // Leaves space for a blank and the backslash.
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
