#!/bin/busybox sh
# First process of the VM: reaches the host's files, lays a writable tmpfs over them, moves there.
# What happens then is guest/session.sh, started from the directory that `vm.session=` names.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev

for module in /modules/*.ko; do
	insmod "$module" || echo "init: cannot load $module"
done

# Loose caching: the host's files are taken as unchanging while the VM runs. Without it a Node
# start takes half a minute.
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=512000 host /lower
mount -t tmpfs -o mode=0755 tmpfs /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /new

for each in proc sys dev; do
	mount --move /$each /new/$each
done
mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /new/run
cp /bin/busybox /new/run/busybox

session=$(sed -n 's/.*vm\.session=\([^ ]*\).*/\1/p' /new/proc/cmdline)
exec switch_root /new /run/busybox sh "$session/session.sh" "$session"
