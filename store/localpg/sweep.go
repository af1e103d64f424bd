package localpg

import (
	"io"
	"os/exec"
	"syscall"
)

// sweepScript waits for the end of its input, which is our end, then for PostgreSQL's, and removes what was theirs.
// Where the kernel does not end children ($1 is "end") it ends the server, if that process is one.
const sweepScript = `read -r _
pid=$(head -n 1 "$2/postmaster.pid" 2>/dev/null)
if [ "$1" = end ] && [ -n "$pid" ]; then
	case "$(ps -o comm= -p "$pid")" in *postgres*|*postmaster*) kill -QUIT "$pid" ;; esac
fi
n=0
while [ -e "$2/postmaster.pid" ] && kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done
rm -rf -- "$2" "$2.new" "$3"
rm -f -- "$5/` + lockName + `" "$5/` + locationName + `" "$5/` + logName + `"
rmdir -- "$4" "$5" 2>/dev/null
true`

// sweeper removes a cluster that nobody will miss, also when this process is killed.
type sweeper struct {
	cmd   *exec.Cmd
	alive io.WriteCloser // never written to: its end is the message
}

func startSweeper(at place) (*sweeper, error) {
	how := "end"
	if kernelEndsChildren {
		how = "wait"
	}
	cmd := exec.Command("/bin/sh", "-c", sweepScript, "sweep", how, at.data, at.sock, at.base, at.home) //nolint:noctx // it waits for our end
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &sweeper{cmd, in}, cmd.Start()
}

// stop has the sweeping done now and waits for it.
func (s *sweeper) stop() {
	if s == nil {
		return
	}
	_ = s.alive.Close()
	_ = s.cmd.Wait()
}
