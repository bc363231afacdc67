/** Does all acts on the kernel it runs on and prints what was told of them: what a VM runs. */
import { acts } from "./acts/all.ts";
import { perform } from "./stage/perform.ts";

console.log(JSON.stringify(await perform(acts)));
