# Which system packages each command of ./pahlevan needs, under each distribution's name.

# group, how to see it (a command, or a header), names for apt, dnf, pacman, zypper, apk
packages="
node:  any:npm,curl,wget           curl              curl                  curl            curl               curl
node:  file:/etc/ssl/certs         ca-certificates   ca-certificates       ca-certificates ca-certificates    ca-certificates
build: any:make                    make              make                  make            make               make
build: any:g++                     g++               gcc-c++               gcc             gcc-c++            g++
build: clang:14                    clang             clang                 clang           clang              clang
build: works:find_bpftool          bpftool           bpftool               bpf             bpftool            bpftool
build: header:bpf/libbpf.h         libbpf-dev        libbpf-devel          libbpf          libbpf-devel       libbpf-dev
build: header:libelf.h             libelf-dev        elfutils-libelf-devel libelf          libelf-devel       elfutils-dev
build: header:zlib.h               zlib1g-dev        zlib-devel            zlib            zlib-devel         zlib-dev
check: any:clang-format-16,clang-format clang-format-16 clang-tools-extra  clang           clang-tools        clang-extra-tools
demo:  any:busybox                 busybox-static    busybox               busybox         busybox-static     busybox-static
demo:  any:runc                    runc              runc                  runc            runc               runc
test:  any:llvm-objcopy-16,llvm-objcopy llvm         llvm                  llvm            llvm               llvm
test:  any:qemu-system-x86_64      qemu-system-x86   qemu-system-x86-core  qemu-system-x86 qemu-x86           qemu-system-x86_64
test:  any:busybox                 busybox-static    busybox               busybox         busybox-static     busybox-static
test:  any:runc                    runc              runc                  runc            runc               runc
test:  any:crun                    crun              crun                  crun            crun               crun
test:  any:openssl                 openssl           openssl               openssl         openssl            openssl
test:  any:ip                      iproute2          iproute               iproute2        iproute2           iproute2
test:  any:containerd              containerd        containerd            containerd      containerd         containerd
test:  any:promtool                prometheus        golang-github-prometheus prometheus   golang-github-prometheus-prometheus prometheus
test:  any:exim4,exim           exim4-daemon-light exim               exim            exim               exim
test:  any:prometheus-alertmanager,alertmanager prometheus-alertmanager golang-github-prometheus-alertmanager alertmanager golang-github-prometheus-alertmanager alertmanager
test:  any:rsyslogd                rsyslog           rsyslog               rsyslog         rsyslog            rsyslog
test:  works:find_rsyslog_tls      rsyslog-openssl   rsyslog-openssl       rsyslog         rsyslog-module-gtls rsyslog-tls
test:  works:find_postgres         postgresql        postgresql-server     postgresql      postgresql-server  postgresql
test:  any:mvn                     maven             maven                 maven           maven              maven
test:  any:javac                   default-jdk-headless java-21-openjdk-devel jdk21-openjdk java-21-openjdk-devel openjdk21-jdk
bench: any:qemu-system-x86_64      qemu-system-x86   qemu-system-x86-core  qemu-system-x86 qemu-x86           qemu-system-x86_64
bench: any:busybox                 busybox-static    busybox               busybox         busybox-static     busybox-static
bench: any:runc                    runc              runc                  runc            runc               runc
bench: any:opensnoop,opensnoop.bt  libbpf-tools      libbpf-tools          libbpf-tools    libbpf-tools       libbpf-tools
bench: any:auditctl                auditd            audit                 audit           audit              audit
"

