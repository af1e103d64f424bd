//go:build unix

package extract

import (
	"runtime"
	"syscall"
)

// confine limits this process for good: nothing here can be raised again.
func confine(o order) error {
	softMemory(o.Memory)
	limits := map[int]uint64{syscall.RLIMIT_CORE: 0, syscall.RLIMIT_NOFILE: 32}
	if o.CPU > 0 {
		limits[syscall.RLIMIT_CPU] = o.CPU
	}
	if !o.Warm { // only the warming child writes a file: the compiled PDF engine
		limits[syscall.RLIMIT_FSIZE] = 0
	}
	if runtime.GOOS == "linux" && o.Memory > 0 {
		limits[syscall.RLIMIT_DATA] = uint64(o.Memory) + 512<<20 // Go maps more than it uses
	}
	for what, most := range limits {
		if err := setLimit(what, most); err != nil {
			return err
		}
	}
	return nil
}

func setLimit(what int, most uint64) error {
	var now syscall.Rlimit
	if err := syscall.Getrlimit(what, &now); err != nil {
		return err
	}
	most = min(most, now.Max)
	return syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most})
}
