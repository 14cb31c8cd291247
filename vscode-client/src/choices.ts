/**
 * What the user chooses from a list: the model, the device, the Python.
 *
 * Invariant: a choice ends up in a setting, where it can be seen and taken back; what depends on it follows that.
 */

import { type OpenDialogOptions, type QuickPickItem, window } from "vscode";

import { change, setting } from "./configuration";

interface Choice extends QuickPickItem {
  /** The setting's value; undefined opens a dialog for it. */
  readonly value?: string;
  readonly dialog?: OpenDialogOptions;
}

const MODELS: readonly Choice[] = [
  { label: "auto", description: "the best one that this machine runs fast enough", value: "auto" },
  { label: "qwen2.5-coder-0.5b", description: "the default: better, 500 MB", value: "qwen2.5-coder-0.5b" },
  { label: "smollm2-135m", description: "the small one: three times as fast, 150 MB", value: "smollm2-135m" },
  { label: "qwen2.5-coder-1.5b", description: "the large one: 1.1 GB, for fast machines", value: "qwen2.5-coder-1.5b" },
  {
    label: "A folder…",
    description: "with a bundle, or in the layout of the hub's ONNX community",
    dialog: { canSelectFolders: true, canSelectFiles: false },
  },
  { label: "A GGUF file…", description: "of a llama or qwen2 model", dialog: { filters: { GGUF: ["gguf"] } } },
];

const DEVICES: readonly Choice[] = [
  { label: "auto", description: "whatever is fastest here", value: "auto" },
  { label: "cpu", description: "the processor", value: "cpu" },
  { label: "gpu", description: "a graphics card", value: "gpu" },
  { label: "wafer", description: "the processor, with the clock of a simulated wafer-scale engine", value: "wafer" },
];

const PYTHONS: readonly Choice[] = [
  {
    label: "Automatic",
    description: "the selected interpreter if Tandem is installed there, else an environment of its own",
    value: "",
  },
  { label: "Another Python…", description: "3.11 or newer" },
];

export async function pickModel(): Promise<void> {
  await pick("model", "The model that makes suggestions", MODELS);
}

export async function pickDevice(): Promise<void> {
  await pick("device", "What the model runs on", DEVICES);
}

export async function pickPython(): Promise<void> {
  await pick("python", "The Python that runs Tandem", PYTHONS);
}

async function pick(name: string, title: string, choices: readonly Choice[]): Promise<void> {
  const now = setting(name, "");
  const items = choices.map((choice) =>
    choice.value === now ? { ...choice, label: `$(check) ${choice.label}` } : choice,
  );
  const chosen = await window.showQuickPick(items, { title, placeHolder: now || title });
  const value = chosen && (chosen.value ?? (await window.showOpenDialog({ title, ...chosen.dialog }))?.[0]?.fsPath);
  if (value !== undefined) {
    await change(name, value === "" ? undefined : value);
  }
}
