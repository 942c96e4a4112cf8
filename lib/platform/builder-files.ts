import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import type { Construct } from "constructs";
import { literal } from "../terraform/literal";
import { PrivateBucket, type PrivateBucketProps } from "./private-bucket";

export interface BuilderFilesProps extends PrivateBucketProps {
  /** Content of each file, by its name. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * The files from which the builder images are made, in a bucket: CodeBuild takes no buildspec of more than 25,600
 * characters, and the sources of the build's tools alone are longer.
 */
export class BuilderFiles extends PrivateBucket {
  constructor(scope: Construct, id: string, { files, ...props }: BuilderFilesProps) {
    super(scope, id, props, { forceDestroy: true });
    for (const [name, content] of Object.entries(files)) {
      new S3Object(this, `file-${name}`, {
        bucket: this.bucket.id,
        key: name,
        content: literal(content),
        contentType: "text/plain; charset=utf-8",
      });
    }
  }
}
