/**
 * Tandem on and off: everywhere, for a language, for one file.
 *
 * Invariant: the first two are settings, so they are where the user looks for them; a file's switch is kept with the
 * workspace, and reaches the server as a file that is never read.
 */

import { type Disposable, EventEmitter, type Memento, type TextDocument, Uri, workspace } from "vscode";

import { change, placeOf } from "./configuration";
import { patternOf } from "./glob";
import { languageIsOn, SECTION } from "./settings";

const FILES_KEY = "switchedOffFiles";

export class Switches implements Disposable {
  readonly #state: Memento;
  readonly #changed = new EventEmitter<void>();

  /** A file was switched; settings have an event of their own. */
  readonly onDidSwitchFile = this.#changed.event;

  constructor(state: Memento) {
    this.#state = state;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  get everywhere(): boolean {
    return workspace.getConfiguration(SECTION).get("enabled") !== false;
  }

  /** Say why nothing is suggested in a document, as far as it was switched off; empty when it was not. */
  offBecause(document: TextDocument | undefined): string {
    if (!this.everywhere) {
      return "Tandem is switched off.";
    }
    if (document && !this.languageIsOn(document.languageId)) {
      return `Tandem is switched off for ${document.languageId}.`;
    }
    return document && this.fileIsOff(document.uri) ? "Tandem is switched off for this file." : "";
  }

  languageIsOn(language: string): boolean {
    return languageIsOn(workspace.getConfiguration(SECTION).get("languages"), language);
  }

  fileIsOff(uri: Uri): boolean {
    return this.#files().includes(uri.toString());
  }

  /** The switched-off files, for the server's `exclude`. */
  get patterns(): readonly string[] {
    return this.#files().map((file) => patternOf(Uri.parse(file).path));
  }

  async toggleEverywhere(): Promise<void> {
    await change("enabled", !this.everywhere);
  }

  async toggleLanguage(language: string): Promise<void> {
    const { own } = placeOf("languages");
    const languages = typeof own === "object" && own !== null ? own : {};
    await change("languages", { ...languages, [language]: !this.languageIsOn(language) });
  }

  async toggleFile(uri: Uri): Promise<void> {
    const [file, files] = [uri.toString(), this.#files()];
    const others = files.filter((one) => one !== file);
    await this.#state.update(FILES_KEY, others.length < files.length ? others : [...others, file]);
    this.#changed.fire();
  }

  #files(): readonly string[] {
    return this.#state.get<readonly string[]>(FILES_KEY, []);
  }
}
