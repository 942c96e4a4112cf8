/**
 * Jest reporter: names what was skipped, so that nothing is skipped silently, and closes with one line of figures.
 */
class Summary {
  onRunComplete(
    _contexts,
    { testResults, numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites },
  ) {
    for (const { testResults: tests } of testResults) {
      for (const { status, fullName } of tests) if (status === "pending") console.log(`skipped: ${fullName}`);
    }
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    // Jest's own summary comes after its reporters.
    process.once("exit", () => {
      process.stdout.write(`\n${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped\n`);
    });
  }
}

module.exports = Summary;
