/**
 * Which settings are the server's, which are ours, and how those that are sent come about.
 *
 * Invariant: all of the section goes to the server but what is ours. A name that neither knows goes too, for the server
 * to name it: that is how a user learns of a misspelt setting.
 */

export const SECTION = "tandem";

/** What this extension alone reads. `trace` is the client library's. */
const OURS: ReadonlySet<string> = new Set(["python", "model", "device", "tabInIndentation", "trace"]);

/** What decides whether there is a server, and which: with another value, another one is started, or none. */
export const DECISIVE = ["enabled", "python", "model", "device"] as const;

/** The server's settings, with the files that are switched off among those that are never read. */
export function serverSettings(section: object, switchedOff: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = Object.fromEntries(
    Object.entries(section).filter(([name]) => !OURS.has(name)),
  );
  if (switchedOff.length === 0) {
    return settings;
  }
  const exclude = settings["exclude"];
  // What is no list is left as it is, so that the server says so.
  return Array.isArray(exclude) || exclude === undefined
    ? { ...settings, exclude: [...((exclude as unknown[] | undefined) ?? []), ...switchedOff] }
    : settings;
}

/** Whether a language is switched on: by its own name, else by that of all others. */
export function languageIsOn(languages: unknown, language: string): boolean {
  if (typeof languages !== "object" || languages === null) {
    return true;
  }
  const switches = new Map<string, unknown>(Object.entries(languages));
  return (switches.get(language) ?? switches.get("*") ?? true) !== false;
}
