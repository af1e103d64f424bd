package localpg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// OldestMajor is the oldest PostgreSQL that will do: views with security_invoker came with it.
const OldestMajor = 15

// ErrNotInstalled says that no usable PostgreSQL programs were found, and how to get them.
var ErrNotInstalled = errors.New(`PostgreSQL ` + strconv.Itoa(OldestMajor) + ` or newer is not installed
  Debian, Ubuntu:  sudo apt-get install -y postgresql
  macOS:           brew install postgresql@17
or name a server of your own in DATABASE_URL`)

// ErrOtherVersion says that a cluster was made by a major version that is not installed.
var ErrOtherVersion = errors.New("the cluster was made by another major version of PostgreSQL")

// usualPlaces is where packages put the programs, besides PATH.
var usualPlaces = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

type programs struct {
	dir   string
	major int
}

// Find returns the directory of the newest installed PostgreSQL programs, or ErrNotInstalled.
func Find() (string, error) {
	all := installed()
	if len(all) == 0 {
		return "", ErrNotInstalled
	}
	return all[0].dir, nil
}

// programsFor returns the directory of the programs that can run the cluster in data: any for a new one, else the same
// major version. It does not convert clusters: that takes both versions and somebody who has made a backup.
func programsFor(binDir, data string) (string, error) {
	all := installed()
	if binDir != "" {
		all = at(binDir)
	}
	if len(all) == 0 {
		return "", ErrNotInstalled
	}
	made, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return all[0].dir, nil
	}
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if strconv.Itoa(p.major) == strings.TrimSpace(string(made)) {
			return p.dir, nil
		}
	}
	return "", otherVersion(data, strings.TrimSpace(string(made)), all)
}

func otherVersion(data, made string, all []programs) error {
	have := make([]string, len(all))
	for i, p := range all {
		have[i] = strconv.Itoa(p.major)
	}
	return fmt.Errorf("%w: %s was made by %s, installed: %s. Install PostgreSQL %s beside it; "+
		"or dump there and restore here; or remove the directory to start empty",
		ErrOtherVersion, data, made, strings.Join(have, ", "), made)
}

// installed lists usable programs, newest first; of one version the one in PATH comes first.
func installed() []programs {
	var all []programs
	if p, err := exec.LookPath("postgres"); err == nil {
		all = append(all, at(filepath.Dir(p))...)
		if real, err := filepath.EvalSymlinks(p); err == nil {
			all = append(all, at(filepath.Dir(real))...)
		}
	}
	for _, pattern := range usualPlaces {
		dirs, _ := filepath.Glob(pattern) // the only error is a malformed pattern
		for _, dir := range dirs {
			all = append(all, at(dir)...)
		}
	}
	slices.SortStableFunc(all, func(a, b programs) int { return b.major - a.major })
	return all
}

// at looks into one directory; it holds both programs of a version that will do, or nothing.
func at(dir string) []programs {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return nil
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output() //nolint:noctx // it answers at once
	if err != nil {
		return nil
	}
	// postgres (PostgreSQL) 17.2 (Debian 17.2-1)
	_, rest, _ := strings.Cut(string(out), ") ")
	digits := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return nil
	}
	major, err := strconv.Atoi(digits[0])
	if err != nil || major < OldestMajor {
		return nil
	}
	return []programs{{dir, major}}
}
