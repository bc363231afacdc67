/**
 * `node test/kernel/vm/cli.ts --kernel 6.1 -- CMD…`: a command on a real kernel, for people at
 * work.
 */
import { parseArgs } from "node:util";
import { kernelNames } from "./kernels.ts";
import { runInVm } from "./vm.ts";

const usage = `node test/kernel/vm/cli.ts [options] -- COMMAND…
  --kernel NAME     ${kernelNames.join(", ")} (default 6.1)
  --no-lsm          without the BPF LSM
  --lsm LIST        with these LSMs
  --cgroup KIND     v2 (default), v1, hybrid
  --icount          one processor; nanoseconds of CLOCK_MONOTONIC are instructions
  --share DIR       the VM may write here (repeatable); all else is an overlay, gone at the end
  --module NAME     load a module (repeatable)
  --smp N           processors (default 2)
  --memory MB       memory (default 3072)
  --timeout SECONDS (default 600)`;

function parse(): Parameters<typeof runInVm>[0] | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kernel: { type: "string", default: "6.1" },
      "no-lsm": { type: "boolean", default: false },
      lsm: { type: "string" },
      cgroup: { type: "string", default: "v2" },
      icount: { type: "boolean", default: false },
      share: { type: "string", multiple: true, default: [] },
      module: { type: "string", multiple: true, default: [] },
      smp: { type: "string", default: "2" },
      memory: { type: "string", default: "3072" },
      timeout: { type: "string", default: "600" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const kernel = kernelNames.find((name) => name === values.kernel);
  const cgroup = (["v2", "v1", "hybrid"] as const).find((kind) => kind === values.cgroup);
  if (values.help || !kernel || !cgroup || positionals.length === 0) return undefined;
  return {
    kernel,
    command: positionals,
    lsm: values.lsm ?? !values["no-lsm"],
    cgroup,
    icount: values.icount,
    shares: values.share,
    modules: values.module,
    smp: Number(values.smp),
    memoryMb: Number(values.memory),
    timeoutMs: Number(values.timeout) * 1000,
  };
}

const options = parse();
if (options) {
  const result = await runInVm({
    ...options,
    say: (line) => console.error(line),
    onLine: (line, stream) => (stream === "stdout" ? console.log(line) : console.error(line)),
  });
  console.error(`exit code ${result.exitCode} after ${result.seconds.toFixed(1)} s`);
  process.exitCode = result.exitCode;
} else {
  console.error(usage);
  process.exitCode = 2;
}
