package main

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"aimyorg/trial"
)

// kill is the n-th kill -9: of the server, and each third of PostgreSQL instead, or at every second such turn of both. The
// product goes on in the same folder.
func (s *soak) kill(n int) error {
	database := s.options.database > 0 && n%s.options.database == 0
	server := !database || n%(2*s.options.database) == 0
	began := time.Now()
	s.mu.Lock()
	s.trouble = append(s.trouble, window{from: began})
	s.mu.Unlock()
	err := s.strike(server, database)
	ready := time.Now()
	s.mu.Lock()
	s.trouble[len(s.trouble)-1].to = ready
	s.mu.Unlock()
	fmt.Printf("kill -9 of %s: ready after %.1f s\n", struck(server, database), ready.Sub(began).Seconds())
	return err
}

func struck(server, database bool) string {
	switch {
	case server && database:
		return "both"
	case database:
		return "PostgreSQL"
	}
	return "the server"
}

func (s *soak) strike(server, database bool) error {
	pid, err := s.product.Postmaster()
	if err != nil {
		return err
	}
	if database {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return err
		}
	}
	if server {
		return errors.Join(s.product.Kill(), s.product.Begin(true))
	}
	again := func() bool {
		now, err := s.product.Postmaster()
		return err == nil && now != pid && s.product.Ready()
	}
	if !trial.Holds(2*time.Minute, again) {
		return errors.New("PostgreSQL was killed and did not come back")
	}
	return nil
}
