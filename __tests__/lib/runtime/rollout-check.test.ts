import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { RolloutCheck } from "../../../lib/runtime/rollout-check";
import { temporaryFolder } from "../../support/folder";
import { itWith } from "../../support/needs";
import { type Body, synth } from "../../support/synth";

const json = synth((stack) => {
  const other = new ConfigMapV1(stack, "other", { metadata: { name: "other" } });
  new RolloutCheck(stack, "rollouts", {
    app: "podcore",
    environment: "production",
    repository: "https://github.com/acme/podcore",
    namespace: "podcore-production",
    deployments: ["api", "web", "work"],
    deployCommand: "npx cdktf deploy podcore-production",
    after: [other],
  });
});
const [check] = Object.values<Body>((json as Body).data.kubernetes_resources) as [Body];
const [postcondition] = check.lifecycle.postcondition;

it("reads the app's Deployments from the cluster, after everything that it is given", () => {
  expect(check).toMatchObject({
    api_version: "apps/v1",
    kind: "Deployment",
    namespace: "podcore-production",
    label_selector: "app.kubernetes.io/name=podcore",
    depends_on: ["kubernetes_config_map_v1.other"],
  });
});

/** A Deployment as the API server shows it; fields that it leaves out are null, as the provider has them. */
function deployment(name: string, progressing: "True" | "False" | undefined, readyReplicas: number | null): object {
  const conditions = [
    { type: "Available", status: readyReplicas ? "True" : "False", reason: null },
    ...(progressing === undefined ? [] : [{ type: "Progressing", status: progressing, reason: "Whatever" }]),
  ];
  return { metadata: { name, uid: `uid of ${name}` }, spec: { replicas: 2 }, status: { conditions, readyReplicas } };
}

/** Lets Terraform itself judge what the cluster may show. */
function judge(objects: readonly object[] | null): { passes: boolean; says: string } {
  const folder = temporaryFolder();
  const here = (expression: string) => expression.replaceAll("self.objects", "local.objects");
  const precondition = {
    condition: here(postcondition.condition),
    error_message: here(postcondition.error_message),
  };
  const module = { locals: { objects }, output: { check: { value: "passes", precondition: [precondition] } } };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(module));
  const { status, stdout, stderr } = spawnSync("terraform", ["plan", "-no-color"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, CHECKPOINT_DISABLE: "1" },
  });
  return { passes: status === 0, says: `${stdout}${stderr}`.replace(/^[│╷╵] ?/gm, "") };
}

describe("passes", () => {
  const web = deployment("web", "True", 2);

  itWith(["terraform"], "when every rollout succeeded, or has not been judged", () => {
    expect(judge([web, deployment("api", undefined, 0)])).toMatchObject({ passes: true });
  });

  itWith(["terraform"], "when there is no Deployment, or no list of them", () => {
    for (const objects of [[], null]) expect(judge(objects)).toMatchObject({ passes: true });
  });

  itWith(["terraform"], "when a Deployment has no status yet", () => {
    expect(judge([{ metadata: { name: "web" }, spec: {}, status: null }, { metadata: { name: "api" } }])).toMatchObject(
      {
        passes: true,
      },
    );
  });

  itWith(["terraform"], "when a Deployment failed that is not the stack's, such as one that was just removed", () => {
    expect(judge([web, deployment("crawl", "False", 0)])).toMatchObject({ passes: true });
  });
});

describe("fails", () => {
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+/, "");
  const spec = { replicas: 1, progressDeadlineSeconds: 365 };
  const unavailable = (minutes: number) => ({
    metadata: { name: "work" },
    spec,
    status: {
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: null,
      conditions: [
        { type: "Progressing", status: "True", lastTransitionTime: minutesAgo(60) },
        { type: "Available", status: "False", lastTransitionTime: minutesAgo(minutes) },
      ],
    },
  });

  itWith(
    ["terraform"],
    "when pods of an earlier release are left, although short readiness put the deadline off",
    () => {
      const conditions = [{ type: "Progressing", status: "True", lastTransitionTime: minutesAgo(60) }];
      for (const updatedReplicas of [1, null]) {
        const status = { replicas: 3, updatedReplicas, readyReplicas: 2, conditions };
        const { passes, says } = judge([{ metadata: { name: "web" }, spec, status }]);
        expect(passes).toBe(false);
        expect(says).toContain("  web: its new pods failed; pods still ready: 2\n");
      }
    },
  );

  itWith(
    ["terraform"],
    "when a single worker has been unavailable for longer than its deadline, and not before",
    () => {
      expect(judge([unavailable(2)])).toMatchObject({ passes: true });
      const { passes, says } = judge([unavailable(10)]);
      expect(passes).toBe(false);
      expect(says).toContain("  work: its new pods failed; nothing of it runs\n");
    },
  );
});

itWith(["terraform"], "fails with each process whose rollout failed, what of it still serves, and what to do", () => {
  const { passes, says } = judge([
    deployment("web", "False", 2),
    deployment("api", "True", 1),
    deployment("work", "False", null),
  ]);
  expect(passes).toBe(false);
  expect(says).toContain("The last rollout of these processes in podcore-production failed:");
  expect(says).toContain(
    "  web: its new pods failed; pods still ready: 2\n  work: its new pods failed; nothing of it runs\n",
  );
  expect(says).not.toContain("api:");
  expect(says).toContain("  npm run why -- podcore production\n");
  expect(says).toContain("  npx cdktf deploy podcore-production\n");
});
