/**
 * A file's path as a pattern that the server's `exclude` understands and that means this file alone.
 *
 * The server matches with Python's fnmatch, in lower case, the last segments of a path as many as the pattern has.
 * Invariant: no character of the path works as a wildcard, and the pattern is no longer than the server takes.
 */

/** As in the server's settings; one pattern that is longer would make it refuse them all. */
export const LONGEST_CHARACTERS = 200;

/** Write a path literally: fnmatch has no escape character, but any character in brackets stands for itself. */
export function escape(path: string): string {
  return path.replace(/[[*?]/g, "[$&]");
}

/** Give the pattern for a file; of a very long path as many of its last segments as fit. */
export function patternOf(path: string): string {
  let rest = path.replace(/^\/+/, "");
  while (escape(rest).length > LONGEST_CHARACTERS && rest.includes("/")) {
    rest = rest.slice(rest.indexOf("/") + 1);
  }
  const pattern = escape(rest);
  return pattern.length > LONGEST_CHARACTERS ? ending(rest) : pattern;
}

/** A name that is too long by itself is known by how it ends. */
function ending(name: string): string {
  let kept = name;
  while (escape(kept).length >= LONGEST_CHARACTERS) {
    kept = kept.slice(1);
  }
  return `*${escape(kept)}`;
}
