# Finds Node 24 or newer for ./pahlevan, or fetches a pinned one (and npm) from the npm registry.

node_version=24.21.0
node_sha512_x64=de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced
node_sha512_arm64=1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6
npm_version=11.19.1
npm_sha512=cedb312b1b7f92421a02cfb68b4194e88f8346651dacd6acc5364a25ef5309d4a32b19616a1ff8aff865e7280c0fa5c0835a99f5cd93368991e2a80ec9da75d2

# Sets $node: the user's own if it is new enough, else the one fetched before, else empty.
find_node() {
	case $(uname -m) in
	x86_64) node_arch=x64 node_sha512=$node_sha512_x64 ;;
	aarch64) node_arch=arm64 node_sha512=$node_sha512_arm64 ;;
	*) node_arch= ;;
	esac
	node=$(command -v node || true)
	if [ -n "$node" ]; then
		major=$("$node" --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
		[ "${major:-0}" -lt 24 ] || return 0
	fi
	node=$cache/node-$node_version-$node_arch/bin/node
	if [ -x "$node" ]; then
		PATH=$(dirname "$node"):$PATH
	else
		node=
	fi
}

fetch_node() {
	if [ -z "$node_arch" ] || ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
		fail 3 "Node 24 or newer is missing, and there is none to fetch for this machine" \
			"($(uname -m) without glibc?): install it, then run this again"
	fi
	step "fetching Node $node_version" fetch_package "node-linux-$node_arch" "$node_version" \
		"$node_sha512" "$cache/node-$node_version-$node_arch"
	find_node
}

# Defines npm() as one that fits $node: its own, or for a fetched Node a fetched npm.
find_npm() {
	case $node in
	"$cache"/*) ;;
	*) ! command -v npm >/dev/null || return 0 ;;
	esac
	fetched_npm=$cache/npm-$npm_version
	[ -e "$fetched_npm" ] ||
		fetch_package npm "$npm_version" "$npm_sha512" "$fetched_npm" || return
	npm() { "$node" "$fetched_npm/bin/npm-cli.js" "$@"; }
}

# Unpacks one package of the registry into a folder, or nothing at all.
fetch_package() { # NAME VERSION SHA512 FOLDER
	mkdir -p "$cache" && room=$(mktemp -d "$cache/fetching.XXXXXX") || return
	if ! download "$1" "$2" "$room" || [ ! -s "$room/$1-$2.tgz" ]; then
		rm -rf "$room"
		echo "could not download $1@$2 from the npm registry $(registry)"
		return 1
	fi
	if ! echo "$3  $room/$1-$2.tgz" | sha512sum --check --status; then
		rm -rf "$room"
		echo "$1@$2 from $(registry) is not what tools/node.sh pins: its sha512 differs"
		return 1
	fi
	code=0
	# Another pahlevan may have put the same thing there meanwhile; one of the two is enough.
	{ tar -xzf "$room/$1-$2.tgz" -C "$room" --no-same-owner &&
		{ mv -T "$room/package" "$4" 2>/dev/null || [ -d "$4" ]; }; } || code=$?
	rm -rf "$room"
	return "$code"
}

# Any npm will do to download: it knows the user's registry, proxy and credentials.
download() { # NAME VERSION FOLDER
	url=$(registry)/$1/-/$1-$2.tgz
	if command -v npm >/dev/null; then
		(cd "$3" && npm pack --silent "$1@$2")
	elif command -v curl >/dev/null; then
		curl -fsSL --retry 3 -o "$3/$1-$2.tgz" "$url"
	else
		wget -q -O "$3/$1-$2.tgz" "$url"
	fi
}

registry() {
	address=${npm_config_registry:-${NPM_CONFIG_REGISTRY:-}}
	if [ -z "$address" ] && [ -r "${HOME:-}/.npmrc" ]; then
		address=$(sed -n 's/^registry *= *//p' "$HOME/.npmrc" | tail -1)
	fi
	address=${address:-https://registry.npmjs.org}
	echo "${address%/}"
}
