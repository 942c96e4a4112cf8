import { BuilderFiles } from "../../../lib/platform/builder-files";
import { address, resource, resources, synth } from "../../support/synth";

const json = synth(
  (stack) =>
    new BuilderFiles(stack, "files", {
      name: "acme-builder",
      files: { "a.Dockerfile": 'FROM scratch\nENV A="${B}"\n', "b.Dockerfile": "FROM scratch\n" },
    }),
);

it("is a private bucket, which can be made again", () => {
  expect(resource(json, "aws_s3_bucket")).toEqual({ bucket: "acme-builder", force_destroy: true });
  expect(resource(json, "aws_s3_bucket_policy").policy).toContain("TlsOnly");
});

it("holds the files as they are: a variable in them is none of Terraform's", () => {
  const bucket = `\${${address(json, "aws_s3_bucket")}.id}`;
  const files = Object.values(resources(json, "aws_s3_object")).map(({ bucket, key, content }) => ({
    bucket,
    key,
    content,
  }));
  expect(files).toEqual([
    { bucket, key: "a.Dockerfile", content: 'FROM scratch\nENV A="$${B}"\n' },
    { bucket, key: "b.Dockerfile", content: "FROM scratch\n" },
  ]);
});
