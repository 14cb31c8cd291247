/**
 * Why an environment could not be made, in a sentence, from what pip said.
 *
 * Invariant: the sentence says what to do next.
 */

import { Problem } from "./problem";

interface Cause {
  readonly sign: RegExp;
  readonly sentence: string;
}

/** How pip's networking, Python's and the system's words for it begin. */
const NO_NETWORK = new RegExp(
  [
    "NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeoutError|ProxyError",
    "getaddrinfo failed|Temporary failure in name resolution|Network is unreachable|Connection refused",
  ].join("|"),
);

const CAUSES: readonly Cause[] = [
  {
    sign: /No space left on device|Errno 28|not enough space/,
    sentence: "The disk is full. Free half a gigabyte and try again.",
  },
  {
    sign: /tandem: error: no pip in a new environment|ensurepip/,
    sentence:
      "This Python cannot make environments. Install its venv package (on Debian and Ubuntu: apt install python3-venv), or choose another Python.",
  },
  {
    sign: /CERTIFICATE_VERIFY_FAILED|SSLError/,
    sentence: "The package index has a certificate that pip does not trust. Set pip's `cert` option, and try again.",
  },
  {
    sign: NO_NETWORK,
    sentence: "The package index cannot be reached. Connect to the network for this first start; later ones need none.",
  },
  {
    sign: /No matching distribution found|THESE PACKAGES DO NOT MATCH THE HASHES/,
    sentence: "The package index does not have the packages for this Python. Choose another one, 3.11 or newer.",
  },
];

/** Explain a failure. */
export function explain(lines: readonly string[]): Problem {
  const output = lines.join("\n");
  const cause = CAUSES.find(({ sign }) => sign.test(output));
  const last = lines.findLast((line) => /^(?:tandem: )?error:/i.test(line))?.replace(/^(?:tandem: )?error:\s*/i, "");
  const sentence = cause?.sentence ?? `${last ?? "The log says more."} Try again, or choose a Python that has Tandem.`;
  return new Problem(`Tandem could not set itself up. ${sentence}`, "retry", "python", "log");
}
