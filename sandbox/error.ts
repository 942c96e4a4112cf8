/** A mistake or a state of affairs that the user can do something about: the message says what. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}
