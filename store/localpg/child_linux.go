package localpg

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// kernelEndsChildren says that a child needs no one to end it when we are killed.
const kernelEndsChildren = true

// dieWithParent asks the kernel for a fast shutdown of the child when we are gone.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }

// zombie says whether a process has ended and waits for a parent that never asks, as happens in containers whose first
// process reaps nobody.
func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	// pid (name) state …; the name may hold anything, brackets too
	_, rest, _ := bytes.Cut(b[bytes.LastIndexByte(b, ')')+1:], []byte(" "))
	return len(rest) > 0 && (rest[0] == 'Z' || rest[0] == 'X')
}
