/**
 * Which documents the server has.
 *
 * Invariant: none that is switched off. The switch closes it for the server and opens it again; between the two the
 * server hears nothing of it.
 */

import { Disposable, type TextDocument, workspace } from "vscode";
import {
  type BaseLanguageClient,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  type FeatureState,
  type Middleware,
  type StaticFeature,
} from "vscode-languageclient/node";

import type { Switches } from "./switches";

export class Documents implements StaticFeature {
  readonly #switches: Switches;
  readonly #client: () => BaseLanguageClient;
  readonly #told = new Set<TextDocument>();
  #subscriptions = Disposable.from();

  readonly middleware: Pick<Middleware, "didOpen" | "didChange" | "didClose"> = {
    didOpen: async (document, next) => {
      if (this.#switches.offBecause(document) === "") {
        this.#told.add(document);
        await next(document);
      }
    },
    didChange: async (event, next) => {
      if (this.#told.has(event.document)) {
        await next(event);
      }
    },
    didClose: async (document, next) => {
      if (this.#told.delete(document)) {
        await next(document);
      }
    },
  };

  constructor(switches: Switches, client: () => BaseLanguageClient) {
    this.#switches = switches;
    this.#client = client;
  }

  fillClientCapabilities(): void {
    // The library's own features say that documents are told of.
  }

  initialize(): void {
    const follow = (): void => {
      workspace.textDocuments.forEach((document) => void this.#follow(document));
    };
    this.#subscriptions = Disposable.from(
      this.#switches.onDidSwitchFile(follow),
      workspace.onDidChangeConfiguration(follow),
    );
  }

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {
    this.#subscriptions.dispose();
    this.#told.clear();
  }

  async #follow(document: TextDocument): Promise<void> {
    const isOn = this.#switches.offBecause(document) === "";
    if (isOn === this.#told.has(document)) {
      return;
    }
    const client = this.#client();
    const feature = isOn
      ? client.getFeature(DidOpenTextDocumentNotification.method)
      : client.getFeature(DidCloseTextDocumentNotification.method);
    try {
      await feature.getProvider(document)?.send(document);
    } catch (error) {
      client.warn(`The server was not told of a switch: ${String(error)}`, undefined, false);
    }
  }
}
