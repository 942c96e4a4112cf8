import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { ImageRegistry } from "drover";

const app = new App();
const stack = new TerraformStack(app, "images");
new AwsProvider(stack, "aws", { region: "eu-central-1" });
const registry = new ImageRegistry(stack, "registry", { name: "billing", cacheName: "billing-cache", untaggedDays: 7 });
registry.images.addOverride("tags.team", "billing");
app.synth();
