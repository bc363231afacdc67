/**
 * Unseen mass: how likely is it that the next window of time shows something new?
 *
 * **The sample is a window of time** in which the workload was watched, and what counts is whether
 * something new came in it. Single accesses are no samples: a loop that opens one file a million
 * times is one fact, and dividing by a million would say that everything is known after a second.
 * (Ecologists met the same with shoals of fish and count nets instead: incidence, not abundance;
 * Chao 1987, Colwell and Chao 2017.) It is also all that the kernel tells: first sights.
 *
 * **The estimate** is Good–Turing's (Good 1953) in the form that first sights allow. Theirs is the
 * share of samples with something that no other has. Where samples are alike, that is as likely as
 * that the newest one has something which none before it had: the share of recent windows with
 * news.
 *
 * **The bound** has to hold at whatever moment somebody looks, since the loop looks all the time
 * and acts when it likes what it sees. Those of McAllester and Schapire (2000: the estimate plus
 * (2√2+√3)·√(ln(3/δ)/n)) hold at one moment fixed before, and need 34 000 windows to say 5 %.
 * But the unseen mass only falls, and only when something new comes. So two that always hold:
 *
 * 1. _The quiet run._ Between two news the mass M stands still, and k windows without news have
 *    probability (1−M)^k. With δ/((d+1)(d+2)) spent on the run after the d-th news, which sums to δ
 *    over all d: M ≤ 1 − (δ/((d+1)(d+2)))^(1/k).
 * 2. _The recent past._ Let D be the news in the n windows after some moment. exp((1−1/e)·ΣMᵢ − D)
 *    is a supermartingale that begins at 1 (an outcome X of 0 or 1 with mean M has
 *    E e^(−X) ≤ e^(−(1−1/e)·M)). By Ville's inequality it ever passes 1/δ with probability δ at
 *    most; and n·M ≤ ΣMᵢ, as M only falls: M ≤ (D + ln(1/δ)) / ((1−1/e)·n). The moments are the
 *    beginning and after 1, 2, 4, 8, … windows; δ/((j+1)(j+2)) is spent on the j-th.
 *
 * Each gets half of δ; the smallest counts. What they assume: windows are alike, whatever went
 * before. Programs are not quite so; docs/learning.md says what that means for a daily job.
 */

export interface Discovery {
  /** Windows watched. */
  readonly windows: number;
  /** For each window with something new, how many were watched until then; ascending. */
  readonly news: readonly number[];
}

export interface UnseenMass {
  readonly estimate: number;
  /** With the asked confidence, it is not more than this. */
  readonly bound: number;
}

export function unseenMass(discovery: Discovery, confidence: number): UnseenMass {
  const { windows } = discovery;
  if (windows === 0) return { estimate: 1, bound: 1 };
  const half = (1 - confidence) / 2;
  const bound = Math.min(1, byQuietRun(discovery, half), byRecentPast(discovery, half));
  const before = Math.floor(windows / 2);
  const estimate = Math.min(1, newsAfter(discovery, before) / (windows - before));
  return { estimate: Math.min(estimate, bound), bound };
}

/** Windows watched since the last one with something new. */
export function quietOf({ windows, news }: Discovery): number {
  return windows - (news.at(-1) ?? 0);
}

/** Windows of quiet that bring the first bound down to `mass`, if nothing new comes any more. */
export function quietNeeded({ news }: Discovery, mass: number, confidence: number): number {
  return Math.ceil(Math.log(spent((1 - confidence) / 2, news.length)) / Math.log1p(-mass));
}

function byQuietRun(discovery: Discovery, delta: number): number {
  const quiet = quietOf(discovery);
  return quiet === 0 ? 1 : -Math.expm1(Math.log(spent(delta, discovery.news.length)) / quiet);
}

const recentFactor = 1 - 1 / Math.E;

function byRecentPast(discovery: Discovery, delta: number): number {
  let least = 1;
  for (let moment = 0, after = 0; after < discovery.windows; moment++, after = 2 ** (moment - 1)) {
    const news = newsAfter(discovery, after) - Math.log(spent(delta, moment));
    least = Math.min(least, news / (recentFactor * (discovery.windows - after)));
  }
  return least;
}

/** The part of `delta` for the index-th of endlessly many claims. */
function spent(delta: number, index: number): number {
  return delta / ((index + 1) * (index + 2));
}

function newsAfter({ news }: Discovery, after: number): number {
  let count = 0;
  for (let at = news.length - 1; at >= 0 && (news[at] ?? 0) > after; at--) count++;
  return count;
}
