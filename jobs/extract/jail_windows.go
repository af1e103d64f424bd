package extract

import (
	"errors"
	"syscall"
)

// There is no jail here, and confine refuses to read in a child without one.
var jails = []jail{{name: "none"}}

type jail struct{ name string }

func (j jail) attributes() *syscall.SysProcAttr { return nil }

func residentMemory(int) int64 { return 0 }

func killGroup(int) error { return errors.New("extract: no process groups") }
