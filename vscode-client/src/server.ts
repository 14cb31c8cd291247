/**
 * The language server's life: found, started, restarted, stopped; and what it says of itself.
 *
 *     stopped --restart--> starting --> running --too many deaths--> failed --restart--> starting
 *                             |  ^         |
 *                             |  +--death--+
 *                             +--Problem--> failed
 *
 * Invariant: one server at a time. A wish waits for the end of what is under way, which is called off for it, and only
 * the latest wish is fulfilled.
 */

import { setTimeout } from "node:timers/promises";

import { type Disposable, EventEmitter, type ExtensionContext, type LogOutputChannel, type Uri } from "vscode";
import { CloseAction, type ErrorHandler, type LanguageClient, State } from "vscode-languageclient/node";

import { makeClient } from "./client";
import { section } from "./configuration";
import type { Growth } from "./growth";
import { Problem } from "./problem";
import { findPython } from "./python";
import { tell, warn } from "./remedies";
import { problemsOf } from "./settings";
import type { Command } from "./run";
import type { Life, Report } from "./status";
import type { Switches } from "./switches";

const STATUS = "tandem/status";
const EXPLAIN = "tandem/explain";
const MOST_RESTARTS = 4;
const STOP_MS = 3000;
/** What a server says before it ends may be heard after that. */
const LAST_WORDS_MS = 200;

export class Server implements Disposable {
  readonly #context: ExtensionContext;
  readonly #log: LogOutputChannel;
  readonly #switches: Switches;
  readonly #growth: Growth;
  readonly #changed = new EventEmitter<void>();
  #life: Life = { kind: "stopped" };
  #report: Report | undefined;
  #client: LanguageClient | undefined;
  #hasRun = false;
  #lastWords = "";
  #wish = new AbortController();
  #turn: Promise<void> = Promise.resolve();

  /** Life or report are others now. */
  readonly onDidChange = this.#changed.event;

  constructor(context: ExtensionContext, log: LogOutputChannel, switches: Switches, growth: Growth) {
    this.#context = context;
    this.#log = log;
    this.#switches = switches;
    this.#growth = growth;
  }

  get life(): Life {
    return this.#life;
  }

  get report(): Report | undefined {
    return this.#report;
  }

  dispose(): void {
    this.#wish.abort();
    this.#changed.dispose();
  }

  /** Start a server, in place of the one there is; while Tandem is switched off there is none. */
  restart(): Promise<void> {
    return this.#next(async (signal) => {
      await this.#end();
      if (this.#switches.everywhere) {
        await this.#begin(signal);
      }
    });
  }

  /** Stop the server; there may be none. */
  stop(): Promise<void> {
    return this.#next(() => this.#end());
  }

  /** Ask the server how it is, if there is one: of requests it tells by itself only now and then. */
  async refresh(): Promise<void> {
    const client = this.#client;
    if (!client?.isRunning()) {
      return;
    }
    try {
      const report = await client.sendRequest<Report>(STATUS);
      if (client === this.#client) {
        this.#report = report;
        this.#changed.fire();
      }
    } catch (error) {
      this.#log.warn(`The server did not say how it is: ${String(error)}`);
    }
  }

  /** Explain the latest request in a document, in Markdown; nothing where the server knows of none. */
  async explain(uri: Uri): Promise<string | undefined> {
    const client = this.#client;
    if (!client?.isRunning()) {
      return undefined;
    }
    const textDocument = { uri: client.code2ProtocolConverter.asUri(uri) };
    const told = await client.sendRequest<{ readonly markdown: string } | null>(EXPLAIN, { textDocument });
    return told?.markdown;
  }

  /** Send a notification, if there is a server to hear it. */
  notify(method: string, params?: object): void {
    if (this.#client?.isRunning()) {
      this.#client.sendNotification(method, params).catch((error: unknown) => {
        this.#log.warn(`${method} was not sent: ${String(error)}`);
      });
    }
  }

  #next(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#wish.abort();
    const { signal } = (this.#wish = new AbortController());
    this.#turn = this.#turn.then(() => (signal.aborted ? undefined : work(signal)));
    return this.#turn;
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const say = (doing: string): void => {
      this.#become({ kind: "starting", doing });
    };
    say("Tandem looks for Python.");
    problemsOf(section()).forEach(warn);
    try {
      const python = await findPython({ context: this.#context, log: this.#log, say, signal });
      if (!signal.aborted) {
        say("The server is being started.");
        await this.#start(python);
      }
    } catch (error) {
      if (!signal.aborted) {
        await Promise.all([this.#end(), setTimeout(LAST_WORDS_MS)]);
        this.#fail(error instanceof Problem ? error : unforeseen(this.#lastWords || String(error)));
      }
    }
  }

  async #start(python: Command): Promise<void> {
    this.#hasRun = false;
    this.#lastWords = "";
    const client = makeClient({
      python,
      log: this.#log,
      switches: this.#switches,
      growth: this.#growth,
      errorHandler: this.#errorHandler(() => client),
      onLog: (line) => {
        this.#lastWords = line;
        this.#log.info(line);
      },
    });
    client.onDidChangeState(({ newState }) => {
      if (this.#client !== client) {
        return;
      }
      if (newState === State.Running) {
        this.#hasRun = true;
        this.#become({ kind: "running" });
      } else if (newState === State.StartFailed && this.#hasRun) {
        void this.#failToRestart();
      }
    });
    client.onNotification(STATUS, (report: Report) => {
      this.#report = report;
      this.#changed.fire();
    });
    this.#client = client;
    await client.start();
    await this.refresh();
  }

  async #end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#report = undefined;
    try {
      await client?.dispose(STOP_MS);
    } catch (error) {
      this.#log.warn(`The server did not stop as it should: ${String(error)}`);
    }
    this.#become({ kind: "stopped" });
  }

  /** The library's way with a server that dies: it starts it anew, up to a few times in three minutes. */
  #errorHandler(client: () => LanguageClient): ErrorHandler {
    let library: ErrorHandler | undefined;
    const handler = (): ErrorHandler => (library ??= client().createDefaultErrorHandler(MOST_RESTARTS));
    return {
      error: async (error, message, count) => ({ ...(await handler().error(error, message, count)), handled: true }),
      closed: async () => {
        if (this.#life.kind !== "running") {
          return { action: CloseAction.DoNotRestart, handled: true }; // whoever started it tells why it did not run
        }
        this.#report = undefined;
        this.#lastWords = "";
        const { action } = await handler().closed();
        if (action === CloseAction.Restart) {
          this.#become({ kind: "starting", doing: "The server ended unexpectedly and is being restarted." });
        } else {
          this.#fail(new Problem("Tandem's server ended too often and is not started any more.", "retry", "log"));
        }
        return { action, handled: true };
      },
    };
  }

  /** One that has run ended and does not come up again: its Python may be gone. */
  async #failToRestart(): Promise<void> {
    const client = this.#client;
    await setTimeout(LAST_WORDS_MS);
    if (client === this.#client) {
      this.#fail(unforeseen(this.#lastWords || "The log says more."));
    }
  }

  #fail(problem: Problem): void {
    this.#log.error(problem.message);
    this.#become({ kind: "failed", reason: problem.message });
    tell(problem);
  }

  #become(life: Life): void {
    this.#life = life;
    this.#changed.fire();
  }
}

function unforeseen(reason: string): Problem {
  return new Problem(`Tandem's server did not start: ${reason}`, "retry", "log", "python");
}
