import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KeptValue } from "../../../lib/terraform/kept-value";
import { temporaryFolder } from "../../support/folder";
import { itWith } from "../../support/needs";
import { address, resource, synth } from "../../support/synth";

const make = (value: string) =>
  synth(
    (stack) =>
      new KeptValue(stack, "version", {
        value,
        refusal: (kept, address) => `it is ${kept} and not ${value}; to have it: -replace=${address}`,
      }),
  );

it("keeps the value, and compares it with what is wanted", () => {
  const json = make("17");
  expect(resource(json, "terraform_data")).toMatchObject({
    input: "17",
    lifecycle: {
      ignore_changes: ["input"],
      postcondition: [
        {
          condition: '${self.output == "17"}',
          error_message: `it is \${self.output} and not 17; to have it: -replace=${address(json, "terraform_data")}`,
        },
      ],
    },
  });
});

itWith(["terraform"], "refuses another value before anything is changed, unless it is asked for by its address", () => {
  const folder = temporaryFolder();
  const terraform = (...args: string[]) =>
    spawnSync("terraform", [...args, "-no-color"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, CHECKPOINT_DISABLE: "1" },
    });
  const write = (value: string) => {
    const { resource } = make(value);
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ resource }));
  };
  write("17");
  terraform("init");
  expect(terraform("apply", "-auto-approve").status).toBe(0);
  expect(terraform("plan", "-detailed-exitcode").status).toBe(0);

  write("18");
  const { status, stderr } = terraform("apply", "-auto-approve");
  expect(status).toBe(1);
  expect(stderr.replace(/\s+/g, " ")).toContain("it is 17 and not 18; to have it: -replace=terraform_data.version");
  expect(terraform("apply", "-auto-approve", "-replace=terraform_data.version").status).toBe(0);
  expect(terraform("plan", "-detailed-exitcode").status).toBe(0);
});
