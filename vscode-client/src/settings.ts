/**
 * Which settings are the server's, which are ours, and how those that are sent come about.
 *
 * Invariant: all of the section goes to the server but what is ours. A name that neither knows goes too, for the server
 * to name it: that is how a user learns of a misspelt setting.
 */

export const SECTION = "tandem";

/** What this extension alone reads: the values that mean something, or none where any text may. */
const OURS: ReadonlyMap<string, readonly string[]> = new Map([
  ["python", []],
  ["tabInIndentation", ["indentFirst", "indent", "accept"]],
]);

/** The client library's own, which it reads itself. */
const LIBRARYS = "trace";

/** What decides whether there is a server, and which: with another value, another one is started, or none. */
export const DECISIVE = ["enabled", "python"] as const;

/** The server's settings: what is not ours. */
export function serverSettings(section: object): object {
  return Object.fromEntries(Object.entries(section).filter(([name]) => !OURS.has(name) && name !== LIBRARYS));
}

/** The value of one of our settings, or its fallback where it is empty or cannot be used. */
export function usable(name: string, value: unknown, fallback: string): string {
  return isUsable(name, value) && value.trim() !== "" ? value.trim() : fallback;
}

/** A sentence for each of our settings that cannot be used; of its own the server tells. */
export function problemsOf(section: object): readonly string[] {
  return Object.entries(section)
    .filter(([name, value]) => OURS.has(name) && !isUsable(name, value))
    .map(([name]) => `The setting "tandem.${name}" was not used: ${expected(name)}.`);
}

function isUsable(name: string, value: unknown): value is string {
  const values = OURS.get(name) ?? [];
  return typeof value === "string" && (value === "" || values.length === 0 || values.includes(value));
}

function expected(name: string): string {
  const values = OURS.get(name) ?? [];
  return values.length === 0 ? "expected text" : `expected ${values.map((value) => `"${value}"`).join(" or ")}`;
}

/** Whether a language is switched on: by its own name, else by that of all others. */
export function languageIsOn(languages: unknown, language: string): boolean {
  if (typeof languages !== "object" || languages === null) {
    return true;
  }
  const switches = new Map<string, unknown>(Object.entries(languages));
  return (switches.get(language) ?? switches.get("*") ?? true) !== false;
}
