#!/usr/bin/env bash
# @huggingface/transformers 4.3.2 (JavaScript): pipeline("text-classification") applies softmax to a model of one
# output, as rerankers and regressions have, and says 1 for every text, where Python's pipeline applies a sigmoid, or
# nothing for a regression. And the image pipeline ignores problem_type "multi_label_classification", which the text
# pipeline heeds: labels that may all be true share a sum of 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts @huggingface/transformers@4.3.2
cat > pipelines.mjs <<'JS'
import assert from "node:assert";
import * as transformers from "@huggingface/transformers";

const { env, ImageClassificationPipeline, RawImage, Tensor, TextClassificationPipeline } = transformers;

// A model that says the given logits, whatever it is shown.
function says(logits, problem_type) {
  const output = { logits: new Tensor("float32", Float32Array.from(logits), [1, logits.length]) };
  const id2label = Object.fromEntries(logits.map((_, i) => [i, `label ${i}`]));
  return Object.assign(async () => output, { config: { id2label, problem_type } });
}

async function texts(logits, problem_type) {
  const model = says(logits, problem_type);
  const pipe = new TextClassificationPipeline({ task: "text-classification", model, tokenizer: () => ({}) });
  return (await pipe("a text", { top_k: null })).map((row) => row.score);
}

async function images(logits, problem_type) {
  const model = says(logits, problem_type);
  const processor = async () => ({ pixel_values: null });
  const pipe = new ImageClassificationPipeline({ task: "image-classification", model, processor });
  return (await pipe(new RawImage(new Uint8ClampedArray(3), 1, 1, 3))).map((row) => row.score);
}

const [low, high, several] = [await texts([-4]), await texts([4], "regression"), "multi_label_classification"];
const [text, image] = [await texts([3, 2], several), await images([3, 2], several)];
console.log(`transformers ${env.version}: one logit of -4 gives ${low}, a regression of 4 gives ${high};`);
const digits = (probs) => probs.map((p) => p.toFixed(3));
const near = (got, want) => got.every((p, i) => Math.abs(p - want[i]) < 1e-3);
console.log(`  logits 3 and 2 of several labels: text ${digits(text)}, image ${digits(image)}`);
assert(low[0] === 1 && high[0] === 1 && near(text, [0.953, 0.881]) && near(image, [0.731, 0.269]));
JS
node pipelines.mjs
