import { FleetGroup } from "../../../lib/platform/fleet-group";
import { resource, synth } from "../../support/synth";

const make = (tags: Record<string, string>) =>
  resource(
    synth((stack) => new FleetGroup(stack, "fleet", { name: "drover", tags })),
    "aws_resourcegroups_group",
  );

it("finds everything that has the tag, of whatever kind", () => {
  const group = make({ "managed-by": "drover" });
  expect(group.name).toBe("drover");
  expect(JSON.parse(group.resource_query.query)).toEqual({
    ResourceTypeFilters: ["AWS::AllSupported"],
    TagFilters: [{ Key: "managed-by", Values: ["drover"] }],
  });
});

it("asks for every tag of several", () => {
  const query = JSON.parse(make({ "managed-by": "drover", app: "podcore" }).resource_query.query);
  expect(query.TagFilters).toEqual([
    { Key: "managed-by", Values: ["drover"] },
    { Key: "app", Values: ["podcore"] },
  ]);
});
