/**
 * Tandem on and off: everywhere, for a language, for one file.
 *
 * Invariant: the first two are settings, so they are where the user looks for them. A file's switch is kept with the
 * workspace, and goes where the file goes.
 */

import { Disposable, EventEmitter, type Memento, type TextDocument, type Uri, workspace } from "vscode";

import { change, placeOf } from "./configuration";
import { languageIsOn, SECTION } from "./settings";

const FILES_KEY = "switchedOffFiles";

export class Switches implements Disposable {
  readonly #state: Memento;
  readonly #changed = new EventEmitter<void>();
  readonly #subscriptions: Disposable;

  /** A file was switched; settings have an event of their own. */
  readonly onDidSwitchFile = this.#changed.event;

  constructor(state: Memento) {
    this.#state = state;
    this.#subscriptions = Disposable.from(
      this.#changed,
      // Before a file is opened by its new name it is off by that, too; after it only by that.
      workspace.onWillRenameFiles((event) => {
        event.waitUntil(this.#keep(this.#files().flatMap((file) => [file, ...newNames(file, event.files)])));
      }),
      workspace.onDidRenameFiles(({ files }) => this.#keep(this.#files().filter((file) => !newNames(file, files)[0]))),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
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
    await this.#keep(others.length < files.length ? others : [...others, file]);
  }

  async #keep(files: readonly string[]): Promise<void> {
    await this.#state.update(FILES_KEY, files);
    this.#changed.fire();
  }

  #files(): readonly string[] {
    return this.#state.get<readonly string[]>(FILES_KEY, []);
  }
}

/** What a file is called once it, or a folder that it stands in, has been renamed; nothing if it keeps its name. */
function newNames(file: string, renamed: readonly { readonly oldUri: Uri; readonly newUri: Uri }[]): readonly string[] {
  return renamed
    .map(({ oldUri, newUri }) => [oldUri.toString(), newUri.toString()] as const)
    .filter(([old]) => file === old || file.startsWith(`${old}/`))
    .map(([old, name]) => `${name}${file.slice(old.length)}`);
}
