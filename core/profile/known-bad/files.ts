/** Files whose touch or change is how intruders stay, spread or hide. */
import { changing, touching, type KnownBad } from "./rule.ts";

export const badFiles: readonly KnownBad[] = [
  {
    name: "password-hashes",
    technique: "T1003.008",
    reason: "password hashes are there to be cracked; logins are checked by PAM's own helper",
    ...touching(/^\/etc\/g?shadow-?$/),
  },
  {
    name: "accounts",
    technique: "T1098",
    reason: "who changes accounts or what they may do can come back as anyone",
    ...changing(/^\/etc\/(?:passwd|group|sudoers|pam\.conf|sudoers\.d\/.*|pam\.d\/.*)$/),
  },
  {
    name: "programs-changed",
    technique: "T1554",
    reason: "a changed program or library runs as whoever uses it next; images bring their own",
    ...changing(/\/(?:s?bin|libexec)(?:\/|$)|^\/(?:usr\/(?:local\/)?)?lib(?:32|64|x32)?(?:\/|$)/),
  },
  {
    name: "loader-hijack",
    technique: "T1574.006",
    reason: "what the loader's files name becomes part of every program",
    ...changing(/^\/etc\/ld\.so\.(?:preload|conf|cache|conf\.d\/.*)$/),
  },
  {
    name: "scheduled",
    technique: "T1053.003",
    reason: "a job in cron outlives the process that wrote it",
    ...changing(/^\/(?:etc\/(?:cron|at\.|anacron)|var\/spool\/(?:cron|at)\b)/),
  },
  {
    name: "service-unit",
    technique: "T1543.002",
    reason: "a unit is started again after each boot",
    ...changing(/\/(?:systemd\/(?:system|user)|init\.d|autostart)(?:\/|$)/),
  },
  {
    name: "login-script",
    technique: "T1546.004",
    reason: "it is run by the next shell that someone opens",
    ...changing(
      /^\/etc\/(?:profile|bash\.bashrc|environment|profile\.d\/.*)$|\/\.(?:bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile)$/,
    ),
  },
  {
    name: "login-keys",
    technique: "T1098.004",
    reason: "a key that is added there opens the account to its owner",
    ...changing(/\/\.ssh(?:\/|$)|\/authorized_keys2?$/),
  },
  {
    name: "private-keys",
    technique: "T1552.004",
    reason: "whoever has read a private key is its owner elsewhere",
    ...touching(/\/\.ssh\/id_[^/.]*$|^\/etc\/ssh\/ssh_host_[^/]*_key$/),
  },
  {
    name: "kernel-handles",
    technique: "T1611",
    reason:
      "what is written there is run by the kernel outside the container, or stops the machine",
    ...changing(
      /^\/proc\/(?:sys\/kernel\/(?:core_pattern|modprobe|hotplug)|sysrq-trigger|sys\/fs\/binfmt_misc\/)|\/uevent_helper$|\/release_agent$|^\/sys\/kernel\/(?:debug|security)\//,
    ),
  },
  {
    name: "memory-of-others",
    technique: "T1003.007",
    reason: "the memory and environment of other processes hold their secrets",
    ...touching(
      /^\/proc\/\d+\/(?:task\/\d+\/)?(?:mem|environ)$|^\/proc\/kcore$|^\/dev\/k?mem$|^\/dev\/port$/,
    ),
  },
  {
    name: "raw-disk",
    technique: "T1006",
    reason: "a disk read or written as a whole knows no file's owner",
    ...touching(/^\/dev\/(?:sd[a-z]|vd[a-z]|xvd[a-z]|nvme\d|mmcblk\d|dm-\d|mapper\/(?!control$))/),
  },
  {
    name: "traces-removed",
    technique: "T1070",
    reason: "logs and histories are removed by who does not want to be found in them",
    facet: "file",
    matches: (behaviour) =>
      behaviour.facet === "file" &&
      ["unlink", "truncate", "rename_from"].includes(behaviour.access) &&
      /^\/var\/log\/(?:wtmp|btmp|lastlog|auth\.log|secure|audit\/.*)$|\/\.[a-z]*_history$/.test(
        behaviour.path,
      ),
  },
  {
    name: "mapped-from-tmp",
    technique: "T1105",
    reason: "a library in a directory that everybody may write was not delivered with the image",
    facet: "file",
    matches: (behaviour) =>
      behaviour.facet === "file" &&
      behaviour.access === "exec" &&
      /^\/(?:tmp|var\/tmp|dev\/shm)\//.test(behaviour.path),
  },
];
