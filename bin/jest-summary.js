const { relative } = require("node:path");

/**
 * Jest reporter: names what was skipped, so that nothing is skipped silently, and closes with one line of figures. With
 * the option `times` it lists how long each file took, longest first.
 */
class Summary {
  constructor(_globalConfig, { times = false } = {}) {
    this.times = times;
  }

  onRunComplete(
    _contexts,
    { testResults, numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites },
  ) {
    for (const { testResults: tests } of testResults) {
      for (const { status, fullName } of tests) if (status === "pending") console.log(`skipped: ${fullName}`);
    }
    if (this.times) printTimes(testResults);
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    // Jest's own summary comes after its reporters.
    process.once("exit", () => {
      process.stdout.write(`\n${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped\n`);
    });
  }
}

function printTimes(files) {
  const seconds = ({ perfStats: { start, end } }) => Math.round((end - start) / 1000);
  const line = (number, what) => console.log(`${String(number).padStart(7)} s  ${what}`);
  const run = files.filter(({ perfStats }) => perfStats.end > 0);
  if (run.length === 0) return;
  console.log("\ntimes");
  for (const file of run.sort((a, b) => seconds(b) - seconds(a))) line(seconds(file), relative(".", file.testFilePath));
  const starts = run.map(({ perfStats }) => perfStats.start);
  const ends = run.map(({ perfStats }) => perfStats.end);
  line(Math.round((Math.max(...ends) - Math.min(...starts)) / 1000), "from the first to the last");
}

module.exports = Summary;
