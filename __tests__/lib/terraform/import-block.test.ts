import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { Construct } from "constructs";
import { ImportBlock } from "../../../lib/terraform/import-block";
import { address, synth } from "../../support/synth";

const NAMES = ["one", "two"];

it("leads an object that exists to its resource's address", () => {
  const json = synth((stack) => {
    const logs = new CloudwatchLogGroup(new Construct(stack, "parent"), "logs", { name: "one" });
    new ImportBlock(logs, "adopt", "id-of-one");
  });
  expect(json.import).toEqual([{ to: address(json, "aws_cloudwatch_log_group"), id: "id-of-one" }]);
});

it("names the address as it is, and not as an expression, which Terraform refuses there", () => {
  const json = synth((stack) => new ImportBlock(new CloudwatchLogGroup(stack, "logs", {}), "adopt", "id"));
  expect(json.import?.[0]?.to).toMatch(/^aws_cloudwatch_log_group\.\w+$/);
});

it("stands beside others in one stack", () => {
  const json = synth((stack) => {
    for (const name of NAMES) new ImportBlock(new CloudwatchLogGroup(stack, name, { name }), "adopt", name);
  });
  expect(json.import).toEqual(
    NAMES.map((name) => ({ to: address(json, "aws_cloudwatch_log_group", { name }), id: name })),
  );
});

it("changes nothing of the resource", () => {
  const logs = (adopted: boolean) =>
    synth((stack) => {
      const logs = new CloudwatchLogGroup(stack, "logs", { name: "one" });
      if (adopted) new ImportBlock(logs, "adopt", "one");
    });
  expect(logs(true).resource).toEqual(logs(false).resource);
});
