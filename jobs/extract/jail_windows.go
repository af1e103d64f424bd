package extract

import (
	"errors"
	"runtime/metrics"
	"syscall"
)

// There is no jail here, and confine refuses to read in a child without one.
var jails = []jail{{name: "none"}}

type jail struct{ name string }

func (j jail) attributes() *syscall.SysProcAttr { return nil }

func residentMemory(int) int64 { return 0 }

func killGroup(int) error { return errors.New("extract: no process groups") }

// ownMemory is what this process's Go side has taken from the system and not given back.
func ownMemory() int64 {
	taken := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(taken)
	return int64(taken[0].Value.Uint64() - taken[1].Value.Uint64())
}
