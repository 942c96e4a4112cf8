import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StackResources } from "../../lib/runtime/manifests";
import { ROOT } from "./program";

/** A request of the real provider that changes something. */
export interface RecordedRequest {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** Such as "/api/v1/namespaces". */
  readonly path: string;
  /** @default "application/json" */
  readonly type?: string;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a body is whatever was sent
  readonly body: any;
}

/** What a stack's apply sent. */
export interface Recording {
  readonly resources: StackResources;
  readonly requests: readonly RecordedRequest[];
}

/** A step of a recording of the Kubernetes provider, such as "full/1-create". */
export function recording(step: string): Recording {
  const file = (suffix: string) =>
    readFileSync(join(ROOT, "__tests__/recordings/kubernetes-2.38.0", `${step}.${suffix}`), "utf8");
  return {
    resources: JSON.parse(file("tf.json")).resource,
    requests: file("requests.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
}

/** What the cluster said of a Deployment whose pods it refused: a condition of its status. */
export function recordedRefusal(step: string): {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
} {
  const file = join(ROOT, "__tests__/recordings/kubernetes-2.38.0", `${step}.refusal.json`);
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Steps that make a stack, and those that change one. */
export const CREATIONS = ["full/1-create", "alb/1-create", "database/1-create", "refused/1-create", "more/1-create"];
export const UPDATES = ["full/2-update", "full/3-secret", "database/2-memory", "more/2-update"];
