package extracttest

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"aimyorg/jobs/extract"
)

// Warmed is the folder where tests that read PDFs, without being about how, keep the compiled PDF engine: for all test
// processes and from one run to the next. Compiling takes six seconds of a core, under the race detector a minute and
// gigabytes, which is more than the product allows. What lies there is found by what was compiled, by which version and for
// which machine, and holds its own checksum. The tests of extract itself compile anew. The command is what starts the
// child, as in extract.Options.
func Warmed(ctx context.Context, command ...string) (dir string, err error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(user, "aimyorg-tests", "pdf-engine")
	r, err := extract.NewRunner(extract.Options{CacheDir: dir, Timeout: 5 * time.Minute, Memory: 8 << 30, Command: command})
	if err != nil {
		return "", err
	}
	return dir, r.Warm(ctx)
}
