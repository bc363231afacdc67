/**
 * A network of its own beside the host's, with one address at each end: for who is to be cut off.
 */
import { execFileSync } from "node:child_process";

const space = "pahlevan-cut";
const [ours, theirs] = ["pahlevan-cut0", "pahlevan-cut1"] as const;

/** As `nsenter --net` takes it. */
export const network = `/run/netns/${space}`;
export const [host, inside] = ["10.77.9.1", "10.77.9.2"] as const;

export function makeNetwork(): Disposable {
  const ip = (words: string) => execFileSync("ip", words.split(" "));
  ip(`netns add ${space}`);
  ip(`link add ${ours} type veth peer name ${theirs} netns ${space}`);
  ip(`address add ${host}/30 dev ${ours}`);
  ip(`link set ${ours} up`);
  ip(`-n ${space} address add ${inside}/30 dev ${theirs}`);
  ip(`-n ${space} link set ${theirs} up`);
  ip(`-n ${space} link set lo up`);
  return {
    [Symbol.dispose]: () => {
      ip(`link delete ${ours}`);
      ip(`netns delete ${space}`);
    },
  };
}
