import { randomUUID } from "node:crypto";
import { ACCOUNT, AwsError, type Json, type Service } from "./api";

/** How many machines of CodeBuild with 72 cores may run at once: none, in an account that is new. */
const BUILD_2XLARGE = {
  service: "codebuild",
  code: "L-0397D009",
  name: "Concurrently running builds for 2XLarge",
  value: 0,
};

/** Quotas, of which moto knows none of CodeBuild's. An increase is asked for, and not granted here. */
export function serviceQuotas(): Service {
  return {
    target: "ServiceQuotasV20190624",
    forwardsOthers: false,
    operations: {
      GetServiceQuota: ({ input, region }) => ({ Quota: { ...find(input, region), Value: BUILD_2XLARGE.value } }),
      RequestServiceQuotaIncrease: ({ input, region }) => {
        const quota = find(input, region);
        if (input.DesiredValue <= BUILD_2XLARGE.value) {
          throw new AwsError("IllegalArgumentException", "You must provide a quota value greater than the current one");
        }
        return {
          RequestedQuota: { ...quota, Id: randomUUID(), DesiredValue: input.DesiredValue, Status: "PENDING" },
        };
      },
    },
  };
}

function find({ ServiceCode, QuotaCode }: Json, region: string): Json {
  const { service, code, name } = BUILD_2XLARGE;
  if (ServiceCode !== service || QuotaCode !== code) {
    throw new AwsError("NoSuchResourceException", `There is no quota ${QuotaCode} of ${ServiceCode}`);
  }
  return {
    ServiceCode,
    QuotaCode,
    QuotaName: name,
    QuotaArn: `arn:aws:servicequotas:${region}:${ACCOUNT}:${ServiceCode}/${QuotaCode}`,
    Adjustable: true,
  };
}
