//go:build !linux

package localpg

import "syscall"

// kernelEndsChildren is false here: the next owner ends what was left running.
const kernelEndsChildren = false

func dieWithParent(*syscall.SysProcAttr) {}

func zombie(int) bool { return false }
