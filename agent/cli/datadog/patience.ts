/** Requests to Datadog's API that wait where it asks for patience, but not for ever. */

const mostAttempts = 4;
const mostWaitSeconds = 60;
const timeoutMs = 30_000;

/** For the client in the place of its own: that one waits as long as it is told to. */
export async function patientFetch(url: string, options: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(timeoutMs) });
    if (answer.status !== 429 || attempt === mostAttempts) return answer;
    const seconds = Number(answer.headers.get("x-ratelimit-reset") ?? 2 ** attempt);
    if (!(seconds <= mostWaitSeconds)) return answer;
    await new Promise((done) => setTimeout(done, seconds * 1_000));
  }
}
