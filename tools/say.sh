# How ./pahlevan speaks: on standard error, one line a step with the time it took.

say() { printf '▸ %s\n' "$*" >&2; }

fail() { # CODE MESSAGE
	code=$1
	shift
	printf 'pahlevan: %s\n' "$*" >&2
	exit "$code"
}

is_interactive() { [ -t 0 ] && [ -t 2 ] && [ -z "${CI:-}" ]; }

# Runs a command and prints what it was and how long it took; its output only if it failed.
# (Within a function that is run so, `set -e` is off: it hands its failures on itself.)
step() { # WHAT COMMAND…
	printf '▸ %s … ' "$1" >&2
	shift
	log=$(mktemp)
	began=$(date +%s%N)
	code=0
	"$@" </dev/null >"$log" 2>&1 || code=$?
	took=$((($(date +%s%N) - began) / 100000000))
	if [ "$code" != 0 ]; then
		printf 'failed after %d.%d s\n' $((took / 10)) $((took % 10)) >&2
		cat "$log" >&2
		rm -f "$log"
		[ "$code" = 3 ] || code=1
		exit "$code"
	fi
	rm -f "$log"
	printf '%d.%d s\n' $((took / 10)) $((took % 10)) >&2
}

# The known word that is fewest edits away, if that is few enough to be a slip of the finger.
nearest() { # WORD KNOWN…
	wrong=$1
	shift
	printf '%s\n' "$@" | awk -v wrong="$wrong" '
		function least(a, b, c) { return a < b ? (a < c ? a : c) : (b < c ? b : c) }
		function differ(a, i, b, j) { return substr(a, i, 1) != substr(b, j, 1) }
		function edits(a, b,    i, j, d) {
			for (i = 0; i <= length(a); i++) d[i, 0] = i
			for (j = 0; j <= length(b); j++) d[0, j] = j
			for (i = 1; i <= length(a); i++)
				for (j = 1; j <= length(b); j++)
					d[i, j] = least(d[i - 1, j] + 1, d[i, j - 1] + 1, \
						d[i - 1, j - 1] + differ(a, i, b, j))
			return d[length(a), length(b)]
		}
		BEGIN { best = 3 }
		{ e = edits(wrong, $1) }
		e < best && e < length($1) { best = e; word = $1 }
		END { if (word) print word }'
}
