import { randomUUID } from "node:crypto";
import { ACCOUNT, AwsError, type Json, type Service } from "./api";

/**
 * Connections to where the code is, which moto doesn't know. One starts as pending, and stays so: the handshake happens
 * in the console.
 */
export function codeConnections(): Service {
  const connections: Json[] = [];
  return {
    target: "com.amazonaws.codeconnections.CodeConnections_20231201",
    forwardsOthers: false,
    operations: {
      CreateConnection: ({ input, region }) => {
        const { ConnectionName, ProviderType } = input;
        if (connections.some((connection) => connection.ConnectionName === ConnectionName)) {
          throw new AwsError("InvalidInputException", `A connection named ${ConnectionName} already exists`);
        }
        const ConnectionArn = `arn:aws:codeconnections:${region}:${ACCOUNT}:connection/${randomUUID()}`;
        connections.push({
          ConnectionName,
          ConnectionArn,
          ProviderType,
          OwnerAccountId: ACCOUNT,
          ConnectionStatus: "PENDING",
        });
        return { ConnectionArn };
      },
      ListConnections: () => ({ Connections: connections }),
    },
  };
}
