import { Token } from "cdktf";
import { withoutCreationStacks } from "../../stacks/creation-stacks";

/** Where in the code a new token says that it was made. */
function creationStack(): readonly string[] {
  const token = Token.asAny({ key: "value" }) as unknown as { readonly creationStack: readonly string[] };
  return token.creationStack;
}

it("has cdktf's tokens forget where they were made, which takes half of a synthesis", () => {
  expect(creationStack()).not.toEqual([]);
  withoutCreationStacks();
  expect(creationStack()).toEqual([]);
});

it("tells the fork by its own switch", () => {
  withoutCreationStacks();
  expect(process.env.CDKTN_DISABLE_CREATION_STACK).toBe("1");
});
