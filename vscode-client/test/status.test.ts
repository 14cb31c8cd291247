import assert from "node:assert/strict";
import { test } from "node:test";

import { conditionOf, counts, engine, last, latency, simulated, type Report } from "../src/status";

const READY: Report = {
  state: "ready",
  reason: "",
  slow: false,
  model: "smollm2-135m",
  device: "cpu",
  step_ms: 9.6,
  loading: null,
  last: { outcome: "shown", reason: "", total_ms: 38.4 },
  counts: { requests: 9, shown: 4, typed_through: 1, cached: 1, cancelled: 2, empty: 3, accepted: 1 },
  latency_ms: { p50: 38.4, p95: 97.2 },
  simulated: null,
};
const RUNNING = { kind: "running" } as const;

function label(report: Partial<Report>): string {
  return conditionOf(RUNNING, { ...READY, ...report }, "").label;
}

test("ready has the latency once there is one", () => {
  assert.equal(label({}), "ready 38 ms");
  assert.equal(label({ latency_ms: { p50: 0, p95: 0 } }), "ready");
});

test("slow is what the server says is slow, for the reason that it gives", () => {
  const slow = { ...READY, slow: true, reason: "suggestions come late" };
  assert.deepEqual(conditionOf(RUNNING, slow, ""), {
    state: "slow",
    label: "slow 38 ms",
    reason: "Suggestions come late.",
  });
  assert.equal(label({ slow: true, latency_ms: { p50: 0, p95: 0 } }), "slow");
});

test("loading tells how far it is", () => {
  const loading = { stage: "download", done: 200, total: 500, unit: "bytes" };
  assert.equal(label({ state: "starting", loading }), "loading model 40 %");
  assert.equal(label({ state: "starting", loading: { ...loading, total: 0 } }), "loading model");
  assert.match(conditionOf(RUNNING, { ...READY, state: "starting", loading }, "").reason, /downloaded/);
});

test("what serves while another model is on its way says that it is ready, and what is going on only in full", () => {
  const loading = { stage: "load", done: 1, total: 4, unit: "steps" };
  assert.deepEqual(conditionOf(RUNNING, { ...READY, loading }, ""), {
    state: "ready",
    label: "ready 38 ms",
    reason: "Another model or device is on its way 25 %: The model is loaded.",
  });
  assert.equal(label({ slow: true, loading }), "slow 38 ms");
});

test("other states have their name and their reason", () => {
  assert.deepEqual(conditionOf({ kind: "failed", reason: "No Python." }, undefined, ""), {
    state: "failed",
    label: "failed",
    reason: "No Python.",
  });
  assert.equal(label({ state: "failed", reason: "the bundle is broken" }), "failed");
  assert.equal(label({ state: "restarting" }), "starting");
  assert.equal(conditionOf(RUNNING, undefined, "").state, "starting");
  assert.equal(conditionOf({ kind: "stopped" }, undefined, "").state, "off");
});

test("off comes before everything else", () => {
  const off = conditionOf({ kind: "failed", reason: "x" }, READY, "Tandem is switched off for this file.");
  assert.deepEqual(off, { state: "off", label: "off", reason: "Tandem is switched off for this file." });
});

test("what a simulated device takes is named as such, and kept apart from what anybody waited for", () => {
  const report = { ...READY, device: "wafer", simulated: { step_ms: 0.214, p50_ms: 4.13, p95_ms: 8.2 } };
  assert.equal(simulated(READY), "");
  assert.equal(simulated(report), "wafer (simulated): 0.21 ms a token, half of the suggestions within 4.1 ms");
  assert.equal(label(report), "ready 38 ms");
  const idle = { ...report, simulated: { step_ms: 0.214, p50_ms: 0, p95_ms: 0 } };
  assert.equal(simulated(idle), "wafer (simulated): 0.21 ms a token");
});

test("figures are said in words", () => {
  assert.equal(engine(READY), "smollm2-135m on cpu, 9.6 ms a token");
  assert.equal(engine({ ...READY, model: "" }), "");
  assert.equal(latency(READY), "half of the suggestions within 38 ms, 95 % within 97 ms");
  assert.equal(latency({ ...READY, latency_ms: { p50: 0, p95: 0 } }), "no suggestion yet that had to be computed");
  assert.equal(counts(READY), "9 asked, 4 shown (2 known before), 1 accepted, 2 overtaken by a key");
  assert.equal(last(READY), "shown after 38 ms");
  assert.equal(
    last({ ...READY, last: { outcome: "empty", reason: "the cursor stands inside a word", total_ms: 1 } }),
    "not shown: the cursor stands inside a word",
  );
});
