package handlers

import (
	"context"
	"time"
)

// Hashing is the hasher.
type Hashing = hasher

// NewHasher has so many slots, for which nobody waits longer.
func NewHasher(slots int, longest time.Duration) *Hashing {
	return &hasher{slots: make(chan struct{}, slots), longest: longest}
}

// Enter takes a slot as hashing does.
func (h *Hashing) Enter(ctx context.Context) (leave func(), err error) {
	return func() { <-h.slots }, h.enter(ctx)
}
