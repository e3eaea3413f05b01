/** Asks until `isDone` or the deadline. The pause is the client's polling interval, not a guess at how long work takes. */
export async function pollUntil<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean, deadlineMs = 180_000): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    if (Date.now() > end) throw new Error(`not done in ${deadlineMs} ms; last answer: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
