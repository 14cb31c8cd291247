/**
 * Whether Tab is meant to indent, although a suggestion is on screen.
 *
 * Invariant: with text before the cursor on its line, Tab accepts.
 */

/**
 * When Tab indents in front of a line's text: left of where the text is due, always, or never.
 */
export type Manner = "indentFirst" | "indent" | "accept";

/** What stands around the cursor, as far as it matters here; both sizes are in columns. */
export interface Place {
  readonly before: string;
  /** The nearest line above that is not empty; undefined at the top. */
  readonly above: string | undefined;
  readonly tabSize: number;
  readonly indentSize: number;
}

const COMMENT = /\s(?:#|\/\/).*$/;
const OPENERS = ":{([";

/** Say what Tab does here. */
export function tabIndents(manner: Manner, place: Place): boolean {
  if (manner === "accept" || place.before.trim() !== "") {
    return false;
  }
  return manner === "indent" || width(place.before, place.tabSize) < due(place);
}

/** The column where the text of the cursor's line is due. */
function due({ above, tabSize, indentSize }: Place): number {
  if (above === undefined) {
    return 0;
  }
  const indent = width(above.slice(0, above.length - above.trimStart().length), tabSize);
  return indent + (opensBlock(above) ? indentSize : 0);
}

function opensBlock(line: string): boolean {
  const last = line.replace(COMMENT, "").trimEnd().at(-1);
  return last !== undefined && OPENERS.includes(last);
}

/** How many columns whitespace takes; a tab goes on to the next multiple of its size. */
function width(whitespace: string, tabSize: number): number {
  let columns = 0;
  for (const character of whitespace) {
    columns += character === "\t" ? tabSize - (columns % tabSize) : 1;
  }
  return columns;
}
