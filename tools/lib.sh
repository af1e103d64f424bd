# Functions that ./task and tools/install share. POSIX sh; the working directory is the project's root.
# shellcheck shell=sh

# oldest_go is the oldest Go that builds the project; go.mod asks for a release of it.
oldest_go=26

say() { printf '%s\n' "$*" >&2; }

fail() {
	say "$*"
	exit 1
}

# need_go stops with a way forward when there is no Go that builds the project.
need_go() {
	if ! command -v go >/dev/null 2>&1; then
		for place in /usr/local/go/bin /opt/homebrew/bin /usr/local/bin; do
			[ -x "$place/go" ] && PATH="$PATH:$place" && export PATH && break
		done
	fi
	command -v go >/dev/null 2>&1 || fail "Go 1.$oldest_go or newer is needed and none was found.
  macOS:  brew install go
  Linux:  unpack the archive from https://go.dev/dl into /usr/local and put /usr/local/go/bin on PATH
Then type the same command again."
	version=$(go version 2>&1) || fail "$version"
	minor=${version#*go1.}
	minor=${minor%%[!0-9]*}
	[ "${minor:-0}" -ge "$oldest_go" ] || fail "Go 1.$oldest_go or newer is needed; this is ${version#go version }.
Install a newer one from https://go.dev/dl (macOS: brew upgrade go) and type the same command again."
}

# installed_go_task prints the path of an installed go-task, 3.40 or newer. Taskwarrior is called task as well, so the
# name alone proves nothing.
installed_go_task() {
	for name in task go-task; do
		path=$(command -v "$name" 2>/dev/null) || continue
		"$path" --help </dev/null 2>/dev/null | grep -q Taskfile || continue
		version=$("$path" --version </dev/null 2>/dev/null) || continue
		version=${version##*[ v]}
		[ "${version%%.*}" = 3 ] || continue
		minor=${version#*.}
		[ "${minor%%.*}" -ge 40 ] 2>/dev/null || continue
		printf '%s\n' "$path"
		return 0
	done
	return 1
}

# tool NAME prints the path of a pinned tool, building it when it is missing or its pins changed.
tool() {
	pins=tools
	case "$1" in
	task) package=github.com/go-task/task/v3/cmd/task ;;
	air) package=github.com/air-verse/air ;;
	templ) package=github.com/a-h/templ/cmd/templ ;;
	golangci-lint) package=github.com/golangci/golangci-lint/v2/cmd/golangci-lint pins=tools/lint ;;
	sso-provider) package=. pins=tools/sso ;;
	mailpit) package=github.com/axllent/mailpit pins=tools/mailpit ;;
	*) fail "tools/go.mod pins no tool called $1" ;;
	esac
	binary=$PWD/.bin/$1
	# shellcheck disable=SC3013 # -nt is in POSIX since 2024, and was in every sh before
	if [ ! -x "$binary" ] || [ "$pins/go.mod" -nt "$binary" ] || [ "$pins/go.sum" -nt "$binary" ] ||
		[ "$pins/main.go" -nt "$binary" ]; then
		say "Building $1, once (a minute or so) ..."
		mkdir -p .bin
		# Built beside its place and moved, so that an interrupted build leaves nothing that looks whole.
		go build -C "$pins" -buildvcs=false -o "$binary.$$" "$package" || fail "$1 could not be built."
		touch "$binary.$$"
		mv -f "$binary.$$" "$binary"
	fi
	printf '%s\n' "$binary"
}
