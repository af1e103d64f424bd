package extract

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"syscall"
)

// jails are the walls around a child's process, the strongest first. Each level is used where the machine allows it.
var jails = []jail{
	{name: "user and network namespace", flags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC, mapped: true},
	{name: "network namespace", flags: syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC},
	{name: "process only"},
}

type jail struct {
	name   string
	flags  uintptr
	mapped bool
}

// attributes start the child in its own process group and namespaces, to be killed when the parent's thread dies. In its
// user namespace it is a user without any capability, whoever the parent is.
func (j jail) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: j.flags}
	if j.mapped {
		const nobody = 65534
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getegid(), Size: 1}}
	}
	return a
}

// residentMemory is what a process holds now, in bytes; 0 when it is gone.
func residentMemory(pid int) int64 {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

func killGroup(pid int) error {
	if pid <= 1 {
		return errors.New("extract: no process")
	}
	return syscall.Kill(-pid, syscall.SIGKILL)
}

// ownMemory is what this process holds now. Not getrusage's peak: that one begins at the peak of the parent, which the
// child was part of until it became a program of its own, and a large server could then start no child at all.
func ownMemory() int64 { return residentMemory(os.Getpid()) }
