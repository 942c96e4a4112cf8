/** What a request or an answer of one of AWS's JSON interfaces holds. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes are AWS's, and there are many
export type Json = Record<string, any>;

/** A refusal, as AWS words it. */
export class AwsError extends Error {
  constructor(
    /** AWS's name of the error, such as `ResourceNotFoundException`. */
    readonly type: string,
    message: string,
    /** @default 400 */
    readonly status = 400,
  ) {
    super(message);
  }
}

/** One call of an operation. */
export interface Call {
  readonly input: Json;
  /** The AWS region that is called. */
  readonly region: string;
  /** Asks the emulator behind the proxy, and returns what it answers; fails as it fails. */
  readonly forward: (input: Json) => Promise<Json>;
}

/** Answers the calls of one operation. */
export type Operation = (call: Call) => Json | Promise<Json>;

/** The operations of a service that the proxy answers itself. */
export interface Service {
  /** What stands before the operation's name in the `x-amz-target` header. */
  readonly target: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /**
   * Whether the emulator may answer the operations that are not listed. Where the proxy keeps a service's objects
   * itself, the emulator knows nothing of them.
   */
  readonly forwardsOthers: boolean;
}

/** Requests of an interface without operations, such as S3's, that the proxy answers itself. */
export interface Route {
  readonly matches: (url: URL) => boolean;
  readonly answer: (method: string, url: URL, body: string) => { readonly status: number; readonly body: string };
}

/** The account that the emulator plays when it isn't told another one. */
export const ACCOUNT = "123456789012";

/** The region of the fleet under test. */
export const REGION = "us-east-1";

/** Credentials that nobody checks; the variables of the user's own must never be used. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: REGION };

/** The header from which the emulator reads region and service; nothing is signed, since nobody verifies it. */
export function authorization(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=none`;
}
