package localpg_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"aimyorg/store/localpg"
)

// FuzzPidfile: whatever lies in the file, only one process that the file names could ever get a signal.
func FuzzPidfile(f *testing.F) {
	for _, first := range []string{"1234", "1", "0", "-1", "4294967295", "8589934593", "+7", "", " 12"} {
		f.Add(first + "\n/data\n1700000000\n5432\n/tmp/sock\n*\n")
	}
	f.Add("77\n/data\n")
	f.Fuzz(func(t *testing.T, text string) {
		pid, sock, err := localpg.ParsePidfile(text)
		if err != nil {
			if pid != 0 || sock != "" {
				t.Fatalf("%q: %d %q", text, pid, sock)
			}
			return
		}
		first, _, _ := strings.Cut(text, "\n")
		named := strings.TrimLeft(strings.TrimPrefix(first, "+"), "0")
		if pid < 2 || pid > math.MaxInt32 || named != fmt.Sprint(pid) || strings.Contains(sock, "\n") || !strings.Contains(text, "\n"+sock) {
			t.Fatalf("%q: %d %q", text, pid, sock)
		}
	})
}
