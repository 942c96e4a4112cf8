import { AwsError, authorization, type Json } from "./api";

/**
 * Calls an operation of a service that speaks JSON.
 * @param target the service and the operation, as in the `x-amz-target` header
 * @param service the service's name in a request's signature
 */
export async function call(endpoint: string, service: string, target: string, input: Json): Promise<Json> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: authorization(service),
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
    },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as Json;
  if (response.ok) return answer;
  throw new AwsError(answer.__type, answer.message, response.status);
}

/** Sends a request to S3 and returns the body; buckets are in the path. */
export async function s3(endpoint: string, method: string, path: string, body?: string): Promise<string> {
  const response = await fetch(`${endpoint}${path}`, { method, headers: { authorization: authorization("s3") }, body });
  const answer = await response.text();
  if (response.ok) return answer;
  throw new AwsError(/<Code>([^<]*)/.exec(answer)?.[1] ?? "InternalFailure", answer, response.status);
}
