import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { Delay, type DelayProps } from "../../../lib/terraform/delay";
import { address, resource, synth } from "../../support/synth";

const make = (props: Partial<DelayProps> = {}) =>
  synth((stack) => {
    const after = new CloudwatchLogGroup(stack, "before", { name: "before" });
    const delay = new Delay(stack, "delay", { after, seconds: 15, trigger: "policy", ...props });
    new CloudwatchLogGroup(stack, "after", { name: "after", dependsOn: [delay] });
  });

it("stands between two resources", () => {
  const json = make();
  const [before, after] = ["before", "after"].map((name) => ({ name }));
  expect(resource(json, "terraform_data").depends_on).toEqual([address(json, "aws_cloudwatch_log_group", before)]);
  expect(resource(json, "aws_cloudwatch_log_group", after).depends_on).toEqual([address(json, "terraform_data")]);
});

it("waits for the seconds when it is made, and never when it is destroyed", () => {
  const wait = (seconds: number) => resource(make({ seconds }), "terraform_data").provisioner;
  expect(wait(15)).toEqual([{ "local-exec": { command: "sleep 15" } }]);
  expect(wait(3)).toEqual([{ "local-exec": { command: "sleep 3" } }]);
});

it("is made anew when the trigger changes", () => {
  expect(resource(make({ trigger: "another" }), "terraform_data").triggers_replace).toEqual(["another"]);
});

it("is Terraform's own, so that no provider is needed", () => {
  const delay = resource(make(), "terraform_data");
  expect(Object.keys(delay).sort()).toEqual(["depends_on", "provisioner", "triggers_replace"]);
});
