package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"aimyorg/store/localpg"
	"aimyorg/store/storetest"
)

// scan stops the product and looks for planted words in everything that it left: PostgreSQL's files and log, sealed
// originals, temporary files, its own log, and what a superuser's dump would hold (P31).
func (s *soak) scan(ctx context.Context) error {
	if err := s.dump(ctx); err != nil {
		return err
	}
	s.product.Stop()
	if n := countFiles(s.product.Temp(), ""); n > 0 {
		s.fault("%d temporary files are left when the product has ended", n)
	}
	log := s.product.Log.String()
	if err := os.WriteFile(filepath.Join(s.product.Dir, "output.log"), []byte(log), 0o600); err != nil {
		return err
	}
	if n := strings.Count(log, `"msg":"panic`); n > 0 {
		s.fault("%d panics are in the log", n)
	}
	words := s.canaries()
	hits, read, err := storetest.Hits(words, s.product.Dir)
	if err != nil {
		return err
	}
	for _, hit := range hits {
		s.fault("%s", hit)
	}
	fmt.Printf("%d MB were searched for %d words, of which one stands for %d: %d hits\n", read>>20, len(words), s.words.serial.Load(), len(hits))
	return nil
}

func (s *soak) dump(ctx context.Context) error {
	socket, err := s.product.Socket()
	if err != nil {
		return err
	}
	program, err := dumper()
	if err != nil {
		return err
	}
	path := filepath.Join(s.product.Dir, "dump.sql")
	out, err := exec.CommandContext(ctx, program, "-h", socket, "-U", localpg.Superuser, "-f", path).CombinedOutput() //nolint:gosec // ours
	if err != nil {
		return fmt.Errorf("pg_dumpall: %w\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() < 1<<20 {
		err = errors.New("the dump is too small to hold anything")
	}
	return err
}

// dumper is the pg_dumpall beside the server's programs, or in PATH.
func dumper() (string, error) {
	bin, err := localpg.Find()
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(filepath.Join(bin, "postgres")); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(real), "pg_dumpall")); err == nil {
			return path, nil
		}
	}
	return exec.LookPath("pg_dumpall")
}