# any:COMMAND[,COMMAND…] | works:FUNCTION | header:PATH | clang:OLDEST-MAJOR | file:PATH
is_there() { # SIGHT
	kind=${1%%:*} what=${1#*:}
	case $kind in
	file) [ -e "$what" ] ;;
	works) "$what" ;;
	header)
		for folder in /usr/include /usr/local/include /usr/include/*-linux-gnu; do
			[ ! -e "$folder/$what" ] || return 0
		done
		return 1
		;;
	clang)
		for major in 21 20 19 18 17 16 15 14; do
			! command -v "clang-$major" >/dev/null || return 0
		done
		major=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
		[ "${major:-0}" -ge "$what" ]
		;;
	any)
		for name in $(echo "$what" | tr , ' '); do
			! command -v "$name" >/dev/null || return 0
		done
		return 1
		;;
	esac
}

# Ubuntu's bpftool hands over to the one built for the running kernel, which may not be there: then
# any other will do, and is put first on PATH.
find_bpftool() {
	! bpftool version >/dev/null 2>&1 || return 0
	for other in /usr/lib/linux-tools/*/bpftool; do
		if [ -x "$other" ]; then
			PATH=$(dirname "$other"):$PATH
			return 0
		fi
	done
	return 1
}

find_rsyslog_tls() {
	for driver in /usr/lib/rsyslog /usr/lib64/rsyslog /usr/lib/*-linux-gnu/rsyslog; do
		[ ! -e "$driver/lmnsd_ossl.so" ] || return 0
	done
	return 1
}

# Debian keeps its programs apart from others', by version.
find_postgres() {
	for program in /usr/lib/postgresql/*/bin/initdb; do
		[ ! -x "$program" ] || return 0
	done
	return 1
}

missing_packages() { # COLUMN GROUP…
	column=$1
	shift
	echo "$packages" | while read -r group sight names; do
		case " $* " in *" ${group%:} "*) ;; *) continue ;; esac
		is_there "$sight" || echo "$names" | awk -v column="$column" '{ print $column }'
	done | sort -u | tr '\n' ' ' | sed 's, $,,'
}

installer() {
	number=0
	for tool in apt-get dnf pacman zypper apk; do
		number=$((number + 1))
		if command -v "$tool" >/dev/null; then
			echo "$tool $number"
			return
		fi
	done
	echo "none 1"
}

need_packages() { # GROUP…
	[ $# -gt 0 ] || return 0
	set -- $(installer) "$@"
	tool=$1
	shift
	missing=$(missing_packages "$@")
	if [ "$(. /etc/os-release 2>/dev/null && echo "${ID:-}")" = ubuntu ]; then
		missing=$(echo "$missing" | sed 's/bpftool/linux-tools-common linux-tools-generic/')
	fi
	[ -n "$missing" ] || return 0
	case $tool in
	apt-get) install_by_apt ;;
	dnf) lacks_packages "dnf install" ;;
	pacman) lacks_packages "pacman -S --needed" ;;
	zypper) lacks_packages "zypper install" ;;
	apk) lacks_packages "apk add" ;;
	none) fail 3 "this machine lacks packages; Debian's names for them: $missing" ;;
	esac
}

lacks_packages() { # HOW-TO-INSTALL
	fail 3 "this machine lacks packages; install them with: sudo $1 $missing"
}

install_by_apt() {
	as_root=
	if [ "$(id -u)" != 0 ]; then
		as_root=sudo
		if is_interactive; then
			printf '▸ missing: %s\n  sudo apt-get install them? [Y/n] ' "$missing" >&2
			read -r answer
			case $answer in [nN]*) fail 3 "missing: $missing" ;; esac
			sudo -v
		elif [ -z "${CI:-}" ]; then
			lacks_packages "apt-get install"
		fi
	fi
	if [ -z "$(find /var/lib/apt/lists -name '*Packages*' 2>/dev/null | head -1)" ]; then
		step "reading apt's package lists" apt update
	fi
	# Lists that are weeks old name files the mirror no longer has: read them again, then.
	step "installing $missing" apt_install
}

apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

apt_install() {
	# shellcheck disable=SC2086 # a list of names
	apt install --yes --no-install-recommends $missing ||
		{ apt update && apt install --yes --no-install-recommends $missing; }
}
