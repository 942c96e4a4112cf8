import { App, TerraformStack, Testing } from "cdktf";
import { withoutCreationStacks } from "../../stacks/creation-stacks";
import { temporaryFolder } from "./folder";

withoutCreationStacks();

/** A part of Terraform's JSON. */
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects to find there
export type Body = Record<string, any>;

/** What a stack says to Terraform, without cdktf's notes beside it. */
export interface StackJson {
  readonly terraform: Body;
  readonly provider?: Body;
  readonly resource?: Record<string, Record<string, Body>>;
  readonly output?: Record<string, Body>;
  readonly import?: readonly Body[];
}

/** Makes a stack, lets the test put its constructs in, and returns what they became. */
export function synth(build: (stack: TerraformStack) => void): StackJson {
  const stack = new TerraformStack(new App({ outdir: temporaryFolder() }), "stack");
  build(stack);
  return JSON.parse(Testing.synth(stack));
}

/** All resources of a type, by their names in Terraform. */
export function resources(json: StackJson, type: string): Record<string, Body> {
  return json.resource?.[type] ?? {};
}

/** The resource of a type, where there is one only, or the one whose arguments hold the given values. */
export function resource(json: StackJson, type: string, having: Body = {}): Body {
  return json.resource?.[type]?.[nameOf(json, type, having)] ?? {};
}

/** The container of a Job's pod that does the work, as its stack or its manifest has it. */
export function workOf(pod: Body): Body {
  return (pod.init_container ?? pod.initContainers).at(-1);
}

/** Address of a resource, as another one refers to it. */
export function address(json: StackJson, type: string, having: Body = {}): string {
  return `${type}.${nameOf(json, type, having)}`;
}

/** Addresses of all resources, sorted. */
export function addresses(json: StackJson): string[] {
  return Object.entries(json.resource ?? {})
    .flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`))
    .sort();
}

function nameOf(json: StackJson, type: string, having: Body): string {
  const found = Object.entries(resources(json, type)).filter(([, body]) =>
    Object.entries(having).every(([argument, value]) => body[argument] === value),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} resources of type ${type} with ${JSON.stringify(having)}, instead of one`);
  }
  return first[0];
}
