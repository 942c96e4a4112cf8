const unit = require("../jest.config.js");

/**
 * The slow tests: real programs (Terraform, OpenTofu, the AWS provider, an emulated AWS) instead of stand-ins.
 * Two files at a time: each waits half of its time, for a rollout, a registry or a single compiler.
 * @type {import("jest").Config}
 */
module.exports = {
  ...unit,
  rootDir: "..",
  testMatch: ["<rootDir>/e2e/**/*.test.ts"],
  maxWorkers: 2,
  testTimeout: 15 * 60_000,
  reporters: [
    ["default", { summaryThreshold: 1000 }],
    ["<rootDir>/bin/jest-summary.js", { times: true }],
  ],
};
