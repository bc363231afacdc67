/** A kernel with AppArmor keeps a program to an exported profile. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { guestsOf } from "../../kernel/vm/guests.ts";
import { trialInVm } from "../../kernel/vm/trial-in-vm.ts";
import { vmUnavailable, type VmOptions } from "../../kernel/vm/vm.ts";
import { apparmorFolder } from "./apparmor-parser.ts";
import type { AppArmorTrial } from "./apparmor-trial.ts";

const missing = vmUnavailable();
const guests = guestsOf<Pick<VmOptions, "kernel">>([{ kernel: "6.1" }], [{ kernel: "7" }]);
const within = { timeout: 1_200_000 };
const lsm = "landlock,lockdown,capability,yama,apparmor,bpf";

function isTrial(said: unknown): said is AppArmorTrial {
  return typeof said === "object" && said !== null && "unconfined" in said && "odd" in said;
}

const refused = "Permission denied";
const incapable = "Operation not permitted";

/** Where no profile is: nothing but who would listen is missing. */
const free = {
  "read what was read": "done",
  "read another file": "done",
  "write what was written": "done",
  "write what was read": "done",
  "make another file": "done",
  "make a directory": "done",
  "link what was read": "done",
  "rename what was written": "done",
  "run itself": "done",
  "run another program": "done",
  "connect by TCP": "Connection refused",
  "open a raw socket": "done",
  "give a file away": "done",
  "name the host": "done",
  mount: "done",
};

describe.skipIf(missing !== undefined).each(guests)(
  `AppArmor of kernel $kernel (${missing ?? "in a VM"})`,
  ({ kernel }) => {
    if (missing !== undefined) return;
    const script = join(import.meta.dirname, "apparmor-trial.ts");
    const said = apparmorFolder().then((folder) =>
      trialInVm({ kernel, lsm }, [script, folder], isTrial),
    );
    said.catch(() => undefined);

    it("lets a program do what was learned of it, and nothing else", within, async () => {
      const { unconfined, learned } = await said;
      expect(unconfined).toEqual(free);
      expect(learned).toEqual({
        ...Object.fromEntries(Object.keys(free).map((act) => [act, refused])),
        "read what was read": "done",
        "write what was written": "done",
        "run itself": "done",
        "connect by TCP": "Connection refused",
        "give a file away": incapable,
        "name the host": incapable,
      });
    });

    it("refuses what is denied, and lets all else be", within, async () => {
      const { denied } = await said;
      expect(denied).toEqual({
        ...free,
        "read another file": refused,
        "write what was read": refused,
        // Under another name it could be written.
        "link what was read": refused,
        "run another program": refused,
        "give a file away": incapable,
      });
    });

    it("refuses nothing where the policy only watches", within, async () => {
      expect((await said).watched).toEqual(free);
    });

    it("keeps to the one file, whatever its name", within, async () => {
      expect((await said).odd).toEqual({ missed: [], slipped: [] });
    });
  },
);
