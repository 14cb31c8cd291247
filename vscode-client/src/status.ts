/**
 * How Tandem is, in words: for the status bar in two or three of them, for its tooltip and the overview in sentences.
 *
 * Invariant: whatever the state, the words say which it is and, where there is less service than there should be, why.
 */

/** What the server says of itself; the shape is that of `Report` in `lsp/status.py`. */
export interface Report {
  readonly state: string;
  readonly reason: string;
  readonly slow: boolean;
  readonly model: string;
  readonly device: string;
  readonly step_ms: number;
  readonly loading: Loading | null;
  readonly last: Last | null;
  readonly counts: Counts;
  /** Of the suggestions that came by themselves and that the engine was asked for; 0 as long as there is none. */
  readonly latency_ms: { readonly p50: number; readonly p95: number };
  /** What the device takes on a clock of its own, where it is a simulated one; nobody ever waited for that. */
  readonly simulated: Simulated | null;
}

interface Simulated {
  readonly step_ms: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
}

interface Loading {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

interface Last {
  readonly outcome: "shown" | "empty";
  readonly reason: string;
  readonly total_ms: number;
}

interface Counts {
  readonly requests: number;
  readonly shown: number;
  readonly typed_through: number;
  readonly cached: number;
  readonly cancelled: number;
  readonly empty: number;
  readonly accepted: number;
}

/** The server's life, as this side sees it. */
export type Life =
  | { readonly kind: "stopped" }
  | { readonly kind: "starting"; readonly doing: string }
  | { readonly kind: "running" }
  | { readonly kind: "failed"; readonly reason: string };

export type State = "off" | "starting" | "loading" | "ready" | "slow" | "failed";

/** A state, how the status bar names it, and a sentence on it where there is something to say. */
export interface Condition {
  readonly state: State;
  readonly label: string;
  readonly reason: string;
}

const STAGES: Readonly<Record<string, string>> = {
  download: "The model's weights are downloaded, once.",
  verify: "The weights are checked.",
  export: "The weights are written in the form that runs here, once.",
  load: "The model is loaded.",
  wait: "Another Tandem prepares the model.",
};

/** Sum up: `off` says why there is nothing for the document in front, empty when it is served. */
export function conditionOf(life: Life, report: Report | undefined, off: string): Condition {
  if (off !== "") {
    return { state: "off", label: "off", reason: off };
  }
  switch (life.kind) {
    case "failed":
      return { state: "failed", label: "failed", reason: life.reason };
    case "stopped":
      return { state: "off", label: "off", reason: "Tandem is not running." };
    case "starting":
      return { state: "starting", label: "starting", reason: life.doing };
    case "running":
      return report ? reported(report) : { state: "starting", label: "starting", reason: "" };
  }
}

function reported(report: Report): Condition {
  if (report.state === "failed") {
    return { state: "failed", label: "failed", reason: report.reason };
  }
  if (report.state !== "ready") {
    return report.loading
      ? { state: "loading", label: `loading model${share(report.loading)}`, reason: stageOf(report.loading) }
      : { state: "starting", label: "starting", reason: report.reason };
  }
  const state = report.slow ? "slow" : "ready";
  const { p50 } = report.latency_ms;
  const label = p50 > 0 ? `${state} ${milliseconds(p50)}` : state;
  return { state, label, reason: [sentence(report.reason), moving(report)].filter((words) => words !== "").join(" ") };
}

/** What is being made ready while another serves; empty otherwise. */
function moving({ loading }: Report): string {
  return loading ? `Another model or device is on its way${share(loading)}: ${stageOf(loading)}` : "";
}

function share({ done, total }: Loading): string {
  return total > 0 ? ` ${Math.floor((100 * done) / total)} %` : "";
}

function stageOf({ stage }: Loading): string {
  return STAGES[stage] ?? stage;
}

/** What runs where: a line for the tooltip and the overview; empty before it is known. */
export function engine({ model, device, step_ms }: Report): string {
  return model === "" ? "" : `${model} on ${device}, ${milliseconds(step_ms)} a token`;
}

/** How long suggestions take. */
export function latency({ latency_ms: { p50, p95 } }: Report): string {
  return p50 === 0
    ? "no suggestion yet that had to be computed"
    : `half of the suggestions within ${milliseconds(p50)}, 95 % within ${milliseconds(p95)}`;
}

/** What a simulated device makes of it; empty for a real one. */
export function simulated({ device, simulated: times }: Report): string {
  if (!times) {
    return "";
  }
  const suggestion = times.p50_ms === 0 ? "" : `, half of the suggestions within ${milliseconds(times.p50_ms)}`;
  return `${device} (simulated): ${milliseconds(times.step_ms)} a token${suggestion}`;
}

/** What became of the requests. */
export function counts({ counts }: Report): string {
  const { requests, shown, typed_through, cached, cancelled, accepted } = counts;
  const known = `${shown} shown (${typed_through + cached} known before)`;
  return `${requests} asked, ${known}, ${accepted} accepted, ${cancelled} overtaken by a key`;
}

/** How the last request went. */
export function last({ last: request }: Report): string {
  if (!request) {
    return "nothing was asked yet";
  }
  return request.outcome === "shown" ? `shown after ${milliseconds(request.total_ms)}` : `not shown: ${request.reason}`;
}

function milliseconds(value: number): string {
  return `${value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

function sentence(text: string): string {
  return text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
}
