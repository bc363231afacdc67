/**
 * The workload that a pod belongs to (its Deployment, StatefulSet, Job …), told from its name and
 * labels alone.
 */

type Labels = Readonly<Record<string, string>>;

/** The letters of Kubernetes' random suffixes: no vowels, no 0, 1, 3. */
const letter = "[bcdfghjklmnpqrstvwxz2456789]";
const replica = new RegExp(`-${letter}{5}$`);
const hashAndReplica = new RegExp(`-${letter}{6,10}-${letter}{5}$`);

/**
 * The agent has no API credentials, so owner references are out of reach; what controllers write
 * into names and labels is not. Labels decide where there are any; the shape of the name does
 * otherwise.
 */
export function podWorkload(pod: string, labels: Labels): string {
  const cut = (suffix: RegExp) => pod.replace(suffix, "") || pod;

  const job = labels["batch.kubernetes.io/job-name"] ?? labels["job-name"];
  // A CronJob's jobs are NAME-MINUTES-SINCE-1970.
  if (job !== undefined && job !== "") return job.replace(/-\d{8,}$/, "") || job;

  const template = labels["pod-template-hash"];
  if (template !== undefined && pod.includes(`-${template}-`)) {
    return pod.slice(0, pod.lastIndexOf(`-${template}-`)) || pod;
  }
  if (
    labels["statefulset.kubernetes.io/pod-name"] !== undefined ||
    labels["apps.kubernetes.io/pod-index"] !== undefined
  ) {
    return cut(/-\d+$/);
  }
  if (labels["controller-revision-hash"] !== undefined) return cut(replica);

  if (hashAndReplica.test(pod)) return cut(hashAndReplica);
  if (replica.test(pod)) return cut(replica);
  return cut(/-\d{1,4}$/);
}
