import assert from "node:assert/strict";
import { test } from "node:test";

import { conditionOf, counts, engine, last, latency, type Report } from "../src/status";

const READY: Report = {
  state: "ready",
  reason: "",
  model: "smollm2-135m",
  device: "cpu",
  step_ms: 9.6,
  loading: null,
  last: { outcome: "shown", reason: "", total_ms: 38.4 },
  counts: { requests: 9, shown: 4, typed_through: 1, cancelled: 2, empty: 3, accepted: 1 },
  latency_ms: { p50: 38.4, p95: 97.2 },
};
const RUNNING = { kind: "running" } as const;

function label(report: Partial<Report>): string {
  return conditionOf(RUNNING, { ...READY, ...report }, "").label;
}

test("ready has the latency once there is one", () => {
  assert.equal(label({}), "ready 38 ms");
  assert.equal(label({ counts: { ...READY.counts, shown: 0 } }), "ready");
});

test("late suggestions, or a model that takes long for a token, are slow", () => {
  assert.equal(label({ latency_ms: { p50: 160, p95: 400 } }), "slow 400 ms");
  assert.equal(
    conditionOf(RUNNING, { ...READY, step_ms: 80, reason: "most are cut short" }, "").reason,
    "Most are cut short.",
  );
  assert.equal(label({ step_ms: 80 }), "slow 97 ms");
  assert.match(conditionOf(RUNNING, { ...READY, step_ms: 80 }, "").reason, /smaller/);
});

test("loading tells how far it is", () => {
  const loading = { stage: "download", done: 200, total: 500, unit: "bytes" };
  assert.equal(label({ state: "starting", loading }), "loading model 40 %");
  assert.equal(label({ state: "starting", loading: { ...loading, total: 0 } }), "loading model");
  assert.match(conditionOf(RUNNING, { ...READY, state: "starting", loading }, "").reason, /downloaded/);
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

test("figures are said in words", () => {
  assert.equal(engine(READY), "smollm2-135m on cpu, 9.6 ms a token");
  assert.equal(engine({ ...READY, model: "" }), "");
  assert.equal(latency(READY), "half of the suggestions within 38 ms, 95 % within 97 ms");
  assert.equal(counts(READY), "9 asked, 4 shown (1 known before), 1 accepted, 2 overtaken by a key");
  assert.equal(last(READY), "shown after 38 ms");
  assert.equal(
    last({ ...READY, last: { outcome: "empty", reason: "the cursor stands inside a word", total_ms: 1 } }),
    "not shown: the cursor stands inside a word",
  );
});
