package trial

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Cost is what a process and all its descendants have used and hold. It is read from /proc, so it is known on Linux only.
type Cost struct {
	CPU      time.Duration // user and system, to the kernel's clock tick (10 ms); of processes that are alive
	Resident int64         // bytes: each process's own pages, and those that are shared once (Pss)
	Threads  int
	Files    int // open descriptors
	Alive    int // processes
}

// tick is what the kernel counts CPU time in (USER_HZ).
const tick = 10 * time.Millisecond

// CostOf adds a process and its descendants up.
func CostOf(pid int) (Cost, error) {
	parents, err := processes()
	if err != nil {
		return Cost{}, err
	}
	var out Cost
	for _, p := range family(pid, parents) {
		c, err := costOf(p)
		if err != nil {
			continue // ended meanwhile
		}
		out.CPU += c.CPU
		out.Resident += c.Resident
		out.Threads += c.Threads
		out.Files += c.Files
		out.Alive++
	}
	if out.Alive == 0 {
		return out, fmt.Errorf("process %d is not there", pid)
	}
	return out, nil
}

// CostAlone is that of one process without its descendants.
func CostAlone(pid int) (Cost, error) { return costOf(pid) }

func family(pid int, parents map[int]int) []int {
	out := []int{pid}
	for i := 0; i < len(out); i++ {
		for child, parent := range parents {
			if parent == out[i] {
				out = append(out, child)
			}
		}
	}
	return out
}

// processes are all processes' parents.
func processes() (map[int]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		return nil, fmt.Errorf("no /proc to read: %w", err)
	}
	out := map[int]int{}
	for _, path := range stats {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		if fields, err := stat(pid); err == nil {
			out[pid], _ = strconv.Atoi(fields[1])
		}
	}
	return out, nil
}

// stat is /proc/PID/stat from the state on, after the name, which may hold anything.
func stat(pid int) ([]string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 20 {
		return nil, fmt.Errorf("unreadable stat of process %d", pid)
	}
	return fields, nil
}

func costOf(pid int) (Cost, error) {
	fields, err := stat(pid)
	if err != nil {
		return Cost{}, err
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	threads, _ := strconv.Atoi(fields[17])
	c := Cost{CPU: time.Duration(user+system) * tick, Threads: threads, Alive: 1}
	files, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	c.Files = len(files)
	c.Resident, err = proportional(pid)
	return c, err
}

// proportional is the process's resident memory, with shared pages divided among those who share them.
func proportional(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no Pss of process %d", pid)
}
