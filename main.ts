import { App } from "cdktf";
import { loadFleet } from "./lib/fleet/load";
import { Platform } from "./stacks/platform";
import { RustService } from "./stacks/rust-service";

const { platform, apps } = loadFleet();
const app = new App();
new Platform(app, "platform", platform);
for (const spec of apps) new RustService(app, spec.slug, { ...spec, platform });
app.synth();
