import { App } from "cdktf";
import { loadFleet, Platform, RustService } from "drover";

const { platform, apps } = loadFleet();
const app = new App();
new Platform(app, "platform", platform);
for (const spec of apps) new RustService(app, spec.slug, { ...spec, platform });
app.synth();
