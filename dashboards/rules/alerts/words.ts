/** How descriptions name a target, the same everywhere. */

export const who = "{{ $labels.namespace }}/{{ $labels.workload }} (policy {{ $labels.policy }})";
export const node = "{{ $labels.instance }}";
