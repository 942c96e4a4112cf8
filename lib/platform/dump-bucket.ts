import type { Construct } from "constructs";
import { PrivateBucket, type PrivateBucketProps } from "./private-bucket";

export interface DumpBucketProps extends PrivateBucketProps {
  /**
   * Days for which a dump is kept after a newer one has come. The newest is kept for ever.
   *
   * @default 30
   */
  readonly retentionDays?: number;
  /**
   * Refuse every plan that would destroy the bucket. Without it, the dumps are destroyed with the bucket.
   *
   * @default true
   */
  readonly preventDestroy?: boolean;
}

/**
 * The bucket of a database's dumps. Each dump is a version of one object: whoever may write there can add one, and take
 * none away; and should the dumps ever fail, the last good one does not expire.
 */
export class DumpBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: DumpBucketProps) {
    const { retentionDays = 30, preventDestroy = true } = props;
    super(scope, id, props, { forceDestroy: !preventDestroy, lifecycle: { preventDestroy } });
    this.keepVersions({ id: "older-dumps", noncurrentVersionExpiration: [{ noncurrentDays: retentionDays }] });
  }
}
