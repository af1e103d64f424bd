package extract_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"testing"
	"time"

	"aimyorg/jobs/extract"
)

var cacheDir string // of the PDF engine's compiled code, shared by all tests of one run

// TestMain is also the children: a Runner starts this binary again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "extract" {
		os.Exit(extract.Main(context.Background(), os.Stdin, os.Stdout, os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "extract-marked" { // a real child that can be told from others
		os.Exit(extract.Main(context.Background(), os.Stdin, os.Stdout, nil))
	}
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "child-") {
		os.Exit(odd(strings.TrimPrefix(os.Args[1], "child-")))
	}
	if len(os.Args) > 1 && os.Args[1] == "parent" {
		os.Exit(parent(os.Args[2]))
	}
	os.Exit(withCache(m))
}

func withCache(m *testing.M) int {
	dir, err := os.MkdirTemp("", "extract-test-cache-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	cacheDir = dir
	// Once, before the tests: under the race detector compiling the PDF engine takes a minute and gigabytes.
	// Fuzzing starts many of these and reads no PDF.
	if slices.ContainsFunc(os.Args, func(a string) bool { return strings.HasPrefix(a, "-test.fuzz") }) {
		return m.Run()
	}
	r, err := extract.NewRunner(extract.Options{CacheDir: dir, Timeout: 5 * time.Minute, Memory: 8 << 30})
	if err == nil {
		err = r.Warm(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// odd is a child that misbehaves in the way named, once it has been asked for more than a probe.
func odd(how string) int {
	file, err := extract.TakeOrder(os.Stdin)
	if err != nil {
		return 1
	}
	if file == nil {
		return boolExit(extract.Probed(os.Stdout) == nil)
	}
	doc := &extract.Document{Blocks: []extract.Block{{Kind: extract.Paragraph, Text: "half of it"}}}
	switch how {
	case "hog":
		return hog()
	case "half":
		_ = extract.Half(os.Stdout, doc)
		return 0
	case "late": // answers in full, then fails
		_ = extract.Answer(os.Stdout, doc)
		return 1
	case "hang":
		return hang()
	case "evil":
		doc.Blocks[0].Text = "a\u202eb\x00c"
		return boolExit(extract.Answer(os.Stdout, doc) == nil)
	case "flood":
		for {
			if extract.Half(os.Stdout, doc) != nil {
				return 1
			}
		}
	case "reveal":
		doc.Blocks[0].Text = reveal(string(file))
		return boolExit(extract.Answer(os.Stdout, doc) == nil)
	}
	return 1
}

func boolExit(ok bool) int {
	if ok {
		return 0
	}
	return 1
}

func hang() int {
	never := make(chan os.Signal, 1)
	signal.Notify(never, os.Interrupt)
	<-never
	return 0
}

func hog() int {
	var kept [][]byte
	for {
		b := make([]byte, 8<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		kept = append(kept, b)
		if len(kept) > 1000 {
			return 0
		}
	}
}

// reveal tells what a child can see and do.
func reveal(address string) string {
	if err := extract.ConfineSelf(1 << 30); err != nil {
		return err.Error()
	}
	wrote := "file not written"
	if f, err := os.CreateTemp("", "extract-reveal-"); err == nil {
		if _, err := f.WriteString("x"); err == nil {
			wrote = "file written"
		}
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	dialed := "not dialed"
	if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		dialed = "dialed"
		_ = c.Close()
	}
	return fmt.Sprintf("environ %v; %s; %s; args %v", os.Environ(), wrote, dialed, os.Args[1:])
}

// parent starts a child that hangs, through a Runner, and lives until it is killed.
func parent(ready string) int {
	self, _ := os.Executable()
	r, err := extract.NewRunner(extract.Options{Command: []string{self, "child-hang"}, Timeout: time.Minute})
	if err != nil {
		return 1
	}
	if _, err := r.Isolation(context.Background()); err != nil {
		return 1
	}
	_ = os.WriteFile(ready, nil, 0o600)
	_, _ = r.Run(context.Background(), "a.txt", 1, strings.NewReader("x"))
	return 0
}
