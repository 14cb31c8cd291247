/**
 * One connection with one server: what it is told and asked, and what it may tell us.
 *
 * Invariant: the server gets no text of a file that is switched off, and no request for one.
 */

import { homedir } from "node:os";
import { createInterface } from "node:readline";

import type { LogOutputChannel, TextDocument } from "vscode";
import {
  type ClientCapabilities,
  type ErrorHandler,
  type FeatureState,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type StaticFeature,
} from "vscode-languageclient/node";

import { section } from "./configuration";
import { Documents } from "./documents";
import { GROWN, type Growth } from "./growth";
import { type Command, surroundings } from "./run";
import { SECTION, serverSettings } from "./settings";
import type { Switches } from "./switches";

/** What people edit; other documents are views of the editor's, or kept elsewhere. */
const SCHEMES = ["file", "untitled"];

/** What a client is made from. */
export interface Parts {
  readonly python: Command;
  readonly log: LogOutputChannel;
  readonly switches: Switches;
  readonly growth: Growth;
  readonly errorHandler: ErrorHandler;
  /** Hears what the server logs. */
  readonly onLog: (line: string) => void;
}

/** Make a client; it does nothing until it is started. */
export function makeClient({ python, log, switches, growth, errorHandler, onLog }: Parts): LanguageClient {
  const documents = new Documents(switches, () => client);
  const isOn = (document: TextDocument): boolean => switches.offBecause(document) === "";
  const settings = (): object => serverSettings(section());
  const options: LanguageClientOptions = {
    documentSelector: SCHEMES.map((scheme) => ({ scheme })),
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: settings,
    initializationFailedHandler: () => false,
    errorHandler,
    stdioOptions: {
      stdout: () => undefined, // which carries the protocol
      stderr: (input) => createInterface({ input }).on("line", onLog),
    },
    middleware: {
      ...documents.middleware,
      provideInlineCompletionItems: (document, position, context, token, next) =>
        isOn(document) ? growth.provide(document, position, context, token, next) : undefined,
      provideCompletionItem: (document, position, context, token, next) =>
        isOn(document) ? next(document, position, context, token) : undefined,
      workspace: {
        configuration: ({ items }) => items.map(({ section }) => (section === SECTION ? settings() : null)),
        // The server asks for what it needs to know.
        didChangeConfiguration: (_sections, next) => next(undefined),
      },
    },
  };
  const [command, ...first] = python;
  const server = {
    command,
    args: [...first, "-P", "-m", "lsp", "serve"],
    options: { cwd: homedir(), env: surroundings() }, // in the workspace, its own modules might be found first
  };
  const client = new QuietClient(SECTION, "Tandem", server, options);
  client.registerFeature(new Abilities());
  client.registerFeature(documents);
  client.onNotification(GROWN, growth.hear);
  return client;
}

/** The library's client, but what the user is to know is told here, in sentences that help. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** What this client can do besides LSP; it shows how loading goes in its own place in the status bar. */
class Abilities implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), [SECTION]: { grown: true } };
    capabilities.window = { ...capabilities.window, workDoneProgress: false };
  }

  initialize(): void {
    // There is nothing to begin.
  }

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {
    // There is nothing to end.
  }
}
