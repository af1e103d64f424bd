package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"aimyorg/trial"
)

const (
	signInsAlone  = 30 // one after the other, for the median
	signInsAtOnce = 50
	signInBase    = "signin-%d@example.com"
)

// benchSignIn signs in, alone and many at once, and asks for pages beside them: hashing must not stop the rest.
func benchSignIn(ctx context.Context, b *bench) error {
	// Each account has ten tries in ten minutes and each address fifty: a trusted proxy's header makes many addresses of ours.
	p, err := trial.Start(ctx, b.binary, filepath.Join(b.dir, "signin"), nil, "TRUSTED_PROXIES=127.0.0.1,::1")
	if err != nil {
		return err
	}
	defer p.Stop()
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	v := from(p.Base, transport)
	if err := v.SignUp(ctx, fmt.Sprintf(signInBase, 0), "Sign-in"); err != nil {
		return err
	}
	for i := 1; i < signInsAtOnce; i++ {
		if err := from(p.Base, transport).SignUp(ctx, fmt.Sprintf(signInBase, i), fmt.Sprintf("Sign-in %d", i)); err != nil {
			return err
		}
	}
	alone, err := b.signInsAlone(ctx, p.Base, transport)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.Log.Tail(2000))
	}
	hash := hashingAlone()
	b.add("signing in, p50", milliseconds(alone), milliseconds(hash)+" argon2id", ratio(float64(alone), float64(hash)), "dominated by argon2id")
	b.add("of it argon2id", fmt.Sprintf("%.0f %%", 100*float64(hash)/float64(alone)), "", "", "–")
	return b.pagesBeside(ctx, p.Base, v, transport)
}

var addresses atomic.Uint32

// from is somebody at an address of their own.
func from(base string, transport http.RoundTripper) *trial.Visitor {
	n := addresses.Add(1)
	v := trial.NewVisitor(base, transport)
	v.From = fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
	return v
}

// signInsAlone is the median of signing in with nothing else going on.
func (b *bench) signInsAlone(ctx context.Context, base string, transport http.RoundTripper) (time.Duration, error) {
	var took []time.Duration
	for i := range signInsAlone {
		begun := time.Now()
		if err := from(base, transport).SignIn(ctx, fmt.Sprintf(signInBase, i%signInsAtOnce)); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun))
	}
	return quantile(took, 0.5), nil
}

// hashingAlone is the median of one hash with the product's settings, in this process.
func hashingAlone() time.Duration {
	salt, _ := base64.RawStdEncoding.DecodeString("c2FsdHNhbHRzYWx0c2FsdA")
	var took []time.Duration
	for range 15 {
		begun := time.Now()
		argon2.IDKey([]byte("five small green umbrellas"), salt, 2, 19*1024, 1, 32)
		took = append(took, time.Since(begun))
	}
	return quantile(took, 0.5)
}

// pagesBeside asks for the home page at a steady rate, quietly and then while fifty people sign in over and over.
func (b *bench) pagesBeside(ctx context.Context, base string, v *trial.Visitor, transport http.RoundTripper) error {
	long := time.Duration(b.flags.seconds) * time.Second
	quiet, err := steadily(ctx, *v, "/home", long)
	if err != nil {
		return err
	}
	signing, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	var mu sync.Mutex
	var came []time.Duration
	failed := 0
	for i := range signInsAtOnce {
		all.Go(func() {
			for signing.Err() == nil {
				begun := time.Now()
				err := from(base, transport).SignIn(signing, fmt.Sprintf(signInBase, i))
				mu.Lock()
				switch {
				case err == nil:
					came = append(came, time.Since(begun))
				case signing.Err() == nil:
					failed++
				}
				mu.Unlock()
			}
		})
	}
	busy, err := steadily(ctx, *v, "/home", long)
	stop()
	all.Wait()
	if err != nil {
		return err
	}
	before, beside := quantile(quiet, 0.99), quantile(busy, 0.99)
	b.add(fmt.Sprintf("home beside %d signing in at once, p99", signInsAtOnce), milliseconds(beside), milliseconds(before)+" quiet",
		ratio(float64(beside), float64(before)), "≤ 2×")
	b.add("of those signing in, p50", milliseconds(quantile(came, 0.5)), fmt.Sprintf("%d came, %d not", len(came), failed), "", "–")
	return nil
}
