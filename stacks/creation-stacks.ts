/**
 * Every token of cdktf remembers where in the code it was made, with a stack trace of unlimited depth: half of the time
 * of a synthesis. Nobody reads them, as a message of ours names the user's field instead.
 *
 * cdktf 0.21 has no switch for it, so its function is replaced; should a later version have moved it, nothing happens.
 */
export function withoutCreationStacks(): void {
  process.env.CDKTN_DISABLE_CREATION_STACK = "1"; // the switch of the fork
  try {
    const stackTrace = require("cdktf/lib/tokens/private/stack-trace") as { captureStackTrace: () => string[] };
    stackTrace.captureStackTrace = () => [];
  } catch {}
}
