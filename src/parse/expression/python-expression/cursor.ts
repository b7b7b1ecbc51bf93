/** Walks the text of an expression, and creates the errors found in it. */
import { codeAt } from "./character-classes.ts";

export class Mistake extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Returns the code unit at the cursor; "" at the end. */
  peek(): string {
    return this.text[this.at] ?? "";
  }

  take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Consumes what a sticky expression matches at the cursor. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text);
    if (found === null) return undefined;
    this.at = expression.lastIndex;
    return found;
  }

  /** Consumes one whole character. */
  takeCharacter(): number {
    const code = codeAt(this.text, this.at);
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  mistake(message: string, at: number = this.at): Mistake {
    return new Mistake(message, at);
  }
}
