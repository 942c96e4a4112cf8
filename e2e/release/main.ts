import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { App } from "cdktf";
import { loadFleet } from "../../lib/fleet/load";
import { RustService } from "../../stacks/rust-service";

/** Seconds until a rollout that gets nowhere is given up: a test waits for it. */
const PROGRESS_DEADLINE = 30;

// As the product's own main.ts, but for the deadline, and without the platform, which releases leave alone.
const { platform, apps } = loadFleet();
const app = new App();
for (const spec of apps) new RustService(app, spec.slug, { ...spec, platform });
for (const node of app.node.findAll()) {
  if (node instanceof DeploymentV1) node.addOverride("spec.progress_deadline_seconds", PROGRESS_DEADLINE);
}
app.synth();
