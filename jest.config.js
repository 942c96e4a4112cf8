/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  // Jest leaves a core to others, which on two is half of the machine.
  maxWorkers: "100%",
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/(dist|cdktf\\.out|\\.sandbox|\\.drover|e2e/fixtures)/"],
  reporters: [["default", { summaryThreshold: 1000 }], "<rootDir>/bin/jest-summary.js"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
};
