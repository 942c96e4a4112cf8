const unit = require("../jest.config.js");

/**
 * The slow tests: real programs (Terraform, OpenTofu, the AWS provider, an emulated AWS) instead of stand-ins.
 * One file after another: each starts programs that want the whole machine.
 * @type {import("jest").Config}
 */
module.exports = {
  ...unit,
  rootDir: "..",
  testMatch: ["<rootDir>/e2e/**/*.test.ts"],
  maxWorkers: 1,
  testTimeout: 15 * 60_000,
};
