const WIDTH = 30;

/** Shows on stderr how far something is: a bar where a person looks on, a line for each tenth elsewhere. */
export function showProgress(total: number, unit: string): (done: number) => void {
  const began = performance.now();
  let tenths = 0;
  return (done) => {
    const part = done / total;
    const perSecond = Math.round(done / ((performance.now() - began) / 1_000));
    const numbers = `${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} ${unit}, ${perSecond.toLocaleString("en-US")}/s`;
    if (process.stderr.isTTY) {
      const bar = "█".repeat(Math.round(part * WIDTH)).padEnd(WIDTH, "░");
      process.stderr.write(`\r${bar} ${numbers}${done === total ? "\n" : ""}`);
    } else if (Math.floor(part * 10) > tenths) {
      tenths = Math.floor(part * 10);
      console.error(numbers);
    }
  };
}
