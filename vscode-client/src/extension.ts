/**
 * Where the editor begins and ends with Tandem: everything is made and tied together here, and nothing else is done.
 */

import { type ExtensionContext, window, workspace } from "vscode";

import { registerCommands } from "./commands";
import { ContextKey } from "./contextKey";
import { Cursor } from "./cursor";
import { Growth } from "./growth";
import { Server } from "./server";
import { DECISIVE, SECTION } from "./settings";
import { StatusBar } from "./statusBar";
import { Switches } from "./switches";
import { Tab } from "./tab";

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("Tandem", { log: true });
  const switches = new Switches(context.workspaceState);
  const growth = new Growth();
  const running = new Server(context, log, switches, growth);
  const [isRunning, isReady] = [new ContextKey("tandem.running"), new ContextKey("tandem.ready")];
  server = running;

  context.subscriptions.push(
    log,
    switches,
    running,
    new StatusBar(running, switches),
    new Tab(switches),
    new Cursor(switches, (params) => {
      running.notify("tandem/didMoveCursor", params);
    }),
    ...registerCommands({ server: running, switches, growth, log }),
    running.onDidChange(() => {
      isRunning.set(running.life.kind === "running");
      isReady.set(running.report?.state === "ready");
    }),
    workspace.onDidChangeConfiguration((event) => {
      if (DECISIVE.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) {
        void running.restart();
      }
    }),
  );
  void running.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
