import type { Construct } from "constructs";
import { PrivateBucket, type PrivateBucketProps } from "./private-bucket";

export interface CompileCacheBucketProps extends PrivateBucketProps {
  /**
   * Days after which what was compiled is deleted.
   *
   * @default 30
   */
  readonly expiryDays?: number;
}

/** The bucket in which builds keep what sccache has compiled: closed as the states' is, and gone whenever it has to go. */
export class CompileCacheBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: CompileCacheBucketProps) {
    super(scope, id, props, { forceDestroy: true });
    this.expire({ id: "compiled", expiration: [{ days: props.expiryDays ?? 30 }] });
  }
}
