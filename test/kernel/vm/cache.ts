/** What is fetched or built once and kept outside the checkout, whole or not at all. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export function cacheRoot(): string {
  const { PAHLEVAN_CACHE, XDG_CACHE_HOME } = process.env;
  return PAHLEVAN_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pahlevan");
}

/**
 * The directory `name` of the cache; `build` fills it when it is not there.
 * It is built under another name and renamed, so that a build that was cut short, or a second one
 * at the same time, never leaves half of it behind.
 */
export async function cached(
  name: string,
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const target = join(cacheRoot(), name);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const unfinished = await mkdtemp(`${target}.building-`);
  try {
    await build(unfinished);
    await rename(unfinished, target);
  } catch (error) {
    if (!existsSync(target)) throw error; // otherwise another process was quicker: use its result
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return target;
}
