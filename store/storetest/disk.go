package storetest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// SmallDisk is a folder on a disk of its own that is soon full. It needs no rights where people may make namespaces: a
// child mounts the disk in its own, and the folder is seen through the child's root. Where it can't be had the test fails.
func SmallDisk(t testing.TB, size string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", folder)
	if err == nil {
		err = os.Chmod(dir, 0o755) // PostgreSQL's account passes through
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) }) // empty by then
	if os.Geteuid() == 0 && exec.Command("mount", "-t", "tmpfs", "-o", "mode=755,size="+size, "tmpfs", dir).Run() == nil {
		t.Cleanup(func() {
			if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		return dir
	}
	const script = `mount -t tmpfs -o mode=755,size="$1" tmpfs "$2" && echo mounted && exec cat` // ends with its input
	child := exec.Command("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", size, dir)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var why strings.Builder
	child.Stderr = &why
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = child.Wait()
	})
	if said, _ := bufio.NewReader(out).ReadString('\n'); said != "mounted\n" {
		_ = in.Close()
		_ = child.Wait()
		t.Fatalf("no disk that can be filled: this test needs user namespaces, or root that may mount: %s", why.String())
	}
	return filepath.Join(fmt.Sprintf("/proc/%d/root", child.Process.Pid), dir)
}
