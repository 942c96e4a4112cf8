import type { Route } from "./api";

/**
 * The policies of buckets, kept here and not enforced: moto enforces them without looking at their conditions, so that
 * a policy which denies plain HTTP alone would deny everything.
 */
export function bucketPolicies(): Route {
  const policies = new Map<string, string>();
  return {
    matches: (url) => url.searchParams.has("policy"),
    answer: (method, { pathname: bucket }, body) => {
      if (method === "PUT") {
        policies.set(bucket, body);
        return { status: 204, body: "" };
      }
      if (method === "DELETE") {
        policies.delete(bucket);
        return { status: 204, body: "" };
      }
      const policy = policies.get(bucket);
      if (policy !== undefined) return { status: 200, body: policy };
      return { status: 404, body: "<Error><Code>NoSuchBucketPolicy</Code></Error>" };
    },
  };
}
