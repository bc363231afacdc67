# Second half of the VM's start, on the host's files: mounts what Linux programs expect, runs the
# command, and says on both streams how it ended. `$1` is the directory that the host made for
# this run: `settings` (variables), `command` (a script).
session=$1
. "$session/settings"
mkdir -p /run/bin /run/tmp /run/lock
/run/busybox --install -s /run/bin
export PATH=/run/bin
chmod 1777 /run/tmp

# name, type and options of each file system; what a kernel lacks is left out without a word
mkdir -p /dev/shm /dev/pts /dev/mqueue
mount -t devpts -o mode=0620,ptmxmode=0666 devpts /dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /dev/shm
mount -t mqueue mqueue /dev/mqueue
mount -t securityfs securityfs /sys/kernel/security
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr

cgroup_v1() {
	for controller in cpuset cpu,cpuacct blkio memory devices freezer net_cls,net_prio pids; do
		mkdir -p "/sys/fs/cgroup/$controller"
		mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null ||
			rmdir "/sys/fs/cgroup/$controller"
	done
	mkdir /sys/fs/cgroup/systemd
	mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
}
case $CGROUP in
v2) mount -t cgroup2 cgroup2 /sys/fs/cgroup ;;
v1)
	mount -t tmpfs -o mode=0755 tmpfs /sys/fs/cgroup
	cgroup_v1
	;;
hybrid)
	mount -t tmpfs -o mode=0755 tmpfs /sys/fs/cgroup
	cgroup_v1
	mkdir /sys/fs/cgroup/unified
	mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
	;;
esac

ifconfig lo 127.0.0.1 up
hostname pahlevan-vm

tag=0
for directory in $SHARES; do
	mount -t 9p -o "trans=virtio,version=9p2000.L,cache=none,msize=512000" \
		"share$tag" "$directory" ||
		echo "session: cannot share $directory"
	tag=$((tag + 1))
done

# The command writes into pipes, not into the ports: a port can be opened only once, and programs
# open /dev/stderr again. The end is written into the same pipes, so it comes after all output.
mkfifo /run/out /run/err
out=$(echo /dev/vport*p1) # a redirection alone expands no pattern
err=$(echo /dev/vport*p2)
cat /run/out >"$out" &
cat /run/err >"$err" &
exec 8>/run/out 9>/run/err
# The host's shell, for busybox's would take its own applets before the host's programs.
setsid /bin/sh "$session/command" </dev/null >&8 2>&9 8>&- 9>&-
code=$?
echo "$END $code" >&8
echo "$END $code" >&9
# The host ends the VM when it has read both; this is for a host that does not.
sleep 600
poweroff -f
