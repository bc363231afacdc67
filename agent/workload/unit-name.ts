/**
 * The bounded workload name of a systemd unit: instances, random suffixes and transient numbers
 * removed.
 */

/** Tried in order; the first pattern that fits decides. `$1` style replacements. */
const rules: readonly (readonly [pattern: RegExp, name: string])[] = [
  // Transient units of systemd-run: "run-u123.service", "run-r0123abc….scope",
  // "run-p12-i34.service".
  [/^run-(?:u\d+|r[0-9a-f]{16,}|p\d+-i\d+|\d+)\.(service|scope)$/, "systemd-run.$1"],
  // Desktop applications (the XDG convention): "app-gnome-firefox-1234.scope",
  // "app-foo@1a2b.service".
  [/^(app-.+?)[-@](?:\d+|[0-9a-f]{8,}|autostart)\.(service|scope)$/, "$1.$2"],
  [/^(snap\.[^-]+?)[-.][0-9a-f]{8}-[0-9a-f-]{27,}\.(service|scope)$/, "$1.$2"],
  [/^session-.+\.scope$/, "session.scope"],
  [/^user-\d+\.slice$/, "user.slice"],
  // The monitor process that podman and CRI-O put beside each container.
  [/^(?:crio|libpod)-conmon-[0-9a-f]+\.scope$/, "conmon.scope"],
  // Instances of a template run the same thing: "getty@tty1.service" → "getty@.service".
  [/^([^@]+@).*\.(service|scope|slice)$/, "$1.$2"],
  // Whatever else ends in an id that no person chose.
  [/^(.+?)-(?:[0-9a-f]{32,}|[0-9a-f]{8}-[0-9a-f-]{27})\.(service|scope|slice)$/, "$1.$2"],
];

export function unitWorkload(unit: string): string {
  for (const [pattern, name] of rules) {
    if (pattern.test(unit)) return unit.replace(pattern, name);
  }
  return unit;
}

/** systemd's own escaping in unit names: "machine-web\x2d1.scope" names the machine "web-1". */
export function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
