import type { Construct } from "constructs";
import { ImportBlock } from "../terraform/import-block";
import { PrivateBucket, type PrivateBucketProps } from "./private-bucket";

/** The bucket of the given name exists: its own state is kept in it. */
export interface StateBucketProps extends PrivateBucketProps {
  /**
   * Days for which an older version of a state is kept.
   *
   * @default 90
   */
  readonly oldVersionDays?: number;
}

/**
 * The bucket of Terraform's states: taken over by an import, then versioned, encrypted, closed to the public and to
 * plain HTTP, and never destroyed.
 */
export class StateBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: StateBucketProps) {
    super(scope, id, props, { lifecycle: { preventDestroy: true } });
    new ImportBlock(this.bucket, "adopt", props.name);
    this.keepVersions({
      id: "old-versions",
      noncurrentVersionExpiration: [{ noncurrentDays: props.oldVersionDays ?? 90 }],
      // Each lock leaves a marker that it was deleted.
      expiration: [{ expiredObjectDeleteMarker: true }],
    });
  }
}
